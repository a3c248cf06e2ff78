"""Is a Sequence safe in threads, under fork, under spawn? One judge for each way of working. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from wslgpu.checks.model import Status
from wslgpu.training.audit_model import AuditFinding
from wslgpu.training.audit_seen import Seen, attribute_of, raised_alone, stack_line, user_line

LARGE = 100 << 20  # bytes of a pickle from which on a copy for each worker is worth a word


def judge_threads(seen: Seen) -> Iterator[AuditFinding]:
    """The same items, asked for by several threads at once and out of order."""
    wrong, error, stuck = seen.first("threads-wrong"), seen.first("threads-error"), seen.first("threads-stuck")
    bare = [write for c in seen.family for write in c.writes if not write.guarded]
    line = bare[0].line if bare else None
    attributes = ", ".join(dict.fromkeys(f"self.{write.attribute}" for write in bare))
    # A generator of random numbers that the Sequence holds gives another batch at every call, in one thread as well.
    draws = bool((seen.first("held-generators") or {}).get("names"))
    if wrong and draws and not bare and not wrong["other"] and wrong["when"] != "later":
        wrong = None
    if wrong:
        what = (
            f"batch {wrong['index']} {'changed after it was given out' if wrong['when'] == 'later' else 'was another'}"
        )
        if wrong["other"]:
            what = f"batch {wrong['index']} held what belongs into batch {wrong['other'][0]}"
        seeds = [at for c in seen.family for at, name in c.randoms if name.endswith("random.seed")]
        if seen.first("seeds-global") and seeds and not bare:
            line, attributes = seeds[0], "the global random numbers, which this line seeds for all threads"
        yield seen.make(
            "sequence-thread-race", line=line, what=what, shared=attributes, leaf=wrong["leaf"], asked=wrong["asked"]
        )
    elif error and not raised_alone(seen, error):
        yield seen.make(
            "sequence-thread-race",
            line=user_line(seen, error) or line,
            what=f"{error['kind']}: {error['text']}",
            shared=attributes,
            traceback=error["traceback"],
        )
    elif stuck:
        yield seen.make("sequence-thread-deadlock", line=stack_line(seen, stuck["where"]), where=stuck["where"])


def judge_fork(seen: Seen) -> Iterator[AuditFinding]:
    """The same items, made by forked children."""
    handles = [tuple(item) for item in (seen.first("handles") or {}).get("found", [])]
    stuck, wrong, error, died = (seen.first(f"fork-{name}") for name in ("stuck", "wrong", "error", "died"))
    if error and raised_alone(seen, error):
        error = None
    tensorflow = [item for c in seen.family for item in c.tensorflow]
    tf_line = tensorflow[0][0] if tensorflow else None
    if stuck:
        in_tensorflow = "tensorflow" in stuck["where"] or "keras/src" in stuck["where"]
        slug = "keras-fork-tf-deadlock" if in_tensorflow else "sequence-fork-hangs"
        yield seen.make(
            slug,
            line=tf_line if in_tensorflow else stack_line(seen, stuck["where"]),
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
    hdf5 = [path for path, kind in handles if kind.startswith("h5py")]
    if hdf5:  # a file and its data sets are one fault
        yield seen.make("keras-h5py-fork", line=seen.line_of(hdf5[0]), path=", ".join(hdf5), what=", ".join(hdf5))
    for path, kind in handles:
        if path in hdf5:
            continue
        name = attribute_of(path)
        used = any(write.attribute == name for c in seen.family for write in c.writes)
        used = used or any(path in c.moved for c in seen.family) or bool((seen.first("random") or {}).get("ordered"))
        status: Status = "fail" if went_wrong or used or kind != "file" else "warn"
        yield seen.make("sequence-shared-handle", status=status, line=seen.line_of(path), path=path, kind=kind)
    if went_wrong and not handles:
        what = (
            f"batch {wrong['index']} was another"
            if wrong
            else f"batch {error['index']}: {error['kind']}: {error['text']}"
            if error
            else ""
        )
        yield seen.make("sequence-fork-wrong", line=user_line(seen, error) if error else None, what=what)
    same = (seen.first("fork-random") or {}).get("same", [])
    if same:
        lines = [line for c in seen.family for line, _ in c.randoms]
        yield seen.make(
            "keras-same-random",
            line=lines[0] if lines else None,
            leaves=", ".join(same),
            kind=(seen.first("random") or {}).get("kind"),
        )


def judge_spawn(seen: Seen) -> Iterator[AuditFinding]:
    """What a process that starts anew would get: the Sequence through pickle."""
    event = seen.first("cannot-pickle")
    method = (seen.first("start-method") or {}).get("name", "")
    worse: Status = "fail" if method in ("spawn", "forkserver") else "warn"
    if event:
        culprits = event["culprits"]
        what = "; ".join(f"{path} is {kind}" for path, kind, _ in culprits[:5]) or event["text"]
        words = {"error": event["text"], "start_method": method}
        if event.get("after_a_batch"):
            words["note"] = "before its first batch it can be sent; but `fit` makes one before it starts the workers"
        yield seen.make(
            "keras-pickle", status=worse, line=seen.line_of(culprits[0][0]) if culprits else None, what=what, **words
        )
    failed = seen.first("spawn-error")
    if failed:
        yield seen.make("keras-pickle", status=worse, what=f"in the new process: {failed['text']}", start_method=method)
    wrong, error = seen.first("spawn-wrong"), seen.first("spawn-item-error")
    if wrong:
        yield seen.make("sequence-spawn-wrong", status=worse, what=f"batch {wrong['index']} is another")
    elif error and not raised_alone(seen, error):
        what = f"batch {error['index']} raises {error['kind']}: {error['text']}".partition("\n")[0]
        yield seen.make("sequence-spawn-wrong", status=worse, line=user_line(seen, error), what=what)
    slow = seen.first("spawn-stuck")
    if slow:
        yield seen.make("audit-not-finished", what=f"a spawned worker was not done after {slow['seconds']:g} s")
    pickled = seen.first("pickled")
    if pickled and pickled["bytes"] >= LARGE:
        yield seen.make("sequence-pickle-large", size=f"{pickled['bytes'] >> 20} MiB")
