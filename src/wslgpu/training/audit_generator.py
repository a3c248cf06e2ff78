"""Is a generator safe where several ask it, and does its lock lock? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from wslgpu.training.audit_model import AuditFinding
from wslgpu.training.audit_patch import patch_lock
from wslgpu.training.audit_seen import Seen, raised_alone, stack_line, user_line


def judge_generator(seen: Seen) -> Iterator[AuditFinding]:
    """Threads that ask for the next item at once; the lock of its wrapper; copies in forked workers."""
    wrong, error, stuck = seen.first("threads-wrong"), seen.first("threads-error"), seen.first("threads-stuck")
    if error and not raised_alone(seen, error):
        yield seen.make(
            "generator-not-threadsafe", line=user_line(seen, error), what=f"{error['kind']}: {error['text']}"
        )
    elif wrong:
        yield seen.make(
            "generator-not-threadsafe", what=f"{wrong['repeated']} items came twice, {wrong['missing']} never"
        )
    elif stuck:
        yield seen.make("sequence-thread-deadlock", line=stack_line(seen, stuck["where"]), where=stuck["where"])
    for cls in seen.family:
        if not cls.has_next:
            continue
        bare = [call for call in cls.next_calls if not call.guarded]
        if cls.fresh_locks.get("__next__"):
            yield seen.make(
                "generator-lock-not-taken",
                line=cls.fresh_locks["__next__"],
                name=cls.name,
                how="it is made anew at each call, which locks nothing",
            )
        elif cls.lock_lines and "__next__" not in cls.locks_taken and bare:
            others = [name for name in cls.locks_taken if name != "__init__"]
            how = f"only `{others[0]}` takes it" if others else "nothing takes it"
            patch = patch_lock(seen.source, cls) if seen.source else ""
            yield seen.make("generator-lock-not-taken", line=bare[0].line, patch=patch, name=cls.name, how=how)
        elif cls.next_calls and all(call.guarded for call in cls.next_calls):
            yield seen.make("generator-lock-no-speedup", line=cls.next_calls[0].line, name=cls.name)
    hangs = seen.first("fork-stuck")
    if hangs:
        yield seen.make(
            "sequence-fork-hangs",
            line=stack_line(seen, hangs["where"]),
            index=hangs["index"],
            where=hangs["where"],
            seconds=hangs["seconds"],
        )
    copies = seen.first("fork-copies")
    if copies:
        yield seen.make("keras-generator-duplicates", same=copies["same"])
