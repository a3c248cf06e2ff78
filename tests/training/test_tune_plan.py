"""Which ways tune tries, from figures alone: synthetic ones, of the kinds of work that a Sequence does."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[2] / "src" / "wslgpu" / "training"
MODES = ["single", "threads", "feed", "fork"]


@pytest.fixture
def plan(monkeypatch):
    for folder in ("payload_tune", "payload_audit"):
        monkeypatch.syspath_prepend(str(TRAINING / folder))
    module = importlib.import_module("wslgpu_tune_plan")
    monkeypatch.setattr(module.say, "tell", lambda *_, **__: None)
    yield module
    for name in ("wslgpu_tune_plan", "wslgpu_audit_say"):
        sys.modules.pop(name, None)


def figures(get, cpu, speedup2, *, size=102_000, pipe=0.0005, cores=2):
    return {"get_s": get, "cpu_s": cpu, "speedup2": speedup2, "bytes": size, "pipe_s": pipe, "cores": cores}


@pytest.mark.parametrize(
    ("found", "step", "wanted", "unwanted"),
    [
        pytest.param(figures(0.020, 0.020, 1.0), 0.001, {"feed", "fork"}, {"threads"}, id="python"),
        pytest.param(figures(0.020, 0.020, 1.7), 0.001, {"feed", "fork", "threads"}, set(), id="numpy"),
        pytest.param(figures(0.020, 0.0002, 2.0), 0.001, {"threads", "feed"}, set(), id="waiting"),
        pytest.param(figures(0.025, 0.025, 1.6, size=21_000_000, pipe=0.04), 0.001, {"feed"}, {"fork"}, id="large"),
        pytest.param(figures(0.001, 0.001, 1.0), 0.025, set(), {"feed", "fork", "threads"}, id="compute-bound"),
        pytest.param(figures(0.001, 0.001, 1.0), 0.003, {"feed", "fork"}, set(), id="short-step"),
    ],
)
def test_what_can_win_is_tried_and_one_process_always(plan, found, step, wanted, unwanted):
    modes = {mode for mode, _ in plan.choose_trials(found, step, MODES)[1]}
    assert "single" in modes
    assert wanted <= modes
    assert not modes & unwanted


def test_where_a_batch_waits_more_workers_than_cores_are_tried(plan):
    _, trials = plan.choose_trials(figures(0.020, 0.0002, 2.0), 0.001, MODES)
    assert max(number for mode, number in trials if mode == "threads") >= 16


def test_the_queue_is_bounded_by_memory_and_by_ten(plan):
    assert plan.queue_for(figures(0.02, 0.02, 1.0)) == 10
    assert plan.queue_for(figures(0.02, 0.02, 1.0, size=1 << 50)) == 2


def test_a_short_step_is_fed_by_two_at_most(plan):
    _, trials = plan.choose_trials(figures(0.001, 0.001, 1.0, cores=16), 0.003, MODES)
    assert {("single", 1), ("feed", 2)} <= set(trials)
    assert {number for _, number in trials} == {1, 2}


@pytest.mark.parametrize(
    ("tried", "again"),
    [
        pytest.param({("single", 1): 40, ("threads", 2): 60, ("feed", 2): 70}, [], id="as predicted"),
        pytest.param({("single", 1): 40, ("threads", 2): 44, ("feed", 2): 15}, [("feed", 2)], id="far under"),
        pytest.param({("single", 1): 40, ("threads", 2): (45, 0.4), ("feed", 2): (50, 0.4)}, [("feed", 2), ("threads", 2)], id="beside others"),
        pytest.param({("single", 1): (20, 0.4), ("feed", 2): (70, 0.0)}, [], id="disturbed, but far from the best"),
        pytest.param({("single", 1): None, ("feed", 2): None}, [], id="nothing measured"),
    ],
)  # fmt: skip
def test_a_trial_that_contradicts_its_figures_is_repeated(plan, tried, again):
    predicted = {("single", 1): 1 / 45, ("threads", 2): 1 / 60, ("feed", 2): 1 / 80}
    whole = {way: (*(found if isinstance(found, tuple) else (found, 0.0)), 3.0) for way, found in tried.items()}
    assert plan.choose_again(whole, predicted) == again
