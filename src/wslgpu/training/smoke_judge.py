"""What the smoke's steps are judged by. Pure: rows in, problems out; nothing trusts a claim without its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from wslgpu.training.events import Event
from wslgpu.training.payload_smoke.wslgpu_smoke_values import EPOCHS, METHODS, TRAIN, VALIDATION

Status = Literal["ok", "fail", "unknown"]
ACCURACY_BOUND = 0.9  # guessing gives 0.25
# Largest difference of a loss between the two ways. On a CPU both do the same sums; a GPU adds in varying order.
TOLERANCE = {"CPU": 0.001, "GPU": 0.05}
KINDS = {TRAIN: "training", VALIDATION: "validation"}


@dataclass(frozen=True)
class Problem:
    """One thing that failed: a finding's slug, and a sentence that says what was seen."""

    slug: str
    sentence: str


def judge_deliveries(name: str, rows: Sequence[Sequence[int]], kind: int, length: int) -> Iterator[Problem]:
    """Each index of one set exactly once an epoch and in order. `name`: of the way, for the sentence."""
    for epoch in range(EPOCHS):
        got = [row[2] for row in rows if row[0] == kind and row[1] == epoch]
        if got != list(range(length)):
            yield Problem(
                "smoke-deliveries", f"Way {name}, epoch {epoch + 1}, {KINDS[kind]}: {say_indices(got, length)}."
            )


def say_indices(got: Sequence[int], length: int) -> str:
    """What is wrong with the indices that came, where each of `length` was to come once."""
    counted = Counter(got)
    missing = [i for i in range(length) if not counted[i]]
    more = [i for i, n in counted.items() if n > 1]
    what = "; ".join(
        [f"never came: {missing}"] * bool(missing)
        + [f"came more than once: {more}"] * bool(more)
        + ["the order was not kept"] * (not missing and not more)
    )
    return f"{len(got)} of {length} batches arrived ({what})"


def judge_learning(name: str, history: Mapping[str, Sequence[float]]) -> Iterator[Problem]:
    """The loss falls, and the accuracy on data that was not trained on is above the bound."""
    loss, accuracy = history.get("loss", ()), history.get("val_accuracy", ())
    if len(loss) != EPOCHS or not all(later < earlier for earlier, later in pairwise(loss)):
        yield Problem("smoke-not-learned", f"Way {name}: the loss did not fall in every epoch: {rounded(loss)}.")
    if not accuracy or not accuracy[-1] >= ACCURACY_BOUND:
        yield Problem(
            "smoke-not-learned", f"Way {name}: accuracy {rounded(accuracy[-1:])}, at least {ACCURACY_BOUND} is wanted."
        )


def judge_makers(single: Sequence[Sequence[int]], fork: Mapping[str, Any], main_pid: int) -> Iterator[Problem]:
    """Who made the batches: the main process alone in one way, its forked children alone in the other."""
    if {row[3] for row in single} != {main_pid}:
        yield Problem("smoke-not-forked", "Way single: a process other than the main one made batches.")
    rows = fork["deliveries"]
    here = sum(row[3] == main_pid for row in rows)
    if here:
        yield Problem("smoke-not-forked", f"Way fork: the main process made {here} of {len(rows)} batches itself.")
    methods = {row[5] for row in rows if row[3] != main_pid}
    if methods - {METHODS["fork"]}:
        names = sorted(name for name, number in METHODS.items() if number in methods)
        yield Problem("smoke-not-forked", f"Way fork: workers were started by {', '.join(names) or 'something else'}.")
    strangers = sorted({row[3] for row in rows if row[3] != main_pid and row[4] != main_pid})
    strangers += sorted(int(pid) for pid, parent in fork["parents"].items() if parent not in (None, main_pid))
    if strangers:
        yield Problem("smoke-not-forked", f"Way fork: workers {strangers} are not children of the training process.")
    if most_workers(rows, main_pid) < 2:
        yield Problem("smoke-one-worker", "Way fork: in no epoch did two workers make batches side by side.")


def most_workers(rows: Sequence[Sequence[int]], main_pid: int) -> int:
    """The largest number of workers that made batches of one set in one epoch. Every epoch has a pool of its own."""
    pools: dict[tuple[int, int], set[int]] = {}
    for row in rows:
        if row[3] != main_pid:
            pools.setdefault((row[0], row[1]), set()).add(row[3])
    return max((len(pids) for pids in pools.values()), default=0)


def judge_device(imported: Event, prepared: Event, wanted: str) -> Iterator[Problem]:
    """Where the convolutions ran, by the executed graph; asked for, or merely present, a GPU must have been used."""
    places = used_devices(prepared)
    on_gpu = bool(places) and all(place.startswith("GPU") for place in places)
    if wanted == "cpu":
        if any(place.startswith("GPU") for place in places):
            yield Problem("smoke-device", f"The CPU was asked for, and the convolutions ran on {', '.join(places)}.")
        return
    if imported["gpus"] and not on_gpu:
        yield Problem(
            "smoke-device",
            f"TensorFlow sees {', '.join(imported['gpus'])}, and the convolutions ran on {', '.join(places)}.",
        )
    elif wanted == "gpu" and not on_gpu:
        why = "" if imported["built_with_cuda"] else "; this TensorFlow is built without CUDA"
        yield Problem("smoke-device", f"The GPU was asked for, and TensorFlow sees none{why}.")


def used_devices(prepared: Event) -> list[str]:
    """Devices of the convolutions; where the graph does not tell, the device of an eager convolution's result."""
    return list(prepared["placement"]) or [str(prepared["output_device"])]


def judge_curves(
    single: Mapping[str, Sequence[float]], fork: Mapping[str, Sequence[float]], limit: float
) -> Iterator[Problem]:
    """Same seeds, same batches, same order: the losses of both ways must be the same within `limit`."""
    difference = curve_difference(single, fork)
    if not difference <= limit:
        yield Problem(
            "smoke-curves-differ",
            f"The losses of the two ways differ by {difference:.4g}; at most {limit:g} is explained by rounding.",
        )


def curve_difference(single: Mapping[str, Sequence[float]], fork: Mapping[str, Sequence[float]]) -> float:
    """The largest difference between two losses of the same epoch; not a number where the curves do not match."""
    pairs = [
        (a, b) for key in ("loss", "val_loss") for a, b in zip(single.get(key, ()), fork.get(key, ()), strict=False)
    ]
    return max(abs(a - b) for a, b in pairs) if len(pairs) == 2 * EPOCHS else float("nan")


def tolerance(events: Sequence[Event]) -> float:
    """The tolerance of the device that was used."""
    return TOLERANCE["GPU" if any(d.startswith("GPU") for d in used_devices(last(events, "prepared"))) else "CPU"]


def last(events: Sequence[Event], name: str) -> Event:
    """The last event of that name; an empty one where there is none."""
    return next((event for event in reversed(events) if event["event"] == name), {})


def rounded(values: Sequence[float]) -> list[float]:
    """For people."""
    return [round(value, 4) for value in values]
