"""The judge of the smoke, on events as the payload writes them: one healthy run, and each way in which it can lie."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from wslgpu.training.payload_smoke import EPOCHS, TRAIN, TRAIN_BATCHES, VALIDATION, VALIDATION_BATCHES
from wslgpu.training.smoke_judge import judge_ways, most_workers

MAIN = 100
Events = list[dict[str, Any]]


def rows(forked: bool) -> list[list[int]]:
    made = []
    for epoch in range(EPOCHS):
        for kind, length in ((TRAIN, TRAIN_BATCHES), (VALIDATION, VALIDATION_BATCHES)):
            for index in range(length):
                pid = 200 + 4 * epoch + 2 * kind + index % 2
                made.append([kind, epoch, index, pid, MAIN, 1] if forked else [kind, epoch, index, MAIN, 1, 0])
    return made


def healthy() -> Events:
    history = {"loss": [1.0, 0.2, 0.05], "val_loss": [0.5, 0.1, 0.04], "val_accuracy": [0.8, 0.95, 0.99]}
    return [
        {"event": "imported", "gpus": [], "built_with_cuda": False},
        {"event": "prepared", "placement": ["CPU:0"], "output_device": "CPU:0"},
        {"event": "way", "name": "single", "deliveries": rows(False), "history": history, "parents": {}},
        {
            "event": "way",
            "name": "fork",
            "deliveries": rows(True),
            "history": copy.deepcopy(history),
            "parents": {"200": MAIN, "201": None},
        },
        {"event": "result", "main_pid": MAIN},
    ]


def slugs(events: Events, device: str = "auto") -> set[str]:
    return {problem.slug for problem in judge_ways(events, device)}


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
    assert any("never came: [7]" in problem.sentence for problem in judge_ways(events, "auto"))


def test_a_gpu_that_was_asked_for_and_is_not_there_fails() -> None:
    sentences = [p.sentence for p in judge_ways(healthy(), "gpu") if p.slug == "smoke-device"]
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
