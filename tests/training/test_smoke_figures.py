"""What is worked out of a smoke's rows: who waited how long, the loss of each batch, ratios, and what was copied."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.training.smoke_results import RESULTS, events, memory
from wslgpu.training.payload_smoke.wslgpu_smoke_values import EPOCHS, ROW, TRAIN
from wslgpu.training.smoke_compare import describe_comparison, describe_memory, describe_ways, list_told, name_end
from wslgpu.training.smoke_part import Request, run_part
from wslgpu.training.smoke_picture import draw_row, draw_timeline, draw_ways
from wslgpu.training.smoke_timeline import describe_batch_losses, describe_timeline


def batch(index: int, pid: int, *times: int, epoch: int = EPOCHS - 1) -> list[int]:
    began, ended, arrived, done = times
    values = {
        "kind": TRAIN,
        "epoch": epoch,
        "index": index,
        "pid": pid,
        "parent": 1,
        "method": 1,
        "own": 0,
        "inherited": 0,
    }
    values |= {"began": began, "ended": ended, "arrived": arrived, "done": done}
    return [values[name] for name in ROW]


ROWS = [
    batch(0, 8, 1_000_000, 1_020_000, 1_030_000, 1_040_000),
    batch(1, 9, 1_010_000, 1_070_000, 1_080_000, 1_090_000),
    batch(0, 8, 0, 9, 9, 9, epoch=0),
]


def test_waiting_is_between_a_step_and_the_next_batch() -> None:
    timeline = describe_timeline({"deliveries": ROWS})
    assert timeline["seconds"] == 0.09
    assert timeline["waited_s"] == pytest.approx(0.03 + 0.04)
    assert [entry["index"] for entry in timeline["batches"]] == [0, 1]
    assert timeline["batches"][1] == {
        "index": 1,
        "pid": 9,
        "began_s": 0.01,
        "ended_s": 0.07,
        "arrived_s": 0.08,
        "done_s": 0.09,
    }


def test_a_training_without_rows_has_an_empty_timeline() -> None:
    assert describe_timeline({"deliveries": []})["batches"] == []
    assert draw_timeline(describe_timeline({"deliveries": []}), True) == []


def test_the_timeline_is_drawn_to_scale() -> None:
    lines = draw_timeline(describe_timeline({"deliveries": ROWS}), False)
    assert [line.split()[0] for line in lines[1:]] == ["worker", "worker", "training"]
    assert [line.count("#") for line in lines[1:]] == [13, 40, 0]
    assert lines[3].count("=") == 14
    assert all(line.isascii() for line in lines)
    assert "█" in draw_timeline(describe_timeline({"deliveries": ROWS}), True)[1]


@pytest.mark.parametrize(
    ("spans", "row"), [([], ""), ([(0, 60)], "#" * 60), ([(1, 2), (3, 4)], " # #"), ([(0, 0.4)], ""), ([(0, 0.5)], "#")]
)
def test_a_column_is_busy_by_its_half(spans: list[tuple[float, float]], row: str) -> None:
    assert draw_row(spans, 1.0, "#", " ") == row


def test_means_are_taken_apart_and_single_losses_kept() -> None:
    history = {"loss": [3.0, 1.5]}
    assert describe_batch_losses([4.0, 3.0, 2.0, 1.5], history) == [4.0, 2.0, 2.0, 1.0]
    assert describe_batch_losses([4.0, 2.0, 2.0, 1.0], history) == [4.0, 2.0, 2.0, 1.0]
    assert describe_batch_losses([4.0, 2.0, 2.0], history) == []
    assert describe_batch_losses([], {}) == []


def compared(name: str, rate: float) -> dict[str, object]:
    more = {"workers": 2, "first_batch_s": 0.1, "each_once": True, "in_order": True, "makers": 2}
    return {"event": "compared", "name": name, "rate": rate, **more}


def test_a_ratio_is_of_the_same_round() -> None:
    # The machine was half as fast in the second round: the ways' ratio is still what it was.
    ways = describe_ways([compared("single", 40), compared("fork", 80), compared("single", 20), compared("fork", 40)])
    by_name = {way["name"]: way for way in ways}
    assert by_name["fork"]["ratio"] == 2.0
    assert by_name["fork"]["rate"] == 60
    assert by_name["tf-data"]["why_not"] == "not reached"


@pytest.mark.parametrize(
    ("case", "held", "own", "of_held", "outcome"),
    [
        ("array-read", 128.0, 7.0, 0.0, "shared"),
        ("array-written", 128.0, 134.0, 128.0, "copied"),
        ("list-read", 35.0, 41.0, -1.0, "copied"),
        ("list-read", 35.0, 8.0, -1.0, "shared"),
        ("spawn", 128.0, 300.0, 128.0, "copied"),
        ("array-read", 128.0, -1.0, -1.0, ""),
        ("nothing", 0.0, 6.0, -1.0, ""),
    ],
)
def test_shared_or_copied(case: str, held: float, own: float, of_held: float, outcome: str) -> None:
    found = describe_memory([memory("nothing", 0.0, 6.0), memory(case, held, own, of_held)])[-1]
    assert found["outcome"] == outcome


def test_what_was_not_measured_says_why() -> None:
    steps = {step.name: step for step in list_told(describe_comparison([], [], ["ways: no time was left"]))}
    assert {step.status for step in steps.values()} == {"skip"}
    assert steps["ways"].sentence == "ways: no time was left"
    assert name_end(ended(-9, "deadline"), []) == "it was not done in time and was ended; it was at: starting Python"
    assert name_end(ended(0), []) == ""
    assert name_end(ended(1), [{"event": "error", "kind": "OSError", "text": ""}]) == "it stopped with OSError: "


HANGS = """#!/bin/sh
echo '{"event": "imported", "t": 1.0}' >> "$3/events.jsonl"
exec sleep 600
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork to compare with")
def test_a_part_that_was_not_done_in_time_is_described(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(HANGS)
    python.chmod(0o755)
    request = Request(python, "cpu", 2, dict(os.environ), lambda text: None)
    for seconds in (1.0, 10.0, 60.0):  # on a slow machine it has imported nothing after one
        run_dir = tmp_path / f"run {seconds}"
        run_dir.mkdir()
        how, told = run_part(request, "starts", run_dir, seconds)
        if told and told[0]["event"] == "imported":
            break
    assert name_end(how, told).startswith("it was not done in time")
    assert [event["event"] for event in told] == ["imported", "stacks"]
    assert describe_comparison([], told, ["starts: late"])["after_imports_s"] > 0


def ended(code: int, by: str = "") -> object:
    from wslgpu.system.session import Ended

    return Ended(code, by, 1.0, (), "")


def test_what_is_far_beyond_the_others_is_cut_off() -> None:
    lines = draw_ways(RESULTS["compared"]().evidence["comparison"]["ways"], False)
    assert ["#>" in line for line in lines[1:]] == [False] * 6 + [True]
    assert "order lost" in lines[3]
    assert draw_ways([], False) == []


def test_the_time_after_the_import_is_told() -> None:
    assert RESULTS["passed"]().evidence["after_import_s"] == 14.5 - next(
        event["t"] for event in events() if event["event"] == "imported"
    )
