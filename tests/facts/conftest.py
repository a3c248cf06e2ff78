"""A venv of synthetic shared libraries for whoever asks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.facts.venv_tree import Tree, build_tree


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One healthy tree; tests work on copies."""
    root = tmp_path_factory.mktemp("gpu") / "venv"
    build_tree(root)
    return root


@pytest.fixture
def tree(built: Path, tmp_path: Path) -> Tree:
    """A copy of it."""
    shutil.copytree(built, tmp_path / "venv", symlinks=True)
    return Tree(tmp_path / "venv")
