"""Jupyter's kernels of this user: which Python each one starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.shapes import read_names
from wslgpu.system.answers import Answers
from wslgpu.system.wants import ListFolder, ReadFile, Want

MOST = 8


@dataclass(frozen=True)
class Kernelspecs:
    """The interpreter that each kernel starts, by the kernel's name."""

    pythons: Mapping[str, str]


def _home(answers: Answers) -> str | None:
    machine = answers.value("machine")
    home = machine.get("home") if isinstance(machine, Mapping) else None
    return home if isinstance(home, str) and home.startswith("/") else None


def wants_of_kernels(answers: Answers) -> tuple[Want, ...]:
    """The second question: the kernels by name, and the file of the one that has the usual name."""
    home = _home(answers)
    if home is None:
        return ()
    return (ListFolder("jupyter.kernels", f"{home}/.local/share/jupyter/kernels", limit=MOST),)


def wants_of_specs(answers: Answers) -> tuple[Want, ...]:
    """The third question: each kernel's own file."""
    home, names = _home(answers), read_names(answers, "jupyter.kernels")
    if home is None or not isinstance(names, tuple):
        return ()
    folder = f"{home}/.local/share/jupyter/kernels"
    return tuple(ReadFile(f"jupyter.kernel:{name}", f"{folder}/{name}/kernel.json", 65_536) for name in names[:MOST])


def read_kernelspecs(answers: Answers) -> Kernelspecs:
    """A kernel whose file cannot be read, or that starts no Python, is left out."""
    found = {}
    for want_id in answers:
        if not want_id.startswith("jupyter.kernel:"):
            continue
        text = answers.text(want_id)
        try:
            spec = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            continue
        argv = spec.get("argv") if isinstance(spec, dict) else None
        if isinstance(argv, list) and argv and "python" in str(argv[0]):
            found[want_id.removeprefix("jupyter.kernel:")] = str(argv[0])
    return Kernelspecs(found)
