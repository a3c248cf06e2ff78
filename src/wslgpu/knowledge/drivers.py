"""NVIDIA's driver: which one a release starts on, and how Windows writes its version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from wslgpu.knowledge.gpus import generation_of
from wslgpu.knowledge.releases import TensorFlowRelease
from wslgpu.knowledge.table import load_table

Side = Literal["windows", "wsl", "linux"]
SIDES: tuple[Side, ...] = ("wsl", "windows", "linux")


@dataclass(frozen=True)
class DriverFloor:
    """The oldest driver; on side wsl it is the version of the Windows driver, which nvidia-smi shows there."""

    version: str
    reason: str
    source: str


def driver_floor(
    release: TensorFlowRelease, side: Side, compute_capability: tuple[int, int] | None = None
) -> DriverFloor | None:
    """The oldest driver that this release starts on, and that knows this card; None where no row says."""
    floors = [
        DriverFloor(row[side], f"TensorFlow {release.version} is built with CUDA {release.cuda}", row["source"])
        for row in load_table()["cuda"]
        if row["version"] == release.cuda
    ]
    generation = generation_of(compute_capability) if compute_capability else None
    if generation and side in generation.first_driver:
        reason = f"{generation.name} cards need a driver that knows them"
        floors.append(DriverFloor(generation.first_driver[side], reason, generation.source))
    return max(floors, key=lambda floor: driver_key(floor.version), default=None)


def driver_key(version: str) -> tuple[int, ...]:
    """A driver version as something to compare; "495" is below "495.46". ValueError for what is no version."""
    if not re.fullmatch(r"\d+(\.\d+)*", version.strip()):
        raise ValueError(f"{version!r} is not a driver version such as 560.94")
    return tuple(int(part) for part in version.strip().split("."))


def windows_driver_version(registry_string: str) -> str:
    """What NVIDIA calls the driver that Windows' registry calls 32.0.15.6094: 560.94.

    The last digit of the third part and the four of the last one are the version. ValueError for another shape.
    """
    parts = registry_string.strip().split(".")
    if len(parts) != 4 or not all(part.isdigit() for part in parts):
        raise ValueError(f"{registry_string!r} is not a driver version as Windows writes it, such as 32.0.15.6094")
    if not 10 <= int(parts[2]) <= 99 or int(parts[3]) > 9999:
        raise ValueError(f"{registry_string!r} is not NVIDIA's: its third part would be 10 to 19")
    number = (int(parts[2]) - 10) * 10000 + int(parts[3])
    return f"{number // 100}.{number % 100:02d}"
