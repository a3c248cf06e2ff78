"""The steps of the proof: each has a name, what was seen, and whether it holds. Pure: events in, steps out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wslgpu.training.events import Event
from wslgpu.training.payload_smoke.wslgpu_smoke_values import (
    EPOCHS,
    METHODS,
    ROW,
    TRAIN,
    TRAIN_BATCHES,
    VALIDATION,
    VALIDATION_BATCHES,
)
from wslgpu.training.smoke_judge import (
    Problem,
    curve_difference,
    judge_curves,
    judge_deliveries,
    judge_device,
    judge_learning,
    judge_makers,
    last,
    most_workers,
    rounded,
    say_indices,
    tolerance,
    used_devices,
)

OWN, INHERITED, PID, INDEX, EPOCH = (ROW.index(name) for name in ("own", "inherited", "pid", "index", "epoch"))
StepStatus = Literal["ok", "fail", "told", "skip", "unknown"]
TITLES = {
    "device": "the device is the right one",
    "learning": "the model learns",
    "same-losses": "both ways give the same losses",
    "forked-workers": "forked workers made the batches",
    "shuffle-off": "shuffle off, each batch once and in order",
    "validation": "validation Sequence",
    "uneven-length": "length that the workers do not divide",
    "shuffle-on": "shuffle on, each batch once in another order",
    "more-workers-than-batches": "more workers than batches",
    "queue-of-one": "a queue of one",
    "random-numbers": "random numbers differ",
}


@dataclass(frozen=True)
class ProofStep:
    """One thing that was to be shown. `told`: measured and not judged; `unknown`: the smoke did not get so far."""

    name: str
    title: str
    status: StepStatus
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def judge_steps(events: Sequence[Event], device: str) -> Iterator[ProofStep]:
    """Every step of the proof, in order; what was not reached is `unknown`. `device`: auto, gpu or cpu."""
    ways = {event["name"]: event for event in events if event["event"] == "way"}
    arrangements = {event["name"]: event for event in events if event["event"] == "arrangement"}
    prepared = last(events, "prepared")
    if prepared:
        places = used_devices(prepared)
        yield make_step(
            "device",
            judge_device(last(events, "imported"), prepared, device),
            f"the convolutions ran on {', '.join(places)}",
            convolutions_ran_on=places,
        )
    else:
        yield not_reached("device")
    if "single" in ways and "fork" in ways:
        yield from judge_training(events, ways["single"], ways["fork"])
    else:
        yield from map(not_reached, ("learning", "same-losses", "forked-workers", "shuffle-off", "validation"))
    if "shuffled" in arrangements:
        yield from judge_shuffled(arrangements["shuffled"])
    else:
        yield from map(not_reached, ("uneven-length", "shuffle-on", "random-numbers"))
    for name, arrangement in (("more-workers-than-batches", "crowd"), ("queue-of-one", "narrow")):
        if arrangement in arrangements:
            yield judge_arrangement(name, arrangements[arrangement])
        else:
            yield not_reached(name)


def make_step(name: str, problems: Iterable[Problem], sentence: str, **evidence: Any) -> ProofStep:
    """The step holds where there are no problems; the first of them says why it does not."""
    found = tuple(problems)
    return ProofStep(
        name, TITLES[name], "fail" if found else "ok", found[0].sentence if found else sentence, evidence, found
    )


def not_reached(name: str) -> ProofStep:
    """A step to which the smoke did not come."""
    return ProofStep(name, TITLES[name], "unknown", "not reached")


def judge_training(events: Sequence[Event], single: Event, fork: Event) -> Iterator[ProofStep]:
    """The steps that the two trainings show."""
    main_pid, ways = int(single["pid"]), (single, fork)
    losses = [rounded(way["history"].get("loss", ())) for way in ways]
    accuracy = [rounded(way["history"].get("val_accuracy", ())[-1:]) for way in ways]
    yield make_step(
        "learning",
        [problem for way in ways for problem in judge_learning(way["name"], way["history"])],
        f"loss {' '.join(f'{value:.4f}' for value in losses[1])}; accuracy {(accuracy[1] or [0.0])[0]:.2f} on data "
        "that was not trained on",
        losses=losses[1],
        accuracy=accuracy[1],
    )
    difference, limit = curve_difference(single["history"], fork["history"]), tolerance(events)
    yield make_step(
        "same-losses",
        judge_curves(single["history"], fork["history"], limit),
        f"they differ by at most {difference:.2g} (allowed {limit:g})",
        largest_difference=None if difference != difference else difference,
        tolerance=limit,
    )
    rows = fork["deliveries"]
    side_by_side, pids = most_workers(rows, main_pid), {row[PID] for row in rows}
    seen = sum(parent == main_pid for parent in fork["parents"].values())
    yield make_step(
        "forked-workers",
        judge_makers(single["deliveries"], fork, main_pid),
        f"{side_by_side} side by side; {len(pids)} processes in all, {seen} confirmed by /proc while they lived",
        workers_side_by_side=side_by_side,
        processes=len(pids),
        confirmed_by_proc=seen,
    )
    for name, kind, length in (("shuffle-off", TRAIN, TRAIN_BATCHES), ("validation", VALIDATION, VALIDATION_BATCHES)):
        yield make_step(
            name,
            [p for way in ways for p in judge_deliveries(way["name"], way["deliveries"], kind, length)],
            f"{EPOCHS * length} batches in {EPOCHS} epochs, in both ways",
            batches=length,
            epochs=EPOCHS,
        )


def judge_shuffled(event: Event) -> Iterator[ProofStep]:
    """What the shuffled arrangement shows: nothing lost where one batch is left over, another order, other numbers."""
    orders = [[row[INDEX] for row in event["deliveries"] if row[EPOCH] == epoch] for epoch in range(event["epochs"])]
    length, workers = event["batches"], event["workers"]
    lost = [
        Problem("smoke-deliveries", f"Shuffled, epoch {epoch + 1}: {say_indices(order, length)}.")
        for epoch, order in enumerate(orders)
        if sorted(order) != list(range(length))
    ]
    sizes = {"batches": length, "workers": workers, "epochs": event["epochs"]}
    yield make_step("uneven-length", [*lost, *judge_forked(event)], f"{length} batches, {workers} workers", **sizes)
    same = [
        Problem("smoke-deliveries", f"shuffle=True, epoch {epoch + 1}: the batches came in the order of their indices.")
        for epoch, order in enumerate(orders)
        if order == sorted(order)
    ]
    if len(orders) > 1 and orders[0] == orders[1]:
        same.append(Problem("smoke-deliveries", "shuffle=True: two epochs came in the same order."))
    yield make_step("shuffle-on", [*lost, *same], f"{len(orders)} epochs, no two in the same order", orders=orders)
    yield judge_random(event)


def judge_random(event: Event) -> ProofStep:
    """Numbers drawn from (seed, epoch, index) are never drawn twice; those of the inherited state are told."""
    rows = event["deliveries"]
    repeated, inherited = count_repeated(rows, OWN), count_repeated(rows, INHERITED)
    workers = len({row[PID] for row in rows})
    problems = [Problem("keras-same-random", f"{repeated} of {len(rows)} batches drew a number that another drew too.")]
    trap = f"from numpy's own state, which a fork copies, {inherited} of them drew what another drew"
    return make_step(
        "random-numbers",
        problems if repeated else (),
        f"{len(rows)} batches of {workers} processes, all different; {trap} (yours: wslgpu audit MODULE:NAME)",
        drawn=len(rows),
        processes=workers,
        repeated=repeated,
        repeated_of_inherited_state=inherited,
        audit_finding="keras-same-random",
    )


def count_repeated(rows: Sequence[Sequence[int]], column: int) -> int:
    """How many rows have a value there that another has, too."""
    return sum(number for number in Counter(row[column] for row in rows).values() if number > 1)


def judge_arrangement(name: str, event: Event) -> ProofStep:
    """One epoch of forked workers, unshuffled: each batch once, in order."""
    order = [row[INDEX] for row in event["deliveries"]]
    length, workers, queue = event["batches"], event["workers"], event["queue"]
    what = f"{length} batches, {workers} workers, a queue of {queue}"
    wrong = [Problem("smoke-deliveries", f"{what}: {say_indices(order, length)}.")] * (order != list(range(length)))
    return make_step(
        name, [*wrong, *judge_forked(event)], what, batches=length, workers=workers, queue=queue, order=order
    )


def judge_forked(event: Event) -> Iterator[Problem]:
    """Every batch of an arrangement was made by a forked worker."""
    others = {row[ROW.index("method")] for row in event["deliveries"]} - {METHODS["fork"]}
    if others:
        names = sorted(name for name, number in METHODS.items() if number in others) or ["something else"]
        yield Problem("smoke-not-forked", f"Arrangement {event['name']}: batches were made by {', '.join(names)}.")
