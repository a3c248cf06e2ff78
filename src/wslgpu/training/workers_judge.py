"""What one machine's part of a training over several machines showed. Pure."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.peers import Silence
from wslgpu.system.session import Ended
from wslgpu.training.ending import last_lines
from wslgpu.training.events import Event
from wslgpu.training.payload_workers.wslgpu_workers_values import BATCHES_EACH, EPOCHS
from wslgpu.training.run_say import render_stacks
from wslgpu.training.smoke import TAIL_LINES, SmokeResult, pick_line
from wslgpu.training.smoke_judge import Problem, last

# Largest difference of an epoch's loss from one machine alone: the machines' gradients are added in another order.
TOLERANCE = 0.002
# What TensorFlow raises here where another machine is lost; any other error is this machine's own.
OF_THE_OTHERS = tuple(
    f"{kind}Error" for kind in ("Unavailable", "Aborted", "Internal", "Cancelled", "DeadlineExceeded", "Unknown")
)


@dataclass(frozen=True)
class Seen:
    """All that was seen of a part: of its own process the events, of the other machines who was silent at the end."""

    machines: tuple[str, ...]
    index: int
    events: Sequence[Event]
    silent: tuple[Silence, ...]
    deadline_s: float
    join_s: float

    def name(self, address: str) -> str:
        """ "machine 1 (b:29500)"."""
        return f"machine {self.machines.index(address)} ({address})"

    @property
    def where(self) -> str:
        """The last thing that the training here said it was at."""
        return str(last(self.events, "progress").get("text", "starting Python"))


def judge_worker(python: str, ended: Ended | Absent | Unknown, seen: Seen) -> SmokeResult:
    """The verdict on this machine's part, however it ended."""
    if isinstance(ended, Absent):
        return _fail([Problem("smoke-python-missing", f"There is no python at {python}.")], {}, "")
    if isinstance(ended, Unknown):
        return SmokeResult("unknown", f"{python} could not be started: {ended.detail or ended}.")
    tail, evidence = last_lines(ended, TAIL_LINES), describe(seen, ended)
    tail = "\n".join([tail, *render_stacks(last(seen.events, "stacks"))]).strip()
    stopped = list(_find_stops(python, ended, seen))
    if ended.ended_by == "stop" and not stopped:
        return SmokeResult("unknown", f"It was ended together with the others; it was at: {seen.where}.", evidence)
    if ended.ended_by == "deadline" and not stopped:
        said = f"The smoke was not done after {seen.deadline_s:g} s and was ended; it was at: {seen.where}."
        return SmokeResult("unknown", said, evidence, (), tail)
    problems = stopped or [*_judge_training(seen), *_left_behind(ended)]
    if problems:
        return _fail(problems, evidence, tail)
    return SmokeResult("ok", _sentence(seen, evidence), evidence, (), tail)


def _fail(problems: Sequence[Problem], evidence: dict[str, Any], tail: str) -> SmokeResult:
    plain = tuple((problem.slug, problem.sentence) for problem in problems)
    return SmokeResult("fail", problems[0].sentence, evidence, plain, tail)


def _find_stops(python: str, ended: Ended, seen: Seen) -> Iterator[Problem]:
    """Why the training did not get to its end here, the cause first."""
    if last(seen.events, "result"):
        return
    me = seen.name(seen.machines[seen.index])
    if ended.returncode < 0 and not ended.ended_by:
        name = signal.Signals(-ended.returncode).name
        yield Problem("smoke-crashed", f"The training of {me}, which is this one, was ended by {name}; {_at(seen)}.")
        return
    missing, error = last(seen.events, "no-tensorflow"), last(seen.events, "error")
    if missing:
        slug = "smoke-no-tensorflow" if missing["missing"] else "smoke-import-failed"
        yield Problem(slug, f"TensorFlow cannot be imported by {python}: {missing['text']}")
        return
    if error and error["kind"] not in OF_THE_OTHERS:
        yield Problem("smoke-error", f"The training stopped with {error['kind']}: {pick_line(error['text'])}")
        return
    if not last(seen.events, "joined"):
        if seen.silent:
            who = "; ".join(f"{seen.name(one.address)}: {one.why}" for one in seen.silent)
            waited = f"after {seen.join_s:g} s" if ended.ended_by == "join" else "before the training began"
            yield Problem("smoke-machine-absent", f"Not all machines came together {waited}: {who}.")
        elif ended.ended_by == "join":
            said = f"All machines answer, and did not come together within {seen.join_s:g} s"
            yield Problem("smoke-machine-absent", f"{said}: do all name the same hosts?")
    else:
        for one in seen.silent:
            yield Problem("smoke-machine-lost", f"{seen.name(one.address)} was lost: {one.why}; here {_at(seen)}.")
        if not seen.silent and ended.ended_by in ("still", "lost"):
            yield Problem("smoke-machine-lost", f"A machine hangs, and all answer now; here {_at(seen)}.")
    if error and not seen.silent:
        yield Problem("smoke-error", f"The training stopped with {error['kind']}: {pick_line(error['text'])}")
    elif not seen.silent and ended.ended_by in ("", "join", "lost", "still") and _is_unexplained(ended, seen):
        imported = last(seen.events, "imported")
        if imported and not last(seen.events, "joined"):
            yield Problem("smoke-device", "TensorFlow sees no GPU, and one was asked for.")
        else:
            said = f"The training ended with code {ended.returncode} before its end; {_at(seen)}."
            yield Problem("smoke-error", said)


def _is_unexplained(ended: Ended, seen: Seen) -> bool:
    """Whether none of the sentences about other machines was said already."""
    return not ended.ended_by or (ended.ended_by == "join") == bool(last(seen.events, "joined"))


def _at(seen: Seen) -> str:
    return f"it was at: {seen.where}"


def _judge_training(seen: Seen) -> Iterator[Problem]:
    """Equal weights, every index once, the losses of one machine alone, and fork."""
    trained, result, joined = (last(seen.events, name) for name in ("trained", "result", "joined"))
    number = len(seen.machines)
    if joined["replicas"] != number:
        said = f"{joined['replicas']} replicas train, not one on each of {number} machines."
        yield Problem("smoke-machine-absent", said)
    digests = trained["digests"]
    if len(set(digests)) != 1 or len(digests) != number:
        odd = ", ".join(f"machine {index} {digest}" for index, digest in enumerate(digests))
        yield Problem("smoke-weights-differ", f"The weights differ after the training: {odd}.")
    used: Counter[int] = Counter(trained["used"])
    if set(used) != {1} or len(trained["used"]) != EPOCHS * BATCHES_EACH * number:
        told = ", ".join(f"{count} indexes {times} times" for times, count in sorted(used.items()) if times != 1)
        yield Problem("smoke-deliveries", f"Over all machines and epochs not every index was used once: {told}.")
    apart = [abs(a - b) for a, b in zip(trained["losses"], result["alone"], strict=True)]
    if not all(one <= TOLERANCE for one in apart):  # what is no number is not within it
        told = ", ".join(f"{one:.4f}" for one in apart)
        said = f"The epochs' losses differ from one machine alone by {told} (bound {TOLERANCE})."
        yield Problem("smoke-curves-differ", said)
    # A worker's parent is the feed's own process, which this one forked before it joined.
    main, rows = trained["pid"], trained["fed"]
    strange = {pid for _, _, pid, parent, grandparent in rows if grandparent != main or main in (pid, parent)}
    if strange:
        said = f"Batches were made by {len(strange)} processes that are no forked workers of this one."
        yield Problem("smoke-not-forked", said)


def _left_behind(ended: Ended) -> Iterator[Problem]:
    if ended.left_behind:
        names = ", ".join(f"{one.pid} ({one.command})" for one in ended.left_behind)
        yield Problem("smoke-left-behind", f"Processes outlived the training and were killed: {names}.")


def describe(seen: Seen, ended: Ended) -> dict[str, Any]:
    """What was seen, as JSON knows it."""
    imported, trained, result = (last(seen.events, name) for name in ("imported", "trained", "result"))
    evidence: dict[str, Any] = {"synthetic": True, "hosts": list(seen.machines), "index": seen.index}
    evidence["seconds"] = round(ended.seconds, 1)
    for key in ("python", "tensorflow", "keras", "gpus"):
        if key in imported:
            evidence[key] = imported[key]
    if trained:
        evidence |= {
            "training_seconds": trained["seconds"],
            "digests": trained["digests"],
            "indexes_used_once": sum(count == 1 for count in trained["used"]),
            "indexes": len(trained["used"]),
            "fed_here": len(trained["fed"]),
            "losses": [round(loss, 9) for loss in trained["losses"]],
            "forked_workers": len({row[2] for row in trained["fed"]}),
        }
    if forking := last(seen.events, "forking"):
        evidence["threads_at_fork"] = forking["threads"]
    if result:
        evidence["losses_alone"] = [round(loss, 9) for loss in result["alone"]]
    if seen.silent:
        evidence["silent"] = [{"host": one.address, "why": one.why} for one in seen.silent]
    return evidence


def _sentence(seen: Seen, evidence: dict[str, Any]) -> str:
    worst = max(abs(a - b) for a, b in zip(evidence["losses"], evidence["losses_alone"], strict=True))
    return (
        f"TensorFlow {evidence['tensorflow']} trained one model on {len(seen.machines)} machines, "
        f"each fed through fork: equal weights on all, {evidence['indexes']} batches each "
        f"used once over all, the losses of one machine alone "
        f"within {worst:.1g}; this was machine {seen.index}."
    )
