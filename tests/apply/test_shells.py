"""What a shell has set for another project reaches into no environment: the real uv, asked with hostile settings."""

from __future__ import annotations

import pytest

from tests.apply.test_index import UV, index, old, setup  # noqa: F401
from wslgpu.apply.installer import CLEAN
from wslgpu.apply.register import data_folder

pytestmark = pytest.mark.skipif(UV is None, reason="uv is not installed here")


def test_settings_of_another_project_decide_nothing(setup, index, old, tmp_path):  # noqa: F811
    """Each of these broke setup, or changed what it installed, by itself; together they must not."""
    other = tmp_path / "constraints.txt"
    other.write_text("numpy==1.0\nkeras==1.0\n")
    hostile = dict.fromkeys(("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "PIP_CONSTRAINT"), str(other))
    hostile |= dict.fromkeys(("UV_PROJECT", "UV_WORKING_DIR", "UV_PYTHON", "PIP_TARGET"), "/nonexistent")
    hostile |= dict.fromkeys(("UV_REQUIRE_HASHES", "UV_VENV_SEED", "UV_NO_VERIFY_HASHES", "UV_NO_BINARY"), "1")
    done = setup(index.url, packages="numpy>=1.5", UV_RESOLUTION="lowest", UV_SYSTEM_PYTHON="1", **hostile)
    assert done.return_value == 0, done.output
    assert "PIP_CONSTRAINT and UV_CONSTRAINT and UV_OVERRIDE" in done.output
    lock = (old / "requirements/cpu.lock").read_text()
    assert "numpy==2.0.0" in lock
    assert "keras==3.0.0" in lock
    assert all(CLEAN[name] is None for name in hostile)


def test_hashes_are_verified_whatever_the_shell_says(setup, index, old):  # noqa: F811
    index.trouble = "wrong-hash"
    done = setup(index.url, packages="numpy>=1.6", UV_NO_VERIFY_HASHES="1")
    assert done.return_value == 1
    assert "[hash-mismatch]" in done.output


def test_a_relative_xdg_folder_is_ignored(monkeypatch, tmp_path):
    """Its specification says so, and provision/ubuntu.sh does: a record in whatever folder one stands in is lost."""
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / ".local/share/wslgpu"


@pytest.mark.parametrize("name", ["requirements/cpu.in", "requirements/cpu.lock", "requirements"])
def test_a_file_of_the_users_own_is_not_written_over(setup, index, old, tmp_path, name):  # noqa: F811
    """pip-tools keeps its inputs in a folder of that name, too."""
    from click.testing import CliRunner

    from wslgpu.cli.setup import command

    assert setup(index.url, packages="numpy").return_value == 0
    own = tmp_path / "project" / name
    own.parent.mkdir(parents=True)
    own.write_text("# mine\nnumpy\n")
    argv = [str(tmp_path / "project"), "--yes", "--no-smoke", "--profile", "cpu"]
    done = CliRunner().invoke(command, argv, standalone_mode=False)
    assert done.return_value == 1
    assert str(own) in done.output.splitlines()[-2]
    assert "another name" in done.output.splitlines()[-1]
    assert own.read_text() == "# mine\nnumpy\n"
    assert [path.name for path in (tmp_path / "project").iterdir()] == ["requirements"]
