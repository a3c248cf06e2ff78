"""Folders of training data, where a project keeps them by custom, and on which mount they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.mounts import MOUNTINFO, Mount, mount_of, read_mounts
from wslgpu.facts.shapes import Thing, read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, Want

FOLDERS = ("data", "dataset", "datasets")


@dataclass(frozen=True)
class Data:
    """The mount of each folder that is there, by the folder's own path."""

    folders: Mapping[str, Mount | Unknown]


def wants_of_data(folder: str) -> tuple[Want, ...]:
    """One question a customary name."""
    return tuple(Inspect(f"project.data:{name}", f"{folder}/{name}") for name in FOLDERS)


def read_data(answers: Answers, folder: str) -> Data:
    """By hand a text names where the folder really is: {"project.data:data": {"real": "/mnt/d/images"}}."""
    mounts = read_mounts(answers.text(MOUNTINFO.id))
    found: dict[str, Mount | Unknown] = {}
    for name in FOLDERS:
        thing = read_thing(answers, f"project.data:{name}", "folder")
        if isinstance(thing, Thing) and thing.kind == "folder":
            real = thing.real or thing.target or f"{folder}/{name}"
            found[real] = mount_of(real, mounts)
    return Data(found)
