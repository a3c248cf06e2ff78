"""The Python interpreters of this machine, asked one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import FindPrograms, RunPython, Want

NAMES = ("python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "python3.14", "python3")
# Interpreters that uv or pyenv keep are not on PATH under these names.
KEPT = (
    "/usr/local/bin",
    "/usr/bin",
    "~/.local/bin",
    "~/.local/share/uv/python/cpython-*/bin",
    "~/.pyenv/versions/*/bin",
)
FIND = FindPrograms("python.programs", NAMES, also=KEPT, compiled=True)
FIND_UV = FindPrograms("python.uv", ("uv",))
WANTS = (FIND, FIND_UV)
PROBE_TEXT = (Path(__file__).parent / "python_probe.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Python:
    """One interpreter. `can_make_venvs` means that both venv and ensurepip are there."""

    path: str
    version: tuple[int, int, int]
    can_make_venvs: bool
    prerelease: bool = False
    is_conda: bool = False
    bits: int = 64
    implementation: str = "CPython"
    free_threaded: bool = False


@dataclass(frozen=True)
class Pythons:
    """Interpreters that answered, in the order they were found (no doubles), and whether uv is there."""

    found: tuple[Python, ...] | Unknown
    uv: str | Unknown | None


def wants_of_interpreters(answers: Answers) -> tuple[Want, ...]:
    """The second question: each interpreter that was found is asked what it is."""
    programs = answers.value(FIND.id)
    if not isinstance(programs, Mapping):
        return ()
    return tuple(
        RunPython(f"python.probe.{name}", PROBE_TEXT, python=path, deadline_s=10.0)
        for name, path in programs.items()
        if path
    )


def read_pythons(answers: Answers) -> Pythons:
    """An interpreter that does not run (a pyenv shim of a version that is not set, say) is left out."""
    programs = answers.value(FIND.id)
    uv = answers.value(FIND_UV.id)
    uv_path = uv.get("uv") if isinstance(uv, Mapping) else uv
    if isinstance(programs, Unknown) or programs is None:
        return Pythons(programs or Unknown("malformed", "no list of interpreters"), uv_path)
    found: dict[str, Python] = {}
    for name in programs:
        python = read_python(answers, f"python.probe.{name}")
        if python is not None:
            found.setdefault(python.path, python)
    return Pythons(tuple(found.values()), uv_path)


def read_python(answers: Answers, want_id: str) -> Python | None:
    """What one interpreter said of itself."""
    ran = answers.ran(want_id)
    if ran is None or isinstance(ran, Unknown) or ran.exit != 0:
        return None
    try:
        said = json.loads(ran.stdout)
        major, minor, micro = said["version"]
        return Python(
            path=said["executable"],
            version=(major, minor, micro),
            can_make_venvs=said["venv"] and said["ensurepip"],
            prerelease=said["prerelease"],
            is_conda=said["is_conda"],
            bits=said["bits"],
            implementation=said["implementation"],
            free_threaded=said["free_threaded"],
        )
    except (ValueError, KeyError, TypeError):
        return None
