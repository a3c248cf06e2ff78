"""How a smoke that did not get to its end is judged, and how a result is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wslgpu.errors import Interrupted
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended, Leftover
from wslgpu.training.environment import CleanEnvironment
from wslgpu.training.smoke import SmokeResult, judge_smoke, pick_line
from wslgpu.training.smoke_text import render_smoke

PYTHON = Path("/home/somebody/train/.venv/bin/python")
CLEAN = CleanEnvironment({}, ())
START: dict[str, Any] = {"event": "start"}
MISSING = {"event": "no-tensorflow", "text": "No module named 'tensorflow'", "missing": True}
UNLOADABLE = {"event": "no-tensorflow", "text": "libcudart.so", "missing": False}
DEAD = {"event": "finding", "slug": "keras-dead-worker-hang", "sentence": "Worker 7 died."}
ERROR = {"event": "error", "kind": "UnknownError", "text": "long"}
FULL = {"event": "error", "kind": "OSError", "text": "[Errno 28] No space\nmore"}
IMPORTING = {"event": "progress", "text": "importing TensorFlow"}


def verdict(
    ended: Ended | Absent | Unknown, events: list[dict[str, Any]] | None = None, *, oom: bool = False
) -> SmokeResult:
    return judge_smoke(PYTHON, ended, events or [START, IMPORTING], "auto", CLEAN, oom, 60.0)


def ended(code: int = 1, by: str = "", left: tuple[Leftover, ...] = (), output: str = "") -> Ended:
    return Ended(code, by, 3.0, left, output)


@pytest.mark.parametrize(
    ("result", "status", "slug", "words"),
    [
        (verdict(Absent()), "fail", "smoke-python-missing", "no python at"),
        (verdict(Unknown("denied", "not executable")), "unknown", None, "not executable"),
        (verdict(ended(-9, "deadline")), "unknown", None, "not done after 60 s"),
        (verdict(ended(-4)), "fail", "smoke-crashed", "SIGILL"),
        (verdict(ended(-9), oom=True), "fail", "oom-killed", "want of memory"),
        (verdict(ended(-9)), "fail", "smoke-crashed", "SIGKILL"),
        (verdict(ended(0)), "fail", "smoke-error", "before its end"),
        (verdict(ended(1, output="a\nSyntaxError: x\n")), "fail", "smoke-error", "SyntaxError: x"),
        (verdict(ended(1), [START, MISSING]), "fail", "smoke-no-tensorflow", "not installed"),
        (verdict(ended(1), [START, UNLOADABLE]), "fail", "smoke-import-failed", "libcudart.so"),
        (verdict(ended(1), [START, DEAD, ERROR]), "fail", "keras-dead-worker-hang", "Worker 7 died."),
        (verdict(ended(1), [START, FULL]), "fail", "smoke-error", "OSError: [Errno 28] No space"),
        (verdict(ended(1, left=(Leftover(9, "python train.py"),))), "fail", "smoke-left-behind", ""),
    ],
)
def test_ends(result: SmokeResult, status: str, slug: str | None, words: str) -> None:
    assert result.status == status
    assert words in result.sentence
    if slug:
        assert slug in [problem[0] for problem in result.problems]
    text = render_smoke(result)
    assert text.isascii()
    assert result.sentence in text
    json.dumps(result.evidence, allow_nan=False)


WRAPPED = """Graph execution error:
Detected at node PyFunc
OSError: [Errno 28] No space left on device
Traceback (most recent call last):
  File "/usr/lib/python3.12/multiprocessing/synchronize.py", line 57, in __init__
    sl = self._semlock = _multiprocessing.SemLock(
\t [[{{node PyFunc}}]]"""


def test_the_line_that_says_most() -> None:
    assert pick_line("first\nsecond") == "first"
    assert pick_line("") == ""
    assert pick_line(WRAPPED).startswith("OSError: [Errno 28] No space left on device (multiprocessing keeps")


def test_interrupts_are_passed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        verdict(ended(-2, "interrupt"))
    with pytest.raises(Interrupted):
        verdict(ended(-15, "terminate"))
