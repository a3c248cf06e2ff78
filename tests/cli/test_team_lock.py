"""`wslgpu team lock` and what it is for, with the real uv and packages that stand in for TensorFlow (index_server.py)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from tests.apply.index_server import make_wheel
from tests.apply.test_index import UV, index, old, setup  # noqa: F401
from wslgpu.cli.doctor import command as doctor
from wslgpu.cli.team import command as team
from wslgpu.facts.locks import read_lock

pytestmark = pytest.mark.skipif(UV is None, reason="uv is not installed here")
TOML = '[environment]\ntensorflow = "2.21.0"\npython = ">=3.11"\nprofile = "cpu"\npackages = ["numpy"]\n'


@pytest.fixture
def lock(setup, index, tmp_path):  # noqa: F811
    """lock(option, ...): run `wslgpu team lock` on a folder of its own, with this index."""
    assert setup(index.url, packages="numpy").return_value == 0  # takes the settings over
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "wslgpu.toml").write_text(TOML)

    def run(*options):
        result = CliRunner().invoke(team, ["lock", str(folder), *options], standalone_mode=False)
        assert result.exception is None, result.exception
        return result

    run.folder = folder
    return run


def test_a_lock_is_written_checked_and_kept(lock, index):  # noqa: F811
    assert lock("--check").return_value == 1
    first = lock()
    assert first.return_value == 0, first.output
    path = lock.folder / "requirements/cpu.lock"
    text = path.read_text()
    assert "# wslgpu-python: >=3.11" in text
    assert read_lock(text)["tensorflow-cpu"] == "2.21.0"
    assert text.count("--hash=sha256:") >= len(read_lock(text))
    assert lock("--check").return_value == 0
    index.wheels.update([make_wheel("numpy", "2.9.0", {"numpy/__init__.py": ""})])
    assert "all as before" in lock().output
    assert path.read_text() == text
    assert "numpy 2.0.0 -> 2.9.0" in lock("--upgrade").output
    (lock.folder / "wslgpu.toml").write_text(TOML.replace('"numpy"', '"numpy", "pip"'))
    assert lock("--check").return_value == 1


def test_a_lock_that_cannot_be_made_leaves_the_old_one(lock, index):  # noqa: F811
    lock()
    before = {path.name: path.read_text() for path in (lock.folder / "requirements").iterdir()}
    index.trouble = "500"
    (lock.folder / "wslgpu.toml").write_text(TOML.replace('"numpy"', '"numpy>=1"'))
    failed = lock("--upgrade")
    assert failed.return_value == 1
    assert "[index-refuses]" in failed.output
    assert {path.name: path.read_text() for path in (lock.folder / "requirements").iterdir()} == before


def test_setup_installs_the_lock_and_doctor_finds_what_drifts_from_it(lock, index):  # noqa: F811
    from wslgpu.cli.setup import command

    lock()
    index.wheels.update([make_wheel("numpy", "2.9.0", {"numpy/__init__.py": ""})])
    argv = [str(lock.folder), "--yes", "--no-smoke"]
    done = CliRunner().invoke(command, argv, standalone_mode=False)
    assert done.return_value == 0, done.output
    assert "use the lock" in done.output

    def finding():
        result = CliRunner().invoke(doctor, [str(lock.folder), "--format", "json"], standalone_mode=False)
        return next(f for f in json.loads(result.stdout)["findings"] if f["slug"] == "lock-drift")

    assert finding()["status"] == "ok"
    python = str(lock.folder / ".venv/bin/python")
    subprocess.run([str(UV), "pip", "install", "-q", "--python", python, "numpy==2.9.0"], check=True, timeout=60)
    assert "numpy is 2.9.0, the lock says 2.0.0" in finding()["title"]
    again = CliRunner().invoke(command, argv, standalone_mode=False)
    assert "made anew: numpy is 2.9.0, the lock says 2.0.0" in again.output
    assert finding()["status"] == "ok"
    nothing = CliRunner().invoke(command, argv, standalone_mode=False)
    assert "nothing to do" in nothing.output


def test_two_setups_at_once_one_waits_and_finds_nothing_to_do(setup, index, old):  # noqa: F811
    """The same command twice, as two processes: one environment is made, and the second says so."""
    assert setup(index.url, packages="numpy>=1.3").return_value == 0
    (old / "wslgpu.toml").write_text(TOML.replace('"numpy"', '"numpy>=1.4"'))
    argv = [sys.executable, "-m", "wslgpu", "setup", str(old), "--yes", "--no-smoke"]
    said: list[tuple[int, str]] = []

    def run() -> None:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
        said.append((done.returncode, done.stdout + done.stderr))

    threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(320)
    assert [code for code, _ in said] == [0, 0], said
    assert sum("installing" in text or "install what it says" in text for _, text in said) >= 1
    made = [text for _, text in said if "✓ TensorFlow" in text or "OK TensorFlow" in text or "packages in" in text]
    assert len(made) == 1, said
    assert any("nothing to do" in text for _, text in said)
    assert len(list((old / ".wslgpu/venvs").iterdir())) == 2


def test_rollback_and_clean_say_what_they_do(setup, index, old):  # noqa: F811
    from wslgpu.cli.setup import command

    assert setup(index.url, packages="numpy>=1.5").return_value == 0
    assert setup(index.url, packages="numpy>=1.6").return_value == 0
    link = old / ".venv"
    new = link.readlink()

    def run(*options):
        return CliRunner().invoke(command, [str(old), *options], standalone_mode=False)

    shown = run("--rollback", "--plan")
    assert "would go back to TensorFlow 2.21.0" in shown.output
    assert link.readlink() == new
    assert run("--rollback", "--yes").return_value == 0
    assert link.readlink() != new
    assert run("--rollback", "--yes").return_value == 0
    assert link.readlink() == new
    shown = run("--clean", "--plan")
    assert "would be removed" in shown.output
    assert len(list((old / ".wslgpu/venvs").iterdir())) == 2
    assert "nothing to roll back to now" in run("--clean", "--yes").output
    assert [path.name for path in (old / ".wslgpu/venvs").iterdir()] == [new.name]
    assert "nothing to clean" in run("--clean", "--yes").output
