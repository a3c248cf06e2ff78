"""Results of smokes, made by the judge from events as the payload writes them. Synthetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.training.test_smoke_judge import MAIN, healthy
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended, Leftover
from wslgpu.training.environment import CleanEnvironment
from wslgpu.training.smoke import SmokeResult, judge_smoke
from wslgpu.training.smoke_compare import describe_comparison, list_told

PYTHON = Path("/home/somebody/train/.venv/bin/python")
IMPORTED = {"python": "3.12.3", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.3.1", "import_s": 4.0}
BEGIN: list[dict[str, Any]] = [
    {"event": "start", "t": 0.0},
    {"event": "progress", "t": 0.1, "text": "importing TensorFlow"},
]


def events() -> list[dict[str, Any]]:
    """A healthy smoke's, with all that the evidence is made of."""
    made = healthy()
    made[0].update(IMPORTED, default_start_method="fork")
    made[1].update(item_ms=15.0)
    for event in made:
        event["t"] = 5.0
        if event["event"] == "way":
            count = sum(row[0] == 0 for row in event["deliveries"]) // 3
            losses = [loss for loss in event["history"]["loss"] for _ in range(count)]
            event.update(seconds=2.0, batches_per_s=48.0, workers=2, batch_losses=losses)
    made[-1].update(t=14.5)
    return BEGIN + made


def judged(ended: Ended | Absent | Unknown, said: Sequence[dict[str, Any]]) -> SmokeResult:
    clean = CleanEnvironment({}, ("PYTHONPATH=/x: it points Python away from the environment",))
    return judge_smoke(PYTHON, ended, said, "auto", clean, False, 60.0)


def passed() -> SmokeResult:
    return judged(Ended(0, "", 19.0, (), ""), events())


def compared() -> SmokeResult:
    """With a comparison in which tf.data failed and spawn's part was cut short."""
    names = ("single", "threads", "locked-generator", "fork", "fork-feed", "in-memory")
    rates = (50.0, 50.5, 49.5, 91.0, 95.0, 900.0)
    ways: list[dict[str, Any]] = [
        {"event": "imported", "t": 4.0},
        {"event": "calibrated", "item_ms": 15.1},
        {"event": "resident", "prepare_s": 0.9, "device": "CPU:0"},
        {"event": "not-compared", "name": "tf-data", "text": "TypeError: no <b>"},
    ]
    for turn in (1.0, 1.1):
        ways += [
            {
                "event": "compared",
                "name": name,
                "workers": 2,
                "first_batch_s": 0.2,
                "rate": rate * turn,
                "batches": 60,
                "each_once": True,
                "in_order": name != "locked-generator",
                "makers": 2 * (name == "fork"),
            }
            for name, rate in zip(names, rates, strict=True)
        ]
    ways += [memory("nothing", 0.0, 6.0), memory("array-read", 128.0, 6.5, 0.1), memory("list-read", 35.0, 40.0)]
    ways += [memory("array-written", 128.0, 134.0, 128.0), {"event": "done", "t": 30.0}]
    starts = [
        {"event": "imported", "t": 4.0},
        {"event": "started", "name": "spawn", "first_batch_s": 5.2, "batches": 12},
        {"event": "not-started", "name": "forkserver", "text": "OSError: no", "t": 16.0},
    ]
    comparison = describe_comparison(ways, starts, ["starts: it was not done in time and was ended"])
    result = passed()
    evidence = {**result.evidence, "comparison": comparison}
    return replace(result, evidence=evidence, steps=(*result.steps, *list_told(comparison)))


def memory(case: str, held: float, own: float, of_held: float = -1.0) -> dict[str, Any]:
    worker = {"pid": 7, "rss_mib": 600.0, "pss_mib": 200.0, "own_mib": own, "held_own_mib": of_held}
    main = {"rss_mib": 700.0, "pss_mib": 600.0, "own_mib": 300.0}
    return {
        "event": "memory",
        "case": case,
        "start_method": "fork",
        "held_mib": held,
        "workers": [worker],
        "main": main,
    }


def not_compared() -> SmokeResult:
    """Passed, and no time was left for the comparison."""
    comparison = describe_comparison([], [], ["ways: no time was left", "starts: no time was left"])
    result = passed()
    evidence = {**result.evidence, "comparison": comparison}
    return replace(result, evidence=evidence, steps=(*result.steps, *list_told(comparison)))


def stopped() -> SmokeResult:
    """A worker died in the forked training."""
    dead = {"event": "finding", "slug": "keras-dead-worker-hang", "sentence": "Worker 7 died.", "pid": MAIN, "t": 9.0}
    error = {"event": "error", "kind": "UnknownError", "text": "long", "t": 9.1}
    said = "Traceback\n<script>alert(1)</script>\nUnknownError: long"
    return judged(Ended(1, "", 9.0, (), said), [*events()[:5], dead, error])


RESULTS: dict[str, Callable[[], SmokeResult]] = {
    "passed": passed,
    "compared": compared,
    "not-compared": not_compared,
    "stopped": stopped,
    "lost-a-batch": lambda: judged(Ended(0, "", 19.0, (), ""), lose(events())),
    "left-behind": lambda: judged(Ended(0, "", 19.0, (Leftover(9, "python train.py"),), ""), events()),
    "too-late": lambda: judged(Ended(-9, "deadline", 60.0, (), "slow"), events()[:6]),
    "no-tensorflow": lambda: judged(
        Ended(1, "", 1.0, (), ""),
        [*BEGIN, {"event": "no-tensorflow", "text": "No module named 'tensorflow'", "missing": True}],
    ),
    "no-python": lambda: judged(Absent(), []),
    "not-startable": lambda: judged(Unknown("denied", "not executable"), []),
}


def lose(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    next(event for event in said if event.get("name") == "fork")["deliveries"].pop(7)
    return said
