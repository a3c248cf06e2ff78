"""Setup over a stand-in installer: what stands afterwards when it works, fails, or is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from wslgpu.apply.model import Proof, StepFailed
from wslgpu.apply.register import registered
from wslgpu.apply.setup import apply_plan
from wslgpu.apply.venv_state import is_whole
from wslgpu.plan.model import ProveStanding


class Silent:
    @contextmanager
    def step(self, text):
        yield lambda course: None

    def note(self, text):
        pass


def passes(python, tell):
    assert python.exists()
    return Proof(True, "it trained", {"workers": 2})


def fails(python, tell):
    return Proof(False, "it did not learn", {})


def venv_of(folder: Path) -> str:
    return (folder / ".venv").readlink().name


def test_a_first_setup_leaves_a_whole_environment(tmp_path, plan_for):
    folder = tmp_path / "project"
    done = apply_plan(plan_for(folder, "a"), Silent(), passes)
    assert venv_of(folder) == "a"
    assert subprocess.run([folder / ".venv/bin/python", "-c", "import tensorflow"], check=True, timeout=120)
    state = json.loads((folder / ".venv/wslgpu.json").read_text())
    assert state["smoked"] is True
    assert state["packages"] == {"tensorflow-cpu": "9.9.0"}
    assert (folder / "requirements/cpu.lock").read_text().startswith("# wslgpu-inputs: x\ntensorflow-cpu==9.9.0")
    assert (folder / ".venv/bin/activate").read_text().endswith("# activation\n")
    assert (folder / ".wslgpu/.gitignore").read_text() == "*\n"
    assert registered() == (str(folder),)
    assert done.packages == 1


def test_the_last_good_one_stays_and_older_ones_go(tmp_path, plan_for):
    folder = tmp_path / "project"
    for name, old in (("a", ""), ("b", "a"), ("c", "b")):
        done = apply_plan(plan_for(folder, name, old=old), Silent(), passes)
    assert sorted(path.name for path in (folder / ".wslgpu/venvs").iterdir()) == ["b", "c"]
    assert done.freed > 0


@pytest.mark.parametrize("point", ["venv", "compile", "install", "installed"])
def test_a_first_setup_that_fails_leaves_nothing(tmp_path, plan_for, monkeypatch, point):
    monkeypatch.setenv("STAND_IN_TROUBLE", f"fail {point}")
    folder = tmp_path / "project"
    with pytest.raises(StepFailed) as failure:
        apply_plan(plan_for(folder, "a"), Silent(), passes)
    assert f"fails at {point}" in failure.value.tail
    assert not folder.exists()


def test_an_upgrade_that_fails_its_proof_never_replaces(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    lock = folder / "requirements/cpu.lock"
    lock.write_text("# wslgpu-inputs: earlier\nas it was\n")
    with pytest.raises(StepFailed):
        apply_plan(plan_for(folder, "b", old="a"), Silent(), fails)
    assert venv_of(folder) == "a"
    assert [path.name for path in (folder / ".wslgpu/venvs").iterdir()] == ["a"]
    assert lock.read_text().endswith("as it was\n")


def test_what_a_killed_setup_left_is_removed_by_the_next(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    half_made = folder / ".wslgpu/venvs/half"
    half_made.mkdir()
    (half_made / "something").touch()
    apply_plan(plan_for(folder, "b", old="a"), Silent(), passes)
    assert not half_made.exists()
    assert is_whole(folder / ".wslgpu/venvs/a")


CHILD = """
import pickle, sys
from tests.apply.test_setup import Silent, passes
from wslgpu.apply.setup import apply_plan
apply_plan(pickle.loads(bytes.fromhex(sys.argv[1])), Silent(), passes)
"""


@pytest.mark.parametrize("point", ["venv", "compile", "install", "installed"])
def test_sigkill_leaves_the_old_environment_and_the_next_run_finishes(tmp_path, plan_for, point):
    import pickle

    folder, mark = tmp_path / "project", tmp_path / "mark"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    plan = pickle.dumps(plan_for(folder, "b", old="a")).hex()
    environment = {**os.environ, "STAND_IN_TROUBLE": f"hang {point}", "STAND_IN_MARK": str(mark)}
    child = subprocess.Popen([sys.executable, "-c", CHILD, plan], env=environment, start_new_session=True)
    try:
        for _ in range(2400):
            if mark.exists():
                break
            time.sleep(0.05)
        assert mark.exists()
    finally:
        child.kill()
        child.wait(60)
    assert venv_of(folder) == "a"
    assert subprocess.run([folder / ".venv/bin/python", "-c", "import tensorflow"], check=True, timeout=120)
    apply_plan(plan_for(folder, "b", old="a"), Silent(), passes)
    assert venv_of(folder) == "b"
    assert sorted(path.name for path in (folder / ".wslgpu/venvs").iterdir()) == ["a", "b"]
    _end_stand_ins(tmp_path)


def _end_stand_ins(tmp_path: Path) -> None:
    """The stand-in sleeps in a session of its own; SIGKILL gave nobody the time to end it."""
    for pid in _stand_ins(tmp_path):
        os.kill(pid, signal.SIGKILL)


def _stand_ins(tmp_path: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(tmp_path / "uv").encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_two_setups_at_once_do_not_mix(tmp_path, plan_for):
    """Who waited does nothing by its old plan: what it would make may stand there by now."""
    import pickle

    folder = tmp_path / "project"
    plan = pickle.dumps(plan_for(folder, "a")).hex()
    children = [subprocess.Popen([sys.executable, "-c", CHILD, plan], stderr=subprocess.PIPE) for _ in range(2)]
    said = [child.communicate(timeout=300)[1].decode() for child in children]
    codes = sorted(child.returncode for child in children)
    assert codes == [0, 1], said
    assert "PlanOutdated" in "".join(said)
    assert venv_of(folder) == "a"
    assert all(is_whole(path) for path in (folder / ".wslgpu/venvs").iterdir())


def test_a_folder_that_cannot_be_written_is_bad_input(tmp_path, plan_for):
    from wslgpu.errors import UserError

    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(UserError, match="cannot be written"):
        apply_plan(plan_for(blocked / "project", "a"), Silent(), passes)


def test_an_environment_that_was_never_proved_is_proved_where_it_stands(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a", smoke=False), Silent(), passes)
    assert json.loads((folder / ".venv/wslgpu.json").read_text())["smoked"] is False
    standing = replace(plan_for(folder, "a"), steps=(ProveStanding(f"{folder}/.wslgpu/venvs/a", "cpu"),))
    with pytest.raises(StepFailed):
        apply_plan(standing, Silent(), fails)
    assert json.loads((folder / ".venv/wslgpu.json").read_text())["smoked"] is False
    apply_plan(standing, Silent(), passes)
    state = json.loads((folder / ".venv/wslgpu.json").read_text())
    assert state["smoked"] is True
    assert state["packages"] == {"tensorflow-cpu": "9.9.0"}


@pytest.mark.parametrize("point", ["venv", "compile", "install", "installed"])
def test_ctrl_c_takes_back_what_was_half_made_and_ends_the_installer(tmp_path, plan_for, point):
    import pickle

    folder, mark = tmp_path / "project", tmp_path / "mark"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    lock = (folder / "requirements/cpu.lock").read_text()
    plan = pickle.dumps(plan_for(folder, "b", old="a")).hex()
    environment = {**os.environ, "STAND_IN_TROUBLE": f"hang {point}", "STAND_IN_MARK": str(mark)}
    child = subprocess.Popen([sys.executable, "-c", CHILD, plan], env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(2400):
            if mark.exists():
                break
            time.sleep(0.05)
        assert mark.exists()
        child.send_signal(signal.SIGINT)
        assert child.wait(120) != 0
    finally:
        child.kill()
    assert venv_of(folder) == "a"
    assert [path.name for path in (folder / ".wslgpu/venvs").iterdir()] == ["a"]
    assert (folder / "requirements/cpu.lock").read_text() == lock
    assert not _stand_ins(tmp_path), "the installer lived on"
