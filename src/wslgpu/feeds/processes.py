"""Small things about processes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def run_fork_hooks() -> None:
    """In a forked child: what multiprocessing runs in its own, or proxies of a Manager share one connection."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util._run_after_forkers()


def runs(pid: int) -> bool:
    """Whether a process still runs; a zombie that nobody has waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


def name_ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return signal.Signals(number).name
        except ValueError:
            return f"signal {number}"
    return f"exit code {os.WEXITSTATUS(status)}"


def advise(status: int) -> str:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return "SIGKILL mostly means that memory ran out (see dmesg): use fewer workers or smaller batches"
    return "run sequence[index] in one process to see why"
