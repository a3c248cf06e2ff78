"""Reading what workers and the kernel say, without judging."""

from __future__ import annotations

import os
import re

from .values import RECORD, Slot


def read_slot(path: str) -> Slot | None:
    """One worker's file. None where it is missing or not yet filled."""
    for _ in range(3):
        try:
            with open(path, "rb") as file:
                raw = file.read(RECORD.size)
        except OSError:
            return None
        if len(raw) < RECORD.size:
            return None
        first, busy, uid, index, since, last = RECORD.unpack(raw)
        if first == last:
            return Slot(first, bool(busy), uid, index, since) if first else None
    return None


def read_cpu_ticks(pid: int) -> int | None:
    """User and system ticks of a process so far; None when it is gone. proc(5), fields 14 and 15."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return int(fields[11]) + int(fields[12])


def read_all_threads_wait(pid: int) -> bool:
    """True when every thread of the process sits in a futex, so that nobody in it can wake the others."""
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return False
    for thread in threads:
        try:
            with open("/proc/%d/task/%s/wchan" % (pid, thread)) as file:
                place = file.read()
        except OSError:
            return False
        if "futex" not in place and not _in_futex_syscall(pid, thread):
            return False
    return bool(threads)


def _in_futex_syscall(pid: int, thread: str) -> bool:
    # Numbers of futex: 202 on x86-64, 98 on aarch64. Where wchan is hidden (reads "0") this often still answers.
    try:
        with open("/proc/%d/task/%s/syscall" % (pid, thread)) as file:
            return file.read().split(" ", 1)[0] in ("202", "98")
    except OSError:
        return False


def read_oom_kills(root: str = "/") -> dict[str, int]:
    """How many times the kernel killed for memory so far: by this process' cgroup, and on the whole machine."""
    found = {}
    try:
        with open(os.path.join(root, "proc/self/cgroup")) as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        lines = []
    for line in lines:
        if len(line) == 3 and line[1] == "":
            places = ["sys/fs/cgroup" + line[2] + "/memory.events", "sys/fs/cgroup/memory.events"]
        elif len(line) == 3 and "memory" in line[1].split(","):
            base = "sys/fs/cgroup/memory"
            places = [base + line[2] + "/memory.oom_control", base + "/memory.oom_control"]
        else:
            continue
        for place in places:
            count = _read_counter(os.path.join(root, place), "oom_kill")
            if count is not None:
                found["cgroup"] = count
                break
    count = _read_counter(os.path.join(root, "proc/vmstat"), "oom_kill")
    if count is not None:
        found["machine"] = count
    return found


KILLED = re.compile(rb"Killed process (\d+) ")
LOG_LIMIT = 20000  # records: a kernel that writes faster than we read must not hold us


def read_kernel_kills(since: float, path: str = "/dev/kmsg") -> set[int]:
    """Pids that the kernel's log says it killed for memory since `since` (time.monotonic()); none where unreadable.

    One record a read(2): "6,1234,987654321,-;Memory cgroup out of memory: Killed process 4711 (python) ...", with
    microseconds since the start of the machine. Inside a pid namespace the numbers are the machine's, not its own.
    """
    found: set[int] = set()
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return found
    try:
        for _ in range(LOG_LIMIT):
            try:
                record = os.read(fd, 8192)
            except BrokenPipeError:
                continue  # overwritten while we read: the next read gives the oldest that is left
            except OSError:
                break  # nothing more
            if not record:
                break
            found.update(_killed_in(record, since))
    finally:
        os.close(fd)
    return found


def _killed_in(record: bytes, since: float) -> list[int]:
    head, _, text = record.partition(b";")
    fields = head.split(b",")
    # The log's clock and time.monotonic() drift apart by little; a pid does not come round within that time.
    if len(fields) < 3 or not fields[2].isdigit() or int(fields[2]) / 1e6 < since - 5:
        return []
    return [int(pid) for pid in KILLED.findall(text)]


def _read_counter(path: str, name: str) -> int | None:
    try:
        with open(path) as file:
            for line in file:
                words = line.split()
                if len(words) == 2 and words[0] == name:
                    return int(words[1])
    except (OSError, ValueError):
        pass
    return None
