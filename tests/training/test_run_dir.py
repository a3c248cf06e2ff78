"""Where a training's own files go: a folder that is full or missing is one sentence, and nothing is left in it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from wslgpu.errors import UserError
from wslgpu.training.run_dir import NEEDED, make_run_dir


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_folder_with_room(tmp_path: Path) -> None:
    made = make_run_dir("smoke")
    assert made.is_dir()
    assert made.parent == tmp_path


def test_a_full_one_is_named_and_left_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=NEEDED - 1))
    with pytest.raises(UserError, match=r"has 4095 kB of room; .*TMPDIR") as raised:
        make_run_dir("smoke")
    assert str(tmp_path) in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_none_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(UserError, match="export TMPDIR="):
        make_run_dir("run")
