"""How much of the machine other programs took while something was measured: a figure that says whether to measure again."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
TICK = os.sysconf("SC_CLK_TCK")


def watch():
    """Begin to watch. Call what is returned: the share of all cores that other programs had since, 0 to 1.

    Processes that outlive their parents become children of this one: as zombies their time still counts as ours.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    session = os.getsid(0)
    began, busy, own = time.monotonic(), read_busy(), read_session(session)

    def ended():
        seconds = (time.monotonic() - began) * (os.cpu_count() or 1)
        return round(max(0.0, read_busy() - busy - (read_session(session) - own)) / seconds, 3)

    return ended


def read_busy():
    """CPU seconds of all programs since the machine started, with what a hypervisor took away."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / TICK


def read_session(session):
    """CPU seconds of the processes of a session and of the children that they have waited for."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICK
