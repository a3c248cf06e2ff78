"""The folder that is provisioned: where it lies, what room it has, what environment stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.facts.mounts import MOUNTINFO, Mount, mount_of, read_mounts
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ListFolder, ReadFile, Space, Want


@dataclass(frozen=True)
class Project:
    """`folder` as the user named it, made absolute. `venv_kind`: ours (a link into .wslgpu), foreign, broken, none.

    `room`: free bytes for this user where the venv will lie. `state`: what setup wrote of the venv it made.
    `python_runs`: the venv's python is there and is no broken link. `locks`: text by profile. `venvs`: built by setup.
    """

    folder: str
    kind: str | Unknown
    writable: bool | Unknown
    mount: Mount | Unknown
    room: int | Unknown
    inodes: int | Unknown | None
    venv_kind: str | Unknown
    venv_target: str | None
    state: Mapping[str, Any] | Unknown | None
    requirements: str | Unknown | None
    pyproject: str | Unknown | None
    python_runs: bool | Unknown
    locks: Mapping[str, str]
    venvs: tuple[str, ...]


def wants_of_project(folder: str) -> tuple[Want, ...]:
    """`folder` is absolute. The ids do not name it, so that a recording reads the same wherever it was made."""
    return (
        Inspect("project.folder", folder),
        Space("project.space", folder),
        Inspect("project.venv", f"{folder}/.venv"),
        Inspect("project.venv_python", f"{folder}/.venv/bin/python"),
        ReadFile("project.state", f"{folder}/.venv/wslgpu.json"),
        ReadFile("project.lock_gpu", f"{folder}/requirements/gpu.lock", limit=4_194_304),
        ReadFile("project.lock_cpu", f"{folder}/requirements/cpu.lock", limit=4_194_304),
        ListFolder("project.venvs", f"{folder}/.wslgpu/venvs"),
        ReadFile("project.requirements", f"{folder}/requirements.txt"),
        ReadFile("project.pyproject", f"{folder}/pyproject.toml"),
        ReadFile("project.team", f"{folder}/wslgpu.toml"),
        MOUNTINFO,
    )


def read_project(answers: Answers, folder: str) -> Project:
    """A folder that does not exist yet has kind "none", and the mount and room of its nearest ancestor."""
    here = answers.value("project.folder")
    space = answers.value("project.space")
    venv = answers.value("project.venv")
    real = here.get("real", folder) if isinstance(here, Mapping) else folder
    return Project(
        folder=folder,
        kind=here if isinstance(here, Unknown) else "none" if here is None else here["kind"],
        writable=here if isinstance(here, Unknown) else True if here is None else bool(here["writable"]),
        mount=mount_of(real, read_mounts(answers.text(MOUNTINFO.id))),
        room=space["free"] if isinstance(space, Mapping) else _unknown(space, "room"),
        inodes=space.get("inodes_free") if isinstance(space, Mapping) else _unknown(space, "inodes"),
        venv_kind=_read_venv_kind(venv),
        venv_target=venv.get("target") if isinstance(venv, Mapping) else None,
        state=_read_state(answers.text("project.state")),
        requirements=answers.text("project.requirements"),
        pyproject=answers.text("project.pyproject"),
        python_runs=_read_python_runs(answers.value("project.venv_python")),
        locks={
            profile: text
            for profile in ("gpu", "cpu")
            if isinstance(text := answers.text(f"project.lock_{profile}"), str)
        },
        venvs=tuple(names) if isinstance(names := answers.value("project.venvs"), list) else (),
    )


def _read_venv_kind(venv: Any) -> str | Unknown:
    if isinstance(venv, Unknown):
        return venv
    if venv is None:
        return "none"
    ours = str(venv.get("target", "")).startswith(".wslgpu/venvs/")
    if venv["kind"] == "broken":
        return "broken" if ours else "foreign"
    return "ours" if ours else "foreign"


def _read_python_runs(python: Any) -> bool | Unknown:
    if isinstance(python, Unknown):
        return python
    return python is not None and python.get("kind") == "file"


def _read_state(text: str | Unknown | None) -> Mapping[str, Any] | Unknown | None:
    if text is None or isinstance(text, Unknown):
        return text
    try:
        state = json.loads(text)
    except ValueError as error:
        return Unknown("malformed", f".venv/wslgpu.json: {error}")
    return state if isinstance(state, dict) else Unknown("malformed", ".venv/wslgpu.json is not an object")


def _unknown(value: object, what: str) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown("malformed", f"no {what}")
