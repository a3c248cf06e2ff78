"""From figures to the choice, and to the snippet that makes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wslgpu.checks.model import Status
from wslgpu.training.events import Event
from wslgpu.training.tune_model import Bound, Mode, Tuning, Way

NEAR = 0.95  # of the best rate: within the noise of a trial of two seconds, so the simpler way wins
SIMPLER: Mapping[str, int] = {"single": 0, "threads": 1, "feed": 2, "fork": 3}
NO_TIME = "no time left"  # as payload_tune says it
DISTURBED = 0.2  # a share of the cores: one of four or more, less than half of one of two
COMPUTE_BOUND = 1.25  # a step this many times a batch: the input cannot be what is waited for


def judge_tune(
    target: str, events: Sequence[Event], own_model: bool, seconds: float, ending: str = "", tail: str = ""
) -> Tuning:
    """The answer. `ending`: how the process ended where it did not end by itself, in words."""
    figures = _last(events, "figures")
    step = _last(events, "step").get("seconds")
    versions = _last(events, "versions")
    ways = read_ways(events, ending)
    raised = next((event for event in events if event["event"] == "item-raises"), {})
    choice = None if raised else choose_way(ways)
    single = next((way for way in ways if way.mode == "single" and way.rate), None)
    get = figures.get("get_s")
    gain = choice.rate / single.rate if choice and single and choice.rate and single.rate else None
    queue = next((int(event["queue"]) for event in events if event["event"] == "rate"), 10)
    keras3 = bool(versions.get("keras3", True))
    notes = [str(event["text"]) for event in events if event["event"] == "note"]
    if ending:
        notes.append(ending)
    if choice is None and not raised and any(way.why == NO_TIME for way in ways):
        notes.append("the time was over before a way could be tried; give it more with --seconds, or an idle machine")
    others = max((way.others or 0.0 for way in ways if way.rate), default=0.0)
    if others >= DISTURBED:
        notes.append(
            f"other programs had up to {100 * others:.0f} % of the cores meanwhile, which can change the order of the "
            "ways; for a sure answer run it again with nothing beside it"
        )
    bound = judge_bound(get, step, own_model)
    sequence = _last(events, "sequence")
    of_keras, fresh = bool(sequence.get("of_keras", True)), bool(sequence.get("fresh", True))
    return Tuning(
        target=target,
        choice=choice,
        bound=bound,
        gain=gain,
        queue=queue,
        ways=ways,
        get_s=get,
        cpu_s=figures.get("cpu_s"),
        step_s=step,
        pipe_s=figures.get("pipe_s"),
        batch_bytes=figures.get("bytes"),
        cores=figures.get("cores"),
        own_model=own_model,
        keras3=keras3,
        snippet=write_snippet(choice, target, queue, keras3, of_keras, fresh) if choice else "",
        versions={key: versions.get(key) for key in ("tensorflow", "keras", "gpus")},
        findings=(
            *judge_sequence(raised, of_keras),
            *(() if raised else _findings(figures, step, bound, queue, ways)),
        ),
        notes=tuple(notes),
        seconds=seconds,
        output_tail=tail,
    )


def _last(events: Sequence[Event], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if event["event"] == name:
            found.update(event)
    return found


def read_ways(events: Sequence[Event], ending: str) -> tuple[Way, ...]:
    """Every way that was thought of, best rate first, with its rate, or why it has none."""
    predicted = {(mode, number): value for mode, number, value in _last(events, "predicted").get("ways", ())}
    found: dict[tuple[str, int], Way] = {}
    measured: dict[tuple[str, int], Way] = {}
    cause = ""  # of a trial that failed: a batch, in whichever process it was made
    for event in events:
        key = (str(event.get("mode")), int(event.get("workers", 0)))
        expected = predicted.get(key)
        mode: Mode = key[0]  # type: ignore[assignment]
        if event["event"] == "trial":
            found[key] = Way(mode, key[1], None, expected, ending or "it did not end")
            cause = ""
        elif event["event"] == "rate":
            found[key] = _better(measured.get(key), _read_rate(event, mode, key[1], expected))
            measured[key] = found[key]
        elif event["event"] == "raised-in-trial" and not cause:
            cause = f"batch {event['index']} raises {event['text']}"
        elif event["event"] in ("trial-failed", "skipped"):
            found[key] = Way(mode, key[1], None, expected, cause or str(event.get("text") or event.get("why")))
    for (name, number), value in predicted.items():
        found.setdefault((name, number), Way(name, number, None, value, "not tried: slower by the figures"))
    return tuple(sorted(found.values(), key=lambda way: (-(way.rate or 0), way.predicted or 0)))


def _read_rate(event: Event, mode: Mode, workers: int, expected: float | None) -> Way:
    steps = tuple((float(a), float(b)) for a, b in event["steps"])
    made = tuple((int(i), float(a), float(b), int(who)) for i, a, b, who in event["made"])
    why = "" if event["rate"] else "too few batches in the time there was"
    return Way(mode, workers, event["rate"], expected, why, steps, made, event.get("others"))


def _better(first: Way | None, second: Way) -> Way:
    """Of two trials of one way: what disturbs a trial makes it slower, so the faster one is nearer to the truth."""
    return first if first is not None and (first.rate or 0.0) >= (second.rate or 0.0) else second


def choose_way(ways: Sequence[Way]) -> Way | None:
    """The simplest, with the fewest workers, of those that are as fast as the fastest."""
    measured = [(way.rate, way) for way in ways if way.rate]
    if not measured:
        return None
    best = max(rate for rate, _ in measured)
    near = [way for rate, way in measured if rate >= NEAR * best]
    return min(near, key=lambda way: (SIMPLER[way.mode], way.workers))


def judge_bound(get: float | None, step: float | None, own_model: bool) -> Bound:
    """Whether the step waits for batches, or the batches for the step; without the user's model nobody can tell."""
    if get is None or step is None or not own_model:
        return "not known"
    return "compute" if step >= COMPUTE_BOUND * get else "input"


def judge_sequence(raised: Mapping[str, Any], of_keras: bool) -> Iterator[tuple[str, Status, Mapping[str, str]]]:
    """A batch that raises in one thread; an object that `fit` takes in a wrapper only."""
    if raised:
        error = f"{raised['kind']}: {raised['text']}".partition("\n")[0][:300].rstrip(": ")
        words = {"index": str(raised["index"]), "error": error}
        where = {"where": "{}:{}".format(*raised["line"])} if raised.get("line") else {}
        yield "sequence-item-raises", "fail", words | where
    if not of_keras:
        yield "sequence-not-keras", "info", {"what": "`fit` refuses it"}


# `fit` refuses an object of a class that inherits no Sequence of Keras, whatever it can do.
WRAPPER = """import tensorflow as tf


class ForFit(tf.keras.utils.Sequence):
    def __init__(self, batches, **kwargs):
        super().__init__(**kwargs)
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]

    def on_epoch_end(self):
        getattr(self.batches, "on_epoch_end", lambda: None)()


"""


def write_snippet(choice: Way, target: str, queue: int, keras3: bool, of_keras: bool = True, fresh: bool = True) -> str:
    """What to write in the training script, for the Keras that is installed.

    `of_keras`: it inherits a Sequence of Keras. `fresh`: the target is to be called; else it is the object itself.
    """
    name = target.rpartition(":")[2]
    made = f"{name}(...)" if fresh else name
    if not of_keras and choice.mode != "feed":
        return WRAPPER + _write_fit(choice, f"sequence = ForFit({made})", queue, keras3)
    import_first = (
        "" if of_keras else "import tensorflow as tf  # before fork_feed, which makes a Sequence of Keras of it\n"
    )
    return import_first + _write_fit(choice, f"sequence = {made}", queue, keras3)


def _write_fit(choice: Way, made: str, queue: int, keras3: bool) -> str:
    if choice.mode == "feed":
        return (
            "from wslgpu.feeds import fork_feed\n\n"
            f"{made}\nwith fork_feed(sequence, workers={choice.workers}) as feed:  # before the model is built\n"
            "    model.fit(feed, ...)\n"
        )
    processes = choice.mode == "fork"
    if keras3:
        if choice.mode == "single":
            return f"{made}\nsequence.workers, sequence.use_multiprocessing = 1, False\nmodel.fit(sequence, ...)\n"
        return (
            f"{made}\nsequence.workers = {choice.workers}\nsequence.use_multiprocessing = {processes}\n"
            f"sequence.max_queue_size = {queue}\nmodel.fit(sequence, ...)\n"
        )
    if choice.mode == "single":
        return f"{made}\nmodel.fit(sequence, ..., workers=1, use_multiprocessing=False)\n"
    return (
        f"{made}\nmodel.fit(sequence, ..., workers={choice.workers}, use_multiprocessing={processes}, "
        f"max_queue_size={queue})\n"
    )


def _findings(
    figures: Mapping[str, Any], step: float | None, bound: Bound, queue: int, ways: Sequence[Way]
) -> list[tuple[str, str, Mapping[str, str]]]:
    found: list[tuple[str, str, Mapping[str, str]]] = []
    if bound == "input" and step:
        words = {"batch": f"{1000 * figures['get_s']:.1f} ms", "step": f"{1000 * step:.1f} ms"}
        found.append(("input-bound", "warn", words))
    speedup = figures.get("speedup2")
    if speedup is not None and speedup < 1.15 and figures.get("cpu_s", 0) > 0.5 * figures.get("get_s", 1):
        found.append(("keras-threads-no-speedup", "info", {"speedup": f"{speedup:.2f}"}))
    if figures and queue < 10:
        found.append(("keras-queue-memory", "warn", {"queue": str(queue), "batch": f"{figures['bytes'] >> 20} MiB"}))
    return found
