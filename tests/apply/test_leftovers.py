"""What a killed run left is never taken for whole by the next one, nor for ever kept."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.apply.test_setup import Silent, passes
from wslgpu.apply import bundle, register
from wslgpu.apply.lock import hold_lock, try_lock
from wslgpu.apply.model import StepFailed
from wslgpu.apply.setup import apply_plan
from wslgpu.apply.uninstall import find_made, remove
from wslgpu.cli.setup import command
from wslgpu.errors import UserError
from wslgpu.system.answers import Ran

WHEEL = "tensorflow_cpu-9.9.0-py3-none-any.whl"


class Pip:
    """Stands in for pip: writes what is asked for, and is cut off, or finds no uv, on wish."""

    def __init__(self) -> None:
        self.cut_at, self.calls, self.has_uv = 0, 0, True

    def __call__(self, step, argv, *_, **__):
        self.calls += 1
        folder = Path(argv[argv.index("-d" if "-d" in argv else "-w") + 1])
        if "uv" in argv and not self.has_uv:
            raise StepFailed(step, "python ended with 1", "ERROR: No matching distribution for uv (from versions: none)")
        for name in {"wheel": ["wslgpu-0-py3-none-any.whl"], "uv": ["uv-1-py3-none-any.whl"]}.get(
            "wheel" if "wheel" in argv else argv[-1], [] if "-r" not in argv else [WHEEL]
        ):
            (folder / name).write_bytes(b"half" if self.calls == self.cut_at else b"whole")
        if self.calls == self.cut_at:
            raise SystemExit  # what SIGKILL leaves is the same: nothing is tidied up on the way out
        return Ran(0)


@pytest.fixture
def fill(tmp_path, monkeypatch):
    pip, lock, target = Pip(), tmp_path / "cpu.lock", tmp_path / "stick"
    lock.write_text("tensorflow-cpu==9.9.0\n")
    monkeypatch.setattr(bundle, "call", pip)
    pip.fill = lambda: bundle.fill_bundle(tmp_path / "python", lock, target, {}, Silent())
    pip.target = target
    return pip


@pytest.mark.parametrize("cut_at", [1, 2, 3])
def test_a_bundle_that_was_cut_off_holds_no_half_of_a_wheel(fill, cut_at):
    fill.cut_at = cut_at
    with pytest.raises(SystemExit):
        fill.fill()
    assert (fill.target / "cpu.lock").is_file(), "by the lock it is seen what is missing"
    assert [path for path in fill.target.glob("*.whl") if path.read_bytes() != b"whole"] == []
    assert not (fill.target / "wslgpu/provision").exists(), "half a tree of sources"
    fill.fill()
    wheels = {path.name: path.read_bytes() for path in fill.target.glob("*.whl")}
    assert wheels == dict.fromkeys((WHEEL, "wslgpu-0-py3-none-any.whl", "uv-1-py3-none-any.whl"), b"whole")
    assert (fill.target / "wslgpu/provision/ubuntu.sh").is_file()
    assert {path.name for path in fill.target.iterdir()} == {*wheels, "cpu.lock", "wslgpu"}


def test_an_index_without_uv_gives_a_bundle_without_it(fill):
    fill.has_uv = False
    fill.fill()
    assert {path.name for path in fill.target.glob("*.whl")} == {WHEEL, "wslgpu-0-py3-none-any.whl"}
    assert (fill.target / "wslgpu/provision/ubuntu.sh").is_file()


def test_two_setups_that_end_at_once_are_both_remembered(monkeypatch):
    """The record was read, and written a moment later: the other's folder was struck off."""
    write = register._write

    def slowly(folders):
        time.sleep(0.02)
        write(folders)

    monkeypatch.setattr(register, "_write", slowly)
    folders = [f"/somewhere/{number}" for number in range(6)]
    threads = [threading.Thread(target=register.register, args=(folder,), daemon=True) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(register.registered()) == folders
    register.forget(folders[0])
    assert sorted(register.registered()) == folders[1:]


def test_each_holder_of_a_lock_signs_it(tmp_path):
    """Who waited was told the number of whoever had held it before, which another process may have by now."""
    lock = tmp_path / "lock"
    lock.write_text("99999999")
    with try_lock(lock) as held:
        assert held
        assert lock.read_text() == str(os.getpid())
        with try_lock(lock) as again:
            assert not again


def test_a_lock_that_cannot_be_opened_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"cannot be written .*owner of its folder"), hold_lock(tmp_path, print):
        pass


def test_what_was_written_aside_in_a_standing_venv_goes(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    aside = folder / ".wslgpu/venvs/a/.wslgpu.json.4711"  # killed while a proof was written down
    aside.touch()
    apply_plan(plan_for(folder, "b", old="a"), Silent(), passes)
    assert not aside.exists()


def test_clean_tells_of_what_a_killed_setup_left_and_removes_it(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    half = folder / ".wslgpu/venvs/half"
    half.mkdir()
    (half / "big").write_bytes(b"x" * 3_000_000)
    shown = CliRunner().invoke(command, [str(folder), "--clean", "--plan"], standalone_mode=False)
    assert "half  (left by a setup that was cut off, 3 MB)" in shown.output
    assert half.exists()
    with try_lock(folder / ".wslgpu/lock"):  # it may be that of a setup at work
        busy = CliRunner().invoke(command, [str(folder), "--clean", "--plan"], standalone_mode=False)
    assert "nothing to clean" in busy.output
    done = CliRunner().invoke(command, [str(folder), "--clean", "--yes"], standalone_mode=False)
    assert done.return_value == 0
    assert "removed 1, 3 MB free\n" in done.output
    assert [path.name for path in (folder / ".wslgpu/venvs").iterdir()] == ["a"]


def test_an_uninstall_that_was_cut_off_is_finished_by_the_next(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    (folder / ".venv").unlink()
    shutil.rmtree(folder / ".wslgpu/venvs")
    (folder / ".wslgpu/lock").unlink()  # and then it was killed
    assert [why for _, why in remove(find_made([str(folder)])) if why] == []
    assert not (folder / ".wslgpu").exists()


def test_a_file_that_another_setup_swept_away_is_written_again(tmp_path, monkeypatch):
    """Who has not the lock yet writes aside what who has it takes for a leftover: seen as exit 2 of two setups at once."""
    from wslgpu.apply import venv_state
    from wslgpu.apply.tidy import remove_leftovers

    (tmp_path / ".wslgpu").mkdir()
    swept = []

    def fsync(handle):
        if not swept:
            swept.extend((tmp_path / ".wslgpu").iterdir())
            remove_leftovers(tmp_path)

    monkeypatch.setattr(venv_state.os, "fsync", fsync)
    venv_state.write_atomically(tmp_path / ".wslgpu/.gitignore", "*\n")
    assert len(swept) == 1
    assert (tmp_path / ".wslgpu/.gitignore").read_text() == "*\n"
    assert [path.name for path in (tmp_path / ".wslgpu").iterdir()] == [".gitignore"]
    with pytest.raises(FileNotFoundError):
        venv_state.write_atomically(tmp_path / "nowhere/file", "")
