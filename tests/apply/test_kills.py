"""SIGKILL at every line of the journal and at random moments: the old or the new environment is whole, never neither.

A sample with a stand-in for uv; tests/benchmarks/setup_kills.py does it with the real uv, 200 times, and with TensorFlow.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import time

from tests.apply.test_setup import Silent, _end_stand_ins, passes, venv_of
from wslgpu.apply.journal import NAME, read_lines
from wslgpu.apply.setup import apply_plan
from wslgpu.apply.venv_state import is_whole

LINES = 14  # without the first and the last: two for each of seven steps
CHILD = """
import pickle, sys
from tests.apply.counting import kill_at_line
from tests.apply.test_setup import Silent, passes
from wslgpu.apply.setup import apply_plan
kill_at_line(int(sys.argv[2]))
apply_plan(pickle.loads(bytes.fromhex(sys.argv[1])), Silent(), passes)
"""
ALLOWED = {".venv", ".wslgpu", "requirements"}
OWN = {".gitignore", "lock", NAME, "venvs"}


def check_whole(folder):
    assert is_whole(folder / ".venv")
    subprocess.run([folder / ".venv/bin/python", "-c", "import tensorflow"], check=True, timeout=120)


def check_nothing_is_left(folder, names):
    assert {path.name for path in folder.iterdir()} == ALLOWED
    assert {path.name for path in (folder / ".wslgpu").iterdir()} == OWN
    assert {path.name for path in (folder / "requirements").iterdir()} == {"cpu.in", "cpu.lock"}
    assert {path.name for path in (folder / ".wslgpu/venvs").iterdir()} == names


def start(plan, last):
    argv = [sys.executable, "-c", CHILD, pickle.dumps(plan).hex(), str(last)]
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL)


def test_the_journal_names_every_step_and_only_its_owner_reads_it(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    apply_plan(plan_for(folder, "b", old="a"), Silent(), passes)
    journal = folder / ".wslgpu" / NAME
    events = [line["event"] for line in read_lines(journal)]
    assert events == ["begin", *["step", "done"] * 6, "end", "begin", *["step", "done"] * 7, "end"]
    assert events[14:].count("step") * 2 == LINES
    assert journal.stat().st_mode & 0o777 == 0o600


def test_sigkill_at_lines_of_the_journal(tmp_path, plan_for):
    """A seeded sample of the lines; WSLGPU_KILLS=all takes every one."""
    every = range(1, LINES + 3)
    chosen = every if os.environ.get("WSLGPU_KILLS") == "all" else sorted(random.Random(8).sample(every, 5))
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "first"), Silent(), passes)
    for last in chosen:
        child = start(plan_for(folder, f"killed-{last}", old=venv_of(folder)), last)
        assert child.wait(300) == -9
        check_whole(folder)
        told = []
        progress = Silent()
        progress.note = told.append
        apply_plan(plan_for(folder, f"after-{last}", old=venv_of(folder)), progress, passes)
        assert last == LINES + 2 or any("was cut off in" in line for line in told)
        assert venv_of(folder) == f"after-{last}"
        check_whole(folder)
        left = {path.name for path in (folder / ".wslgpu/venvs").iterdir()}
        check_nothing_is_left(folder, left)
        assert len(left) == 2


def test_sigkill_at_random_moments(tmp_path, plan_for):
    chance = random.Random(8)
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "v0"), Silent(), passes)
    for number in range(1, 5):
        child = start(plan_for(folder, f"v{number}", old=venv_of(folder)), -1)
        time.sleep(0.2 + chance.random() * 0.8)
        child.kill()
        child.wait(60)
        check_whole(folder)
    apply_plan(plan_for(folder, "last", old=venv_of(folder)), Silent(), passes)
    left = {path.name for path in (folder / ".wslgpu/venvs").iterdir()}
    check_nothing_is_left(folder, left)
    assert len(left) == 2
    _end_stand_ins(tmp_path)


def test_a_venv_whose_removal_was_cut_off_is_no_place_to_go_back_to(tmp_path, plan_for, monkeypatch):
    from wslgpu.apply import tidy
    from wslgpu.apply.rollback import list_kept

    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    apply_plan(plan_for(folder, "b", old="a"), Silent(), passes)
    monkeypatch.setattr(tidy.shutil, "rmtree", lambda *args, **kwargs: None)  # killed before the first file went
    tidy.remove_venv(folder / ".wslgpu/venvs/a")
    assert [kept.path.name for kept in list_kept(folder)] == ["b"]


def test_a_cut_journal_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / NAME
    path.write_text(json.dumps({"event": "begin"}) + '\n{"event": "st')
    assert read_lines(path) == [{"event": "begin"}]


def test_a_setup_killed_after_its_swap_is_settled_by_a_run_that_has_nothing_to_do(tmp_path, plan_for):
    from wslgpu.apply.settle import settle

    folder = tmp_path / "project"
    for name, old in (("a", ""), ("b", "a")):
        apply_plan(plan_for(folder, name, old=old), Silent(), passes)
    assert start(plan_for(folder, "c", old="b"), LINES).wait(300) == -9  # the step Tidy has begun
    assert venv_of(folder) == "c"
    assert {path.name for path in (folder / ".wslgpu/venvs").iterdir()} == {"a", "b", "c"}
    settle(folder)
    check_nothing_is_left(folder, {"b", "c"})
    again = read_lines(folder / ".wslgpu" / NAME)
    settle(folder)
    assert read_lines(folder / ".wslgpu" / NAME) == again
