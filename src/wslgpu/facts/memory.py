"""Memory, swap, what was killed for want of it, and the room for shared memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.shapes import read_number, read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile, Space

MEMINFO = ReadFile("memory.meminfo", "/proc/meminfo")
CGROUP_LIMIT = ReadFile("memory.cgroup_limit", "/sys/fs/cgroup/memory.max")
CGROUP1_LIMIT = ReadFile("memory.cgroup1_limit", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
CGROUP_EVENTS = ReadFile("memory.cgroup_events", "/sys/fs/cgroup/memory.events")
VMSTAT = ReadFile("memory.vmstat", "/proc/vmstat")
SHM = Inspect("memory.shm", "/dev/shm")
SHM_SPACE = Space("memory.shm_space", "/dev/shm")
WANTS = (MEMINFO, CGROUP_LIMIT, CGROUP1_LIMIT, CGROUP_EVENTS, VMSTAT, SHM, SHM_SPACE)


@dataclass(frozen=True)
class Memory:
    """Bytes. `usable` is the smaller of the machine's memory and what a container may take of it.

    `killed`: processes that the kernel of this machine ended for want of memory since it started; `killed_here` those
    of this control group (a container sees its host's number in `killed`).
    """

    total: int | Unknown
    available: int | Unknown
    swap: int | Unknown
    usable: int | Unknown
    shm_total: int | Unknown | None
    shm_writable: bool | Unknown
    killed: int | Unknown
    killed_here: int | Unknown


def read_memory(answers: Answers) -> Memory:
    """From /proc/meminfo (kB lines) and the cgroup's limit ("max", or bytes)."""
    text = answers.text(MEMINFO.id)
    total = _line(text, "MemTotal")
    usable: int | Unknown = total
    for want in (CGROUP_LIMIT, CGROUP1_LIMIT):
        limit = answers.text(want.id)
        if isinstance(limit, str) and re.fullmatch(r"[0-9]{1,20}", limit.strip()) and isinstance(usable, int):
            usable = min(usable, int(limit))
    shm = read_thing(answers, SHM.id, "folder")
    shm_there = shm is not None and not isinstance(shm, Unknown) and shm.kind == "folder"
    return Memory(
        total=total,
        available=_line(text, "MemAvailable"),
        swap=_line(text, "SwapTotal"),
        usable=usable,
        shm_total=None if shm is None else read_number(answers, SHM_SPACE.id, "total"),
        shm_writable=shm if isinstance(shm, Unknown) else shm_there and shm is not None and shm.writable,
        killed=_count(answers.text(VMSTAT.id)),
        killed_here=_count(answers.text(CGROUP_EVENTS.id)),
    )


def _line(text: str | Unknown | None, name: str) -> int | Unknown:
    if isinstance(text, Unknown):
        return text
    match = re.search(rf"^{name}:\s+([0-9]{{1,15}}) kB", text or "", re.MULTILINE)
    return int(match[1]) * 1024 if match else Unknown("malformed", f"no {name} in /proc/meminfo")


def _count(text: str | Unknown | None) -> int | Unknown:
    """The line `oom_kill 3`; a kernel without it has killed nothing that it could tell."""
    if isinstance(text, Unknown):
        return text
    match = re.search(r"^oom_kill ([0-9]{1,15})$", text or "", re.MULTILINE)
    return int(match[1]) if match else 0
