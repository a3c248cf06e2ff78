"""The folder that is provisioned: where it lies, what room it has, what environment stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.facts.locks import LOCK_NAMES
from wslgpu.facts.mounts import MOUNTINFO, Mount, mount_of, read_mounts
from wslgpu.facts.shapes import Thing, read_names, read_number, read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ListFolder, ReadFile, Space, Want


@dataclass(frozen=True)
class Project:
    """`folder` as the user named it, made absolute. `venv_kind`: ours (a link into .wslgpu), foreign, broken, none.

    `room`: free bytes for this user where the venv will lie; `windows_room` on the Windows drive that holds WSL's
    disk (which calls itself 1 TB whatever is left there); `tmp_room` where temporary files go. `root`: the mount of /.
    `state`: what setup wrote of the venv it made.
    `python_runs`: the venv's python is there and is no broken link. `locks`: text by name
    (facts/locks.py). `venvs`: built by setup.
    """

    folder: str
    kind: str | Unknown
    writable: bool | Unknown
    mount: Mount | Unknown
    root: Mount | Unknown
    room: int | Unknown
    total: int | Unknown | None
    inodes: int | Unknown | None
    windows_room: int | Unknown | None
    tmp_room: int | Unknown | None
    venv_kind: str | Unknown
    venv_target: str | None
    state: Mapping[str, Any] | Unknown | None
    team: str | Unknown | None
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
        Space("disk.windows", "/mnt/c"),
        Space("disk.tmp", "/tmp"),
        Inspect("project.venv", f"{folder}/.venv"),
        Inspect("project.venv_python", f"{folder}/.venv/bin/python"),
        ReadFile("project.state", f"{folder}/.venv/wslgpu.json"),
        *(ReadFile(lock_id(name), f"{folder}/requirements/{name}.lock", limit=4_194_304) for name in LOCK_NAMES),
        ListFolder("project.venvs", f"{folder}/.wslgpu/venvs"),
        ReadFile("project.requirements", f"{folder}/requirements.txt"),
        ReadFile("project.pyproject", f"{folder}/pyproject.toml"),
        ReadFile("project.team", f"{folder}/wslgpu.toml"),
        MOUNTINFO,
    )


def lock_id(name: str) -> str:
    """The want of a lock: project.lock_gpu_pascal for gpu-pascal."""
    return f"project.lock_{name.replace('-', '_')}"


def read_project(answers: Answers, folder: str) -> Project:
    """A folder that does not exist yet has kind "none", and the mount and room of its nearest ancestor."""
    here = read_thing(answers, "project.folder", "folder")
    venv = read_thing(answers, "project.venv", "folder")
    real = here.real if isinstance(here, Thing) and here.real else folder
    mounts = read_mounts(answers.text(MOUNTINFO.id))
    room = read_number(answers, "project.space", "free")
    return Project(
        folder=folder,
        kind=here if isinstance(here, Unknown) else "none" if here is None else here.kind,
        writable=here if isinstance(here, Unknown) else True if here is None else here.writable,
        mount=mount_of(real, mounts),
        root=mount_of("/", mounts),
        room=Unknown("malformed", "no room") if room is None else room,
        total=read_number(answers, "project.space", "total"),
        inodes=read_number(answers, "project.space", "inodes_free"),
        windows_room=read_number(answers, "disk.windows", "free"),
        tmp_room=read_number(answers, "disk.tmp", "free"),
        venv_kind=_read_venv_kind(venv),
        venv_target=venv.target or None if isinstance(venv, Thing) else None,
        state=_read_state(answers.text("project.state")),
        team=answers.text("project.team"),
        requirements=answers.text("project.requirements"),
        pyproject=answers.text("project.pyproject"),
        python_runs=_read_python_runs(read_thing(answers, "project.venv_python")),
        locks={name: text for name in LOCK_NAMES if isinstance(text := answers.text(lock_id(name)), str)},
        venvs=names if isinstance(names := read_names(answers, "project.venvs"), tuple) else (),
    )


def _read_venv_kind(venv: Thing | Unknown | None) -> str | Unknown:
    if isinstance(venv, Unknown):
        return venv
    if venv is None:
        return "none"
    ours = venv.target.startswith(".wslgpu/venvs/")
    if venv.kind == "broken":
        return "broken" if ours else "foreign"
    return "ours" if ours else "foreign"


def _read_python_runs(python: Thing | Unknown | None) -> bool | Unknown:
    if isinstance(python, Unknown):
        return python
    return python is not None and python.kind == "file"


def _read_state(text: str | Unknown | None) -> Mapping[str, Any] | Unknown | None:
    if text is None or isinstance(text, Unknown):
        return text
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Unknown("malformed", f".venv/wslgpu.json: {error}")
    return state if isinstance(state, dict) else Unknown("malformed", ".venv/wslgpu.json is not an object")
