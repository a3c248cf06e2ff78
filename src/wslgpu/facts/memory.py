"""Memory, and the room for shared memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile, Space

MEMINFO = ReadFile("memory.meminfo", "/proc/meminfo")
CGROUP_LIMIT = ReadFile("memory.cgroup_limit", "/sys/fs/cgroup/memory.max")
CGROUP1_LIMIT = ReadFile("memory.cgroup1_limit", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
SHM = Inspect("memory.shm", "/dev/shm")
SHM_SPACE = Space("memory.shm_space", "/dev/shm")
WANTS = (MEMINFO, CGROUP_LIMIT, CGROUP1_LIMIT, SHM, SHM_SPACE)


@dataclass(frozen=True)
class Memory:
    """Bytes. `usable` is the smaller of the machine's memory and what a container may take of it."""

    total: int | Unknown
    available: int | Unknown
    swap: int | Unknown
    usable: int | Unknown
    shm_total: int | Unknown | None
    shm_writable: bool | Unknown


def read_memory(answers: Answers) -> Memory:
    """From /proc/meminfo (kB lines) and the cgroup's limit ("max", or bytes)."""
    text = answers.text(MEMINFO.id)
    total = _line(text, "MemTotal")
    usable: int | Unknown = total
    for want in (CGROUP_LIMIT, CGROUP1_LIMIT):
        limit = answers.text(want.id)
        if isinstance(limit, str) and limit.strip().isdigit() and isinstance(usable, int):
            usable = min(usable, int(limit))
    shm = answers.value(SHM.id)
    space = answers.value(SHM_SPACE.id)
    shm_there = isinstance(shm, dict) and shm.get("kind") == "folder"
    return Memory(
        total=total,
        available=_line(text, "MemAvailable"),
        swap=_line(text, "SwapTotal"),
        usable=usable,
        shm_total=None if shm is None else space["total"] if shm_there and isinstance(space, dict) else _unknown(space),
        shm_writable=shm if isinstance(shm, Unknown) else bool(shm_there and shm["writable"]),
    )


def _line(text: str | Unknown | None, name: str) -> int | Unknown:
    if isinstance(text, Unknown):
        return text
    match = re.search(rf"^{name}:\s+(\d+) kB", text or "", re.MULTILINE)
    return int(match[1]) * 1024 if match else Unknown("malformed", f"no {name} in /proc/meminfo")


def _unknown(value: object) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown("malformed", "no size of /dev/shm")
