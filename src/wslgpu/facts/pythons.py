"""The Python interpreters of this machine, asked one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wslgpu.system.answers import Answers, Ran, Unknown
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
# A script of that name may start uv.exe, in a folder that WSL appended to PATH, or a version that pyenv has not set.
FIND_UV = FindPrograms("python.uv", ("uv",), compiled=True)
# What a person gets who types these names: with Windows' PATH appended it may be Windows' own.
FIND_TYPED = FindPrograms("programs", ("python", "python3", "pip", "jupyter", "ptxas"))
WANTS = (FIND, FIND_UV, FIND_TYPED)
PROBE_TEXT = (Path(__file__).parent / "python_probe.py").read_text(encoding="utf-8")


PREFIX = "python.probe."
FLAGS = {
    "venv": True,
    "ensurepip": True,
    "prerelease": False,
    "is_conda": False,
    "free_threaded": False,
    "managed": False,
}


@dataclass(frozen=True)
class Python:
    """One interpreter. `can_make_venvs` means that both venv and ensurepip are there.

    `managed`: pip must not install into it (PEP 668). `stray`: TensorFlow's packages that lie outside every venv.
    """

    path: str
    version: tuple[int, int, int]
    can_make_venvs: bool
    prerelease: bool = False
    is_conda: bool = False
    bits: int = 64
    implementation: str = "CPython"
    free_threaded: bool = False
    managed: bool = False
    stray: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pythons:
    """Interpreters that answered, in the order they were found (no doubles), and whether uv is there.

    `typed`: the program behind each name that a person types, None where there is none.
    """

    found: tuple[Python, ...] | Unknown
    uv: str | Unknown | None
    typed: Mapping[str, str | None] | Unknown


def wants_of_interpreters(answers: Answers) -> tuple[Want, ...]:
    """The second question: each interpreter that was found is asked what it is."""
    programs = answers.value(FIND.id)
    if not isinstance(programs, Mapping):
        return ()
    return tuple(
        RunPython(f"{PREFIX}{name}", PROBE_TEXT, python=path, deadline_s=10.0)
        for name, path in programs.items()
        if path
    )


def read_pythons(answers: Answers) -> Pythons:
    """An interpreter that does not run (a pyenv shim of a version that is not set, say) is left out."""
    programs = answers.value(FIND.id)
    uv = answers.value(FIND_UV.id)
    uv_path = uv.get("uv") if isinstance(uv, Mapping) else uv
    typed = _read_typed(answers.value(FIND_TYPED.id))
    names = [str(name) for name in programs] if isinstance(programs, (Mapping, list)) else []
    # By hand only the interpreters may be told, without the search that found them.
    told = programs if isinstance(programs, Mapping) else {}
    names += [key.removeprefix(PREFIX) for key in answers if key.startswith(PREFIX)]
    if not names and not isinstance(programs, (Mapping, list)):
        reason = programs if isinstance(programs, Unknown) else Unknown("malformed", "no list of interpreters")
        return Pythons(reason, uv_path, typed)
    found: dict[str, Python] = {}
    for name in dict.fromkeys(names):
        python = read_python(answers, PREFIX + name) or _by_its_name(answers, name, told.get(name))
        if python is not None:
            found.setdefault(python.path, python)
    return Pythons(tuple(found.values()), uv_path, typed)


def _by_its_name(answers: Answers, name: str, path: object) -> Python | None:
    """/usr/bin/python3.14 tells its version where nobody asked it."""
    answer = answers[PREFIX + name]
    match = re.search(r"python(3)\.(\d{1,2})$", f"{path or ''}")
    if not match or not isinstance(answer, Unknown) or answer.reason != "not_recorded":
        return None
    return Python(str(path), (int(match[1]), int(match[2]), 0), True)


def _read_typed(value: Any) -> Mapping[str, str | None] | Unknown:
    if isinstance(value, Mapping):
        return {str(name): str(path) if path else None for name, path in value.items()}
    return value if isinstance(value, Unknown) else Unknown("malformed", "no list of programs")


def read_python(answers: Answers, want_id: str) -> Python | None:
    """What one interpreter said of itself: the probe's object, or by hand a text such as "Python 3.12.3"."""
    ran = answers.ran(want_id)
    said: Any = answers.value(want_id)
    if isinstance(ran, Ran):
        if ran.exit != 0:
            return None
        text = ran.stdout.decode("utf-8", "replace")
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = text
    if isinstance(said, str):
        said = {"version": said}
    if not isinstance(said, Mapping):
        return None
    numbers = said.get("version")
    text = ".".join(map(str, numbers)) if isinstance(numbers, (list, tuple)) else str(numbers)
    match = re.search(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?", text)
    if not match:
        return None
    flags = {key: bool(said.get(key, default)) for key, default in FLAGS.items()}
    stray = said.get("stray")
    return Python(
        path=str(said.get("executable") or "/usr/bin/" + want_id.removeprefix(PREFIX)),
        version=(int(match[1]), int(match[2]), int(match[3] or 0)),
        can_make_venvs=flags["venv"] and flags["ensurepip"],
        prerelease=flags["prerelease"] or bool(re.search(r"\d(a|b|rc)\d", text)),
        is_conda=flags["is_conda"] or "conda" in text.lower(),
        bits=32 if said.get("bits") == 32 else 64,
        implementation=str(said.get("implementation", "CPython")),
        free_threaded=flags["free_threaded"],
        managed=flags["managed"],
        stray=tuple(str(path) for path in stray) if isinstance(stray, (list, tuple)) else (),
    )
