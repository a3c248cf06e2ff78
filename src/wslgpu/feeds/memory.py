"""How much memory a feed may take, and where its ring lies.

The ring is anonymous memory, shared because it is mapped before the fork. It does not lie in /dev/shm, which holds
64 MB in a container's default setting and kills with SIGBUS whoever writes past that; and nothing of it can be left
behind: it goes with the last process that maps it.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
from typing import Any

MIB = 1 << 20
MAP_NORESERVE = 0x4000  # Linux, x86 and arm; the mmap module names it since Python 3.11
MADV_HUGEPAGE = 14
MADV_POPULATE_WRITE = 23  # Linux 5.14


def usable_cores() -> int:
    """Cores that this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return os.cpu_count() or 1


def available_memory() -> int:
    """Bytes that could be taken now: what the kernel calls available, or what the container still allows."""
    found = [_meminfo("MemAvailable"), _cgroup_room()]
    known = [value for value in found if value is not None]
    return max(64 * MIB, min(known)) if known else 1024 * MIB


def shm_size() -> int | None:
    """Bytes of /dev/shm; None where there is none."""
    try:
        stat = os.statvfs("/dev/shm")
    except (OSError, AttributeError):
        return None
    return stat.f_frsize * stat.f_blocks


def _meminfo(name: str) -> int | None:
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _cgroup_room() -> int | None:
    for limit, usage in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            with open(limit) as file:
                most = int(file.read())
            with open(usage) as file:
                used = int(file.read())
        except (OSError, ValueError):  # "max" is no number: no limit
            continue
        if most < 1 << 60:
            return most - used
    return None


class Ring:
    """Slots of equal size in one anonymous mapping. Address space is reserved; memory is taken as slots are written."""

    def __init__(self, slots: int, head: int) -> None:
        """`head`: bytes in front of the slots. OSError where not even small slots can be had."""
        page = mmap.PAGESIZE
        self.head = (head + page - 1) // page * page
        room = max(16 * MIB, (_meminfo("MemTotal") or 4096 * MIB) // 4)
        while True:
            self.room = room // page * page
            try:
                flags = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | MAP_NORESERVE
                self.map = mmap.mmap(-1, self.head + slots * self.room, flags=flags)
                break
            except (OSError, ValueError, OverflowError):  # strict overcommit, or a limit on address space
                if room <= 4 * MIB:
                    raise
                room //= 2
        self.slots = slots
        self._mapped = [0] * slots
        self._slot_type: Any = ctypes.c_char * self.room
        if hasattr(self.map, "madvise"):
            with contextlib.suppress(OSError):  # a kernel without huge pages
                self.map.madvise(MADV_HUGEPAGE)

    def slot(self, number: int) -> Any:
        """A slot as a buffer. Arrays made on it keep this object alive, so its end is the end of the last of them."""
        return self._slot_type.from_buffer(self.map, self.head + number * self.room)

    def prepare(self, number: int, used: int) -> None:
        """Map a slot's first `used` bytes into this process at once; page by page costs more than the copy itself."""
        if used <= self._mapped[number] or used < MIB or not hasattr(self.map, "madvise"):
            return
        self._mapped[number] = used
        with contextlib.suppress(OSError, ValueError):  # an older kernel
            self.map.madvise(MADV_POPULATE_WRITE, self.head + number * self.room, min(used, self.room))
