"""Back to the last good environment, forward again, and clean."""

from __future__ import annotations

import pytest

from tests.apply.test_setup import Silent, passes, venv_of
from wslgpu.apply.rollback import clean, list_kept, roll_back
from wslgpu.apply.setup import apply_plan


@pytest.fixture
def two(tmp_path, plan_for):
    folder = tmp_path / "project"
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    apply_plan(plan_for(folder, "b", old="a"), Silent(), passes)
    return folder


def test_rollback_goes_back_and_forward(two):
    back = next(venv for venv in list_kept(two) if not venv.in_use)
    assert back.path.name == "a"
    roll_back(two, back, print)
    assert venv_of(two) == "a"
    forward = next(venv for venv in list_kept(two) if not venv.in_use)
    roll_back(two, forward, print)
    assert venv_of(two) == "b"


def test_clean_keeps_what_is_in_use(two):
    half = two / ".wslgpu/venvs/half"
    half.mkdir()
    freed = clean(two, list_kept(two), print)
    assert freed > 0
    assert [path.name for path in (two / ".wslgpu/venvs").iterdir()] == ["b"]
    assert venv_of(two) == "b"
    assert len(list_kept(two)) == 1


def test_a_folder_without_environments_has_none(tmp_path):
    assert list_kept(tmp_path) == ()
