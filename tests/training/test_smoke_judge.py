"""The judge of the smoke, on events as the payload writes them: one healthy run, and each way in which it can lie."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from wslgpu.training.payload_smoke.wslgpu_smoke_values import (
    EPOCHS,
    ROW,
    TRAIN,
    TRAIN_BATCHES,
    VALIDATION,
    VALIDATION_BATCHES,
)
from wslgpu.training.smoke_judge import Problem, most_workers
from wslgpu.training.smoke_steps import TITLES, judge_steps

MAIN = 100
Events = list[dict[str, Any]]


def rows(forked: bool) -> list[list[int]]:
    made = []
    for epoch in range(EPOCHS):
        for kind, length in ((TRAIN, TRAIN_BATCHES), (VALIDATION, VALIDATION_BATCHES)):
            for index in range(length):
                pid = 200 + 4 * epoch + 2 * kind + index % 2
                made.append(row(kind, epoch, index, pid if forked else None))
    return made


def row(kind: int, epoch: int, index: int, pid: int | None) -> list[int]:
    """A batch made by a forked worker, or by the main process where `pid` is None."""
    who = {"pid": MAIN, "parent": 1, "method": 0} if pid is None else {"pid": pid, "parent": MAIN, "method": 1}
    began = 1000 * (100 * epoch + index)
    times = {"began": began, "ended": began + 400, "arrived": began + 500, "done": began + 700}
    own = 10_000 * kind + 100 * epoch + index
    values = {"kind": kind, "epoch": epoch, "index": index, **who, **times, "own": own, "inherited": index // 2}
    return [values[name] for name in ROW]


def arrangement(name: str, orders: list[list[int]], workers: int, queue: int) -> dict[str, Any]:
    made = [row(TRAIN, e, index, 300 + 10 * e + index % workers) for e, order in enumerate(orders) for index in order]
    sizes = {"workers": workers, "queue": queue, "batches": len(orders[0]), "epochs": len(orders)}
    return {"event": "arrangement", "name": name, **sizes, "deliveries": made, "parents": {}}


def healthy() -> Events:
    history = {"loss": [1.0, 0.2, 0.05], "val_loss": [0.5, 0.1, 0.04], "val_accuracy": [0.8, 0.95, 0.99]}
    return [
        {"event": "imported", "gpus": [], "built_with_cuda": False},
        {"event": "prepared", "placement": ["CPU:0"], "output_device": "CPU:0"},
        {"event": "way", "name": "single", "pid": MAIN, "deliveries": rows(False), "history": history, "parents": {}},
        {
            "event": "way",
            "name": "fork",
            "pid": MAIN,
            "deliveries": rows(True),
            "history": copy.deepcopy(history),
            "parents": {"200": MAIN, "201": None},
        },
        arrangement("shuffled", [[3, 0, 4, 1, 2], [1, 4, 0, 2, 3]], 2, 10),
        arrangement("crowd", [[0, 1, 2]], 5, 10),
        arrangement("narrow", [[0, 1, 2, 3]], 3, 1),
        {"event": "result", "main_pid": MAIN},
    ]


def problems(events: Events, device: str = "auto") -> list[Problem]:
    return [problem for step in judge_steps(events, device) for problem in step.problems]


def slugs(events: Events, device: str = "auto") -> set[str]:
    return {problem.slug for problem in problems(events, device)}


def failed(events: Events) -> set[str]:
    return {step.name for step in judge_steps(events, "auto") if step.status == "fail"}


def fork_rows(events: Events) -> list[list[int]]:
    return events[3]["deliveries"]


def drop_one(events: Events) -> None:
    del fork_rows(events)[7]


def repeat_one(events: Events) -> None:
    fork_rows(events).insert(7, list(fork_rows(events)[7]))


def swap_two(events: Events) -> None:
    found = fork_rows(events)
    found[3], found[4] = found[4], found[3]


def lose_validation(events: Events) -> None:
    found = fork_rows(events)
    found[:] = [row for row in found if row[0] == TRAIN]


def make_in_main(events: Events) -> None:
    fork_rows(events)[2][3] = MAIN


def start_by_spawn(events: Events) -> None:
    fork_rows(events)[2][5] = 2


def claim_other_parent(events: Events) -> None:
    fork_rows(events)[2][4] = 1


def contradict_proc(events: Events) -> None:
    events[3]["parents"]["200"] = 1


def leave_to_one_worker(events: Events) -> None:
    for row in fork_rows(events):
        row[3] -= row[3] % 2


def not_learn(events: Events) -> None:
    for event in events[2:4]:
        event["history"]["val_accuracy"] = [0.25, 0.25, 0.25]


def rise(events: Events) -> None:
    for event in events[2:4]:
        event["history"]["loss"] = [1.0, 0.2, 0.3]


def turn_to_nan(events: Events) -> None:
    for event in events[2:4]:
        event["history"]["loss"] = [float("nan")] * 3


def differ(events: Events) -> None:
    events[3]["history"]["val_loss"][2] += 0.01


def ignore_gpu(events: Events) -> None:
    events[0]["gpus"] = ["NVIDIA GeForce RTX 3060"]


def test_a_healthy_run_has_no_problem() -> None:
    assert slugs(healthy()) == set()
    assert slugs(healthy(), "cpu") == set()


@pytest.mark.parametrize(
    ("harm", "slug"),
    [
        (drop_one, "smoke-deliveries"),
        (repeat_one, "smoke-deliveries"),
        (swap_two, "smoke-deliveries"),
        (lose_validation, "smoke-deliveries"),
        (make_in_main, "smoke-not-forked"),
        (start_by_spawn, "smoke-not-forked"),
        (claim_other_parent, "smoke-not-forked"),
        (contradict_proc, "smoke-not-forked"),
        (leave_to_one_worker, "smoke-one-worker"),
        (not_learn, "smoke-not-learned"),
        (rise, "smoke-not-learned"),
        (turn_to_nan, "smoke-not-learned"),
        (differ, "smoke-curves-differ"),
        (ignore_gpu, "smoke-device"),
    ],
)
def test_each_harm_is_named(harm: Callable[[Events], None], slug: str) -> None:
    events = healthy()
    harm(events)
    assert slug in slugs(events)


def test_delivery_problem_says_which_indices() -> None:
    events = healthy()
    drop_one(events)
    assert any("never came: [7]" in problem.sentence for problem in problems(events))


def test_a_gpu_that_was_asked_for_and_is_not_there_fails() -> None:
    sentences = [p.sentence for p in problems(healthy(), "gpu") if p.slug == "smoke-device"]
    assert sentences == ["The GPU was asked for, and TensorFlow sees none; this TensorFlow is built without CUDA."]


def test_a_gpu_that_was_used_is_well_and_has_the_wider_tolerance() -> None:
    events = healthy()
    ignore_gpu(events)
    events[1]["placement"] = ["GPU:0"]
    differ(events)
    assert slugs(events, "gpu") == set()
    assert slugs(events, "cpu") == {"smoke-device"}


def test_workers_side_by_side_are_counted_within_one_pool() -> None:
    assert most_workers(rows(True), MAIN) == 2
    assert most_workers([[0, 0, 0, 7, MAIN, 1], [0, 1, 0, 8, MAIN, 1]], MAIN) == 1


def shuffled(events: Events) -> list[list[int]]:
    return events[4]["deliveries"]


def not_shuffle(events: Events) -> None:
    shuffled(events).sort(key=lambda found: (found[1], found[2]))


def shuffle_alike(events: Events) -> None:
    found = shuffled(events)
    for first, second in zip(found[:5], found[5:], strict=True):
        second[2] = first[2]


def lose_the_odd_one(events: Events) -> None:
    shuffled(events).pop()


def draw_alike(events: Events) -> None:
    for found in shuffled(events):
        found[ROW.index("own")] = found[2]


def lose_in_the_crowd(events: Events) -> None:
    events[5]["deliveries"].pop()


def swap_in_the_narrow(events: Events) -> None:
    events[6]["deliveries"].reverse()


def spawn_in_the_crowd(events: Events) -> None:
    events[5]["deliveries"][0][ROW.index("method")] = 2


@pytest.mark.parametrize(
    ("harm", "steps"),
    [
        (drop_one, {"shuffle-off"}),
        (lose_validation, {"validation"}),
        (start_by_spawn, {"forked-workers"}),
        (not_learn, {"learning"}),
        (differ, {"same-losses"}),
        (ignore_gpu, {"device"}),
        (not_shuffle, {"shuffle-on"}),
        (shuffle_alike, {"shuffle-on"}),
        (lose_the_odd_one, {"uneven-length", "shuffle-on"}),
        (draw_alike, {"random-numbers"}),
        (lose_in_the_crowd, {"more-workers-than-batches"}),
        (spawn_in_the_crowd, {"more-workers-than-batches"}),
        (swap_in_the_narrow, {"queue-of-one"}),
    ],
)
def test_each_harm_fails_its_own_step(harm: Callable[[Events], None], steps: set[str]) -> None:
    events = healthy()
    harm(events)
    assert failed(events) == steps


def test_all_steps_are_there_however_far_it_came() -> None:
    events = healthy()
    whole = list(judge_steps(events, "auto"))
    assert {step.name: step.status for step in whole} == dict.fromkeys(TITLES, "ok")
    assert {step.name for step in judge_steps([], "auto")} == set(TITLES)
    assert {step.status for step in judge_steps([], "auto")} == {"unknown"}
    half = {step.name: step.status for step in judge_steps(events[:4], "auto")}
    assert half["same-losses"] == "ok"
    assert half["shuffle-on"] == "unknown"


def test_what_is_inherited_is_told_and_not_judged() -> None:
    step = next(step for step in judge_steps(healthy(), "auto") if step.name == "random-numbers")
    assert step.evidence["repeated"] == 0
    assert step.evidence["repeated_of_inherited_state"] == 10
    assert step.evidence["audit_finding"] == "keras-same-random"
