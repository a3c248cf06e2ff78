"""Where a worker stands that does not go on."""

from __future__ import annotations

import os
import select
import time

from .worker import TRACE_SIGNAL


def ask_where(pid: int, traces: int) -> str:
    """The Python lines at which a worker stands, written by faulthandler: it answers in a deadlock, too.

    `traces`: the read end of the pipe into which it writes. "" where it says nothing within half a second.
    """
    if TRACE_SIGNAL is None:
        return ""
    text = b""
    try:
        os.kill(pid, TRACE_SIGNAL)
    except OSError:
        return ""
    end = time.monotonic() + 0.5
    while time.monotonic() < end and b"in _make\n" not in text:
        if select.select([traces], [], [], 0.1)[0]:
            text += os.read(traces, 1 << 16)
    lines = text.decode("utf-8", "replace").splitlines()
    own = [n for n, line in enumerate(lines) if line.endswith("in _make")]
    return "\n".join(lines[: own[0]] if own else lines)
