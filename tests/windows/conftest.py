"""The Windows bed as a fixture: built once, skipped with its reason where it cannot be had."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# tests/distro lends the root file systems that setup is led into.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def load(name: str) -> ModuleType:
    """A helper module of this folder, under a name of its own (tests/distro has a bed.py, too)."""
    full = f"windows_bed_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without WSLGPU_BEDS=1 nothing is built."""
    if os.environ.get("WSLGPU_BEDS") == "1":
        return
    for item in items:
        if item.get_closest_marker("windows"):
            item.add_marker(pytest.mark.skip(reason="the Windows bed (Wine) is built only with WSLGPU_BEDS=1"))


def _versions() -> list[str]:
    return os.environ.get("WSLGPU_BED_PYTHONS", "3.11").split()


@pytest.fixture(scope="session", params=_versions())
def bed(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A CPython for Windows; WSLGPU_BED_PYTHONS="3.11 3.12" takes more than one."""
    module = load("bed")
    try:
        built = module.provide(request.param)
    except module.BedMissing as missing:
        pytest.skip(f"no Windows bed: {missing}")
    yield built
    built.stop()


@pytest.fixture(scope="session")
def play() -> ModuleType:
    """machine.py: Play, Machine, set_up, calls."""
    return load("machine")


@pytest.fixture(scope="session")
def recorded() -> ModuleType:
    """recorded.py: a recording as a machine of the bed."""
    return load("recorded")


@pytest.fixture(scope="session")
def agent() -> ModuleType:
    """agent.py: the Linux side of the stand-in wsl.exe."""
    return load("agent")
