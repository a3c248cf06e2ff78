"""The user's file stays beside the new one, and a file that changed meanwhile is not written over."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wslgpu.apply.carry import write_file_script
from wslgpu.apply.config_file import write_config
from wslgpu.plan.config_file import ConfigChange

WHEN = "20260102-030405"


def test_a_new_file_has_no_backup(tmp_path: Path) -> None:
    path = tmp_path / ".wslconfig"
    assert write_config(path, ConfigChange(".wslconfig", None, b"new"), when=WHEN) is None
    assert [entry.name for entry in tmp_path.iterdir()] == [".wslconfig"]
    assert path.read_bytes() == b"new"


def test_the_old_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / ".wslconfig"
    path.write_bytes(b"old")
    backup = write_config(path, ConfigChange(".wslconfig", b"old", b"new"), when=WHEN)
    assert backup is not None
    assert (backup.read_bytes(), path.read_bytes()) == (b"old", b"new")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / ".wslconfig"
    path.write_bytes(b"newer")
    with pytest.raises(ValueError, match="changed meanwhile"):
        write_config(path, ConfigChange(".wslconfig", b"old", b"new"), when=WHEN)
    assert path.read_bytes() == b"newer"


@pytest.mark.parametrize("name", ["wsl.conf", "it's $(odd); name"])
def test_the_script_for_the_distribution_does_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old\r\n")
    data = b"[gpu]\nenabled=true\n\xff\x00"
    subprocess.run(["sh"], input=write_file_script(str(path), data, WHEN), check=True, timeout=120)
    assert path.read_bytes() == data
    assert (tmp_path / f"{name}.wslgpu-{WHEN}").read_bytes() == b"old\r\n"
    assert len(list(tmp_path.iterdir())) == 2
