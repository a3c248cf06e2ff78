"""What a person who waits is told of an installer's course, in a log as in a terminal."""

from __future__ import annotations

import io
import re
import sys
import time
from contextlib import contextmanager

import pytest

from tests.apply.test_setup import Silent, passes
from wslgpu.apply.course import describe_course
from wslgpu.apply.setup import apply_plan
from wslgpu.output import progress
from wslgpu.system import process
from wslgpu.system.answers import Ran, Unknown

BEGUN = "Downloading tensorflow (584.7MiB)\nDownloading keras (1.5MiB)\nDownloading numpy (16.0 MiB)\n"


@pytest.mark.parametrize(
    ("said", "written", "told"),
    [
        ("", None, ""),
        ("Resolved 33 packages in 3ms\n", 4_000, ""),
        ("", 312_000_000, "312 MB written to the disk"),
        (
            BEGUN,
            None,
            "0 MB of 631 MB downloaded, on the way: tensorflow (613 MB), numpy (17 MB) and 1 more",
        ),
        (
            f"{BEGUN} Downloaded keras\n Downloaded numpy\n",
            1_200_000_000,
            "18 MB of 631 MB downloaded, on the way: tensorflow (613 MB); 1.2 GB written to the disk",
        ),
        (f"{BEGUN} Downloaded keras\n Downloaded numpy\n Downloaded tensorflow\n", None, "all 631 MB downloaded"),
        (
            "Downloading cpython-3.12.13-linux-x86_64-gnu (download) (33.1MiB)\n",
            None,
            "0 MB of 35 MB downloaded, on the way: cpython-3.12.13-linux-x86_64-gnu (35 MB)",
        ),
    ],
)
def test_what_is_told(said, written, told):
    assert describe_course(said.encode(), written) == told


def test_a_long_download_is_heard_of_while_it_lasts(tmp_path, plan_for, monkeypatch):
    """The stand-in goes on only when its course was told."""
    mark, told = tmp_path / "mark", []
    monkeypatch.setenv("STAND_IN_TROUBLE", "slow install")
    monkeypatch.setenv("STAND_IN_MARK", str(mark))
    monkeypatch.setattr(process, "TICK_S", 0.1)

    class Heard(Silent):
        @contextmanager
        def step(self, text):
            def tell(course):
                told.append((text, course))
                if "7 MB written" in course:
                    mark.touch()

            yield tell

    apply_plan(plan_for(tmp_path / "project", "a"), Heard(), passes)
    assert mark.exists()
    step, course = told[-1]
    assert step.startswith("install what it says")
    assert course == "2 MB of 615 MB downloaded, on the way: tensorflow (613 MB); 7 MB written to the disk"


def test_a_program_is_ended_at_its_deadline_although_it_is_watched(monkeypatch):
    monkeypatch.setattr(process, "TICK_S", 0.05)
    heard = []
    argv = [sys.executable, "-c", "import sys, time; print('begun', file=sys.stderr, flush=True); time.sleep(600)"]
    for deadline_s in (1.0, 10.0, 60.0):  # on a slow machine it has not begun after a second
        ran = process.run(argv, deadline_s=deadline_s, on_tick=lambda pid, said: heard.append((pid, said)))
        assert isinstance(ran, Unknown)
        assert ran.reason == "timed_out"
        if heard and heard[-1][1]:
            break
    assert heard[-1][1] == b"begun\n"


def test_nothing_that_was_said_is_lost_while_it_is_watched(monkeypatch):
    monkeypatch.setattr(process, "TICK_S", 0.02)
    code = "import sys, time\nfor n in range(20):\n print(n, flush=True); print(-n, file=sys.stderr, flush=True); time.sleep(.01)"
    ran = process.run(
        [sys.executable, "-c", code], deadline_s=60.0, on_tick=lambda pid, said: None, stdin=b"read by nobody"
    )
    assert isinstance(ran, Ran)
    assert ran.stdout.split() == [b"%d" % n for n in range(20)]
    assert ran.stderr.split() == [b"%d" % -n for n in range(20)]


def test_a_silent_step_is_heard_of_in_a_log_and_one_that_speaks_is_not_talked_over(monkeypatch, capsys):
    monkeypatch.setattr(progress, "BEAT_S", 0.2)
    with progress.PlainProgress().step("install"):
        until = time.monotonic() + 60
        seen = ""
        while "still at it" not in seen and time.monotonic() < until:
            time.sleep(0.05)
            seen += capsys.readouterr().err
    assert re.search(r"wslgpu:   \d+ s: still at it\n", seen)
    monkeypatch.setattr(progress, "BEAT_S", 60.0)
    capsys.readouterr()
    with progress.PlainProgress().step("install") as tell:
        tell("312 MB written to the disk")
    said = capsys.readouterr().err.splitlines()
    assert said[1] == "wslgpu:   0 s: 312 MB written to the disk"
    assert not any("still at it" in line for line in said)


def test_a_terminal_shows_seconds_and_course_however_long_the_step_is(monkeypatch):
    rich = pytest.importorskip("rich.console")
    shown = io.StringIO()
    there = rich.Console(file=shown, force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(rich, "Console", lambda **_: there)
    with progress.TerminalProgress().step("install " + "what it says " * 8) as tell:
        tell("59 MB of 333 MB downloaded, on the way: tensorflow-cpu (274 MB)")
    rows = [line for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.getvalue())) if line]
    assert any(re.search(r"\d:\d\d:\d\d install what it says", row) for row in rows), rows
    assert any("59 MB of 333 MB downloaded" in row for row in rows), rows
    assert all(len(row) <= 80 for row in rows), rows
