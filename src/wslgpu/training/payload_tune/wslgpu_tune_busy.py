"""How much of the cores other programs had during a trial: a rate that was measured beside them is too low."""

from __future__ import annotations

import glob
import os
import time


def watch():
    """Begin to watch. Call what is returned: the share of all cores that others had since, 0 to 1; None: not known.

    Ours is this process' session: wslgpu starts it in one of its own, and the workers are in it, too. What a
    hypervisor took away counts as others'.
    """
    if not hasattr(os, "getsid"):
        return lambda: None
    session = os.getsid(0)
    began, busy, own = time.monotonic(), read_busy(), read_session(session)

    def ended():
        now, ours = read_busy(), read_session(session)
        if None in (busy, own, now, ours):
            return None
        cores = (time.monotonic() - began) * (os.cpu_count() or 1)
        return round(min(1.0, max(0.0, now - busy - (ours - own)) / max(cores, 1e-3)), 3)

    return ended


def read_busy():
    """Seconds that all cores have worked since the machine started; None where nobody tells."""
    try:
        with open("/proc/stat") as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    return (sum(fields) - fields[3] - fields[4]) / float(os.sysconf("SC_CLK_TCK"))  # without idle and iowait


def read_session(session):
    """Seconds of the session's processes and of the children that they have waited for."""
    ticks = 0
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                fields = file.read().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                ticks += sum(int(field) for field in fields[11:15])
        except (OSError, ValueError, IndexError):
            continue
    return ticks / float(os.sysconf("SC_CLK_TCK"))
