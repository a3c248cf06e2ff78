"""From what the payload saw, and what the source says, to findings and a verdict for each way of working. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wslgpu.checks.catalog import fill, load_doc
from wslgpu.checks.model import Status
from wslgpu.training.audit_form import judge_form
from wslgpu.training.audit_model import Audit, AuditFinding, Verdict
from wslgpu.training.audit_patch import patch_lock, patch_super
from wslgpu.training.audit_source import Class, Source
from wslgpu.training.events import Event

LARGE = 100 << 20  # bytes of a pickle from which on a copy for each worker is worth a word
RANK = {"fail": 0, "warn": 1, "unknown": 2, "info": 3}
# What makes each way of working unsafe. A `warn` of the first group only says what may come.
UNSAFE = {
    "threads": (
        "sequence-thread-race",
        "sequence-thread-deadlock",
        "sequence-reused-buffer",
        "sequence-order-dependent",
        "generator-not-threadsafe",
        "generator-lock-not-taken",
    ),
    "fork": (
        "keras-fork-tf-deadlock",
        "sequence-fork-hangs",
        "sequence-fork-wrong",
        "sequence-fork-dies",
        "sequence-shared-handle",
        "keras-h5py-fork",
        "keras-same-random",
        "sequence-order-dependent",
        "keras-generator-duplicates",
    ),
    "spawn": ("keras-pickle", "sequence-spawn-wrong", "sequence-order-dependent", "sequence-trains-on-import"),
}
FINE = {"threads": "threads-fine", "fork": "fork-fine", "spawn": "spawn-fine"}
# A finding that follows from another one, where that one holds too.
CAUSES = {
    "sequence-thread-race": ("sequence-reused-buffer", "sequence-order-dependent", "sequence-item-raises"),
    "sequence-fork-wrong": ("sequence-order-dependent", "sequence-item-raises"),
    "sequence-spawn-wrong": ("sequence-order-dependent",),
    "generator-not-threadsafe": ("generator-lock-not-taken",),
    "sequence-not-deterministic": ("keras-same-random",),
    "sequence-shared-state": ("sequence-thread-race", "sequence-order-dependent", "sequence-reused-buffer"),
}


class Seen:
    """The events by name, the source, and the class of the target."""

    def __init__(self, events: Sequence[Event], source: Source | None, name: str) -> None:
        self.events, self.source = events, source
        self.loaded = self.first("loaded") or {}
        short = str(self.loaded.get("name") or name).rpartition(".")[2]
        self.family: tuple[Class, ...] = source.family(short) if source else ()
        if not self.family and source and name in source.classes:
            self.family = source.family(name)

    def first(self, name: str) -> dict[str, Any] | None:
        """The first event of a name."""
        return next((event for event in self.events if event["event"] == name), None)

    def make(
        self, slug: str, *, status: Status | None = None, line: int | None = None, patch: str = "", **words: Any
    ) -> AuditFinding:
        """A finding in the words of its page."""
        doc = load_doc(slug)
        evidence = {key: str(value) for key, value in words.items()}
        if line:
            evidence["line"] = str(line)
        path = self.source.path if self.source and line else ""
        return AuditFinding(slug, status or doc.status, fill(doc.title, evidence), evidence, path, line, patch)

    def line_of(self, attribute: str) -> int | None:
        """Where `self.attribute` is set."""
        return next((c.set_in_init[attribute] for c in self.family if attribute in c.set_in_init), None)


def judge_audit(
    target: str,
    events: Sequence[Event],
    source: Source | None,
    seconds: float,
    endings: Sequence[str] = (),
    tail: str = "",
) -> Audit:
    """The verdict. `endings`: how processes of the audit ended that did not end by themselves, in words."""
    seen = Seen(events, source, target.rpartition(":")[2])
    findings = list(_findings(seen))
    findings += [seen.make("audit-not-finished", what=what) for what in endings]
    slugs = {finding.slug for finding in findings}
    linked = []
    for finding in findings:
        cause = next((slug for slug in CAUSES.get(finding.slug, ()) if slug in slugs), None)
        if cause == "keras-same-random" or (cause and finding.slug == "sequence-shared-state"):
            continue  # the other finding says it already
        linked.append(replace(finding, cause=cause))
    linked.sort(key=lambda finding: (finding.cause is not None, RANK.get(finding.status, 4)))
    return Audit(
        target,
        str(seen.loaded.get("kind", "")),
        {way: _verdict(way, seen, linked) for way in UNSAFE},
        str((seen.first("random") or {}).get("kind", "")),
        tuple(linked),
        _facts(seen),
        seconds,
        tail,
    )


def _verdict(way: str, seen: Seen, findings: Sequence[AuditFinding]) -> Verdict:
    bad = {
        f.slug
        for f in findings
        if f.status == "fail" or f.slug in ("keras-pickle", "sequence-spawn-wrong", "keras-generator-duplicates")
    }
    if bad & set(UNSAFE[way]):
        return "unsafe"
    return "safe" if seen.first(FINE[way]) else "not known"


def _facts(seen: Seen) -> dict[str, Any]:
    items = seen.first("items") or {}
    times = sorted(time[0] for time in items.get("times", ()))
    return {
        "length": (seen.first("length") or {}).get("length"),
        "item_seconds": round(times[len(times) // 2], 6) if times else None,
        "python": seen.loaded.get("python"),
        "keras": seen.loaded.get("keras"),
        "tensorflow": seen.loaded.get("tensorflow"),
        "file": seen.loaded.get("file"),
        "line": seen.loaded.get("line"),
        **{
            way: {key: value for key, value in event.items() if key in ("rounds", "asked", "threads", "children")}
            for way in ("threads", "fork")
            if (event := seen.first(f"{way}-fine")) is not None
        },
    }


def _findings(seen: Seen) -> Iterator[AuditFinding]:
    yield from _judge_loading(seen)
    if not seen.loaded:
        return
    yield from judge_form(seen)
    if seen.loaded["kind"] == "sequence":
        yield from _judge_state(seen)
        yield from _judge_threads(seen)
        yield from _judge_fork(seen)
    else:
        yield from _judge_generator(seen)
    yield from _judge_spawn(seen)
    yield from _judge_keras(seen)


def _judge_loading(seen: Seen) -> Iterator[AuditFinding]:
    for name, what in (("cannot-import", "the module cannot be imported"), ("cannot-make", "it cannot be made")):
        event = seen.first(name)
        if event:
            yield seen.make("sequence-cannot-load", what=f"{what}: {event['text']}", traceback=event["traceback"])
    event = seen.first("broke")
    if event:
        yield seen.make("audit-not-finished", what="the audit itself broke", traceback=event["text"])


def _judge_state(seen: Seen) -> Iterator[AuditFinding]:
    random = seen.first("random") or {}
    overwritten = seen.first("overwritten")
    if overwritten:
        buffers = [write for c in seen.family for write in c.writes]
        line = buffers[0].line if buffers else None
        yield seen.make("sequence-reused-buffer", line=line, first=overwritten["first"], second=overwritten["second"])
    kind = random.get("kind", "no")
    if kind == "order":
        writes = [write for c in seen.family for write in c.writes]
        handles = (seen.first("handles") or {}).get("found", [])
        line = writes[0].line if writes else None
        index = seen.first("items") or {}
        first = index.get("shapes", [[0]])[0][0]
        yield seen.make(
            "sequence-order-dependent",
            line=line,
            index=first,
            attributes=", ".join((seen.first("state") or {}).get("changed", [])),
            handles=handles,
        )
    elif kind != "no":
        words = {
            "global": "numbers from the global generators",
            "held": "numbers from a generator that the Sequence holds",
            "unseeded": "numbers that no seed repeats (or the clock, or another source that moves)",
        }
        lines = [line for c in seen.family for line, _ in c.randoms]
        leaves = ", ".join(random["leaves"]) or "the batch"
        yield seen.make(
            "sequence-not-deterministic", line=lines[0] if lines else None, what=f"{words[kind]}, in {leaves}"
        )
    changed = (seen.first("state") or {}).get("changed", [])
    bare = [write for c in seen.family for write in c.writes if not write.guarded]
    names = sorted(set(changed) | {write.attribute for write in bare})
    held = set((seen.first("held-generators") or {}).get("names", []))
    names = [name for name in names if name not in held]
    if names:
        yield seen.make("sequence-shared-state", line=bare[0].line if bare else None, attributes=", ".join(names))


def _judge_threads(seen: Seen) -> Iterator[AuditFinding]:
    wrong, error, stuck = seen.first("threads-wrong"), seen.first("threads-error"), seen.first("threads-stuck")
    bare = [write for c in seen.family for write in c.writes if not write.guarded]
    line = bare[0].line if bare else None
    attributes = ", ".join(dict.fromkeys(f"self.{write.attribute}" for write in bare))
    # A generator of random numbers that the Sequence holds gives another batch at every call, in one thread as well.
    draws = bool((seen.first("held-generators") or {}).get("names"))
    if wrong and draws and not bare and not wrong["other"] and wrong["when"] != "later":
        return
    if wrong:
        what = (
            f"batch {wrong['index']} {'changed after it was given out' if wrong['when'] == 'later' else 'was another'}"
        )
        if wrong["other"]:
            what = f"batch {wrong['index']} held what belongs into batch {wrong['other'][0]}"
        yield seen.make(
            "sequence-thread-race", line=line, what=what, shared=attributes, leaf=wrong["leaf"], asked=wrong["asked"]
        )
    elif error and not _raised_alone(seen, error):
        yield seen.make(
            "sequence-thread-race",
            line=_user_line(seen, error) or line,
            what=f"{error['kind']}: {error['text']}",
            shared=attributes,
            traceback=error["traceback"],
        )
    elif stuck:
        yield seen.make("sequence-thread-deadlock", where=stuck["where"])


def _raised_alone(seen: Seen, error: dict[str, Any]) -> bool:
    """Whether one process has met the same exception: then threads have no part in it."""
    return any(
        event["event"] == "item-raises" and event["kind"] == error["kind"] and event["text"] == error["text"]
        for event in seen.events
    )


def _user_line(seen: Seen, event: dict[str, Any]) -> int | None:
    line = event.get("line")
    return int(line[1]) if line and seen.source and line[0] == seen.source.path else None


def _judge_fork(seen: Seen) -> Iterator[AuditFinding]:
    handles = [tuple(item) for item in (seen.first("handles") or {}).get("found", [])]
    stuck, wrong, error, died = (seen.first(f"fork-{name}") for name in ("stuck", "wrong", "error", "died"))
    if error and _raised_alone(seen, error):
        error = None
    tensorflow = [item for c in seen.family for item in c.tensorflow]
    tf_line = tensorflow[0][0] if tensorflow else None
    if stuck:
        in_tensorflow = "tensorflow" in stuck["where"] or "keras/src" in stuck["where"]
        slug = "keras-fork-tf-deadlock" if in_tensorflow else "sequence-fork-hangs"
        yield seen.make(
            slug,
            line=tf_line if in_tensorflow else None,
            index=stuck["index"],
            where=stuck["where"],
            seconds=stuck["seconds"],
        )
    elif tensorflow and seen.loaded.get("tensorflow"):
        # A small operation runs in the calling thread and gets through; one that is shared out hangs. Luck, not safety.
        note = "it did not hang while the audit looked; a larger operation, or a tf.function, does"
        yield seen.make("keras-fork-tf-deadlock", line=tf_line, call=tensorflow[0][1], note=note)
    if died:
        code = int(died["status"])
        how = f"signal {code & 127}" if code & 127 else f"exit code {code >> 8}"
        yield seen.make("sequence-fork-dies", how=how, index=died["index"])
    went_wrong = wrong or error
    for path, kind in handles:
        name = path.partition(".")[2].partition(".")[0].partition("[")[0]
        used = any(write.attribute == name for c in seen.family for write in c.writes) or bool(
            seen.first("random") and (seen.first("random") or {}).get("kind") == "order"
        )
        if kind.startswith("h5py"):
            yield seen.make("keras-h5py-fork", line=seen.line_of(name), path=path, kind=kind)
        else:
            status: Status = "fail" if went_wrong or used or kind != "file" else "warn"
            yield seen.make("sequence-shared-handle", status=status, line=seen.line_of(name), path=path, kind=kind)
    if went_wrong and not handles:
        what = (
            f"batch {wrong['index']} was another"
            if wrong
            else f"batch {error['index']}: {error['kind']}: {error['text']}"
            if error
            else ""
        )
        yield seen.make("sequence-fork-wrong", line=_user_line(seen, error) if error else None, what=what)
    same = (seen.first("fork-random") or {}).get("same", [])
    if same and (seen.first("random") or {}).get("kind") != "order":
        lines = [line for c in seen.family for line, _ in c.randoms]
        yield seen.make(
            "keras-same-random",
            line=lines[0] if lines else None,
            leaves=", ".join(same),
            kind=(seen.first("random") or {}).get("kind"),
        )


def _judge_generator(seen: Seen) -> Iterator[AuditFinding]:
    wrong, error, stuck = seen.first("threads-wrong"), seen.first("threads-error"), seen.first("threads-stuck")
    if error and not _raised_alone(seen, error):
        yield seen.make(
            "generator-not-threadsafe", line=_user_line(seen, error), what=f"{error['kind']}: {error['text']}"
        )
    elif wrong:
        yield seen.make(
            "generator-not-threadsafe", what=f"{wrong['repeated']} items came twice, {wrong['missing']} never"
        )
    elif stuck:
        yield seen.make("sequence-thread-deadlock", where=stuck["where"])
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
    copies = seen.first("fork-copies")
    if copies:
        yield seen.make("keras-generator-duplicates", same=copies["same"])


def _judge_spawn(seen: Seen) -> Iterator[AuditFinding]:
    event = seen.first("cannot-pickle")
    method = (seen.first("start-method") or {}).get("name", "")
    worse: Status = "fail" if method in ("spawn", "forkserver") else "warn"
    if event:
        culprits = event["culprits"]
        name = culprits[0][0].partition(".")[2].partition(".")[0].partition("[")[0] if culprits else ""
        what = "; ".join(f"{path} is {kind}" for path, kind, _ in culprits[:5]) or event["text"]
        yield seen.make(
            "keras-pickle", status=worse, line=seen.line_of(name), what=what, error=event["text"], start_method=method
        )
    failed = seen.first("spawn-error")
    if failed:
        yield seen.make("keras-pickle", status=worse, what=f"in the new process: {failed['text']}", start_method=method)
    wrong = seen.first("spawn-wrong")
    if wrong:
        yield seen.make("sequence-spawn-wrong", status="fail" if worse == "fail" else None, index=wrong["index"])
    slow = seen.first("spawn-stuck")
    if slow:
        yield seen.make("audit-not-finished", what=f"a spawned worker was not done after {slow['seconds']:g} s")
    pickled = seen.first("pickled")
    if pickled and pickled["bytes"] >= LARGE:
        yield seen.make("sequence-pickle-large", size=f"{pickled['bytes'] >> 20} MiB")


def _judge_keras(seen: Seen) -> Iterator[AuditFinding]:
    source, loaded = seen.source, seen.loaded
    if loaded.get("sequence_base") and not loaded.get("super_called") and loaded.get("keras3"):
        cls = next((c for c in seen.family if c.init_line and not c.calls_super), None)
        patch = patch_super(source, cls) if source and cls else ""
        yield seen.make("keras-no-super-init", line=cls.init_line if cls else None, patch=patch)
    if source is None:
        return
    keras2 = str(loaded.get("keras", "")).startswith("2.") or (loaded.get("sequence_base") and not loaded.get("keras3"))
    for line, words in source.fits[:3]:
        yield seen.make("keras3-fit-workers", status="info" if keras2 else None, line=line, arguments=", ".join(words))
    for line, method in source.old_methods[:3]:
        yield seen.make("keras3-fit-generator", status="info" if keras2 else None, line=line, method=method)
