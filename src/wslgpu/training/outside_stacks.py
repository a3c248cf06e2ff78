"""Python stacks of a session's processes, taken from outside it: for what hangs where no watchdog looks.

A process that registered faulthandler's signal (watchdog/worker.py) holds its file stack.PID open. The handler is C
code: it writes also while the interpreter is stuck in TensorFlow with its lock held.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from wslgpu.training.watchdog import STACK_SIGNAL

if sys.platform != "win32":
    import resource

WAIT_S = 3.0  # they answer within milliseconds; on a machine that is busy enough, later
POLL_S = 0.05
ABORT_S = 0.3


def take_session_stacks(run_dir: Path) -> dict[str, str]:
    """pid -> what faulthandler wrote, for every process that wrote it within `WAIT_S`; the oldest process first."""
    asked = [path for path in sorted(run_dir.glob("stack.*"), key=_born) if _ask(path)]
    end, before = time.monotonic() + WAIT_S, list[int]()
    while asked and time.monotonic() < end:
        sizes = [path.stat().st_size for path in asked]
        if all(sizes) and sizes == before:
            break  # nothing is added any more
        before = sizes
        time.sleep(POLL_S)
    dumps = {path.suffix[1:]: path.read_text(encoding="utf-8", errors="replace") for path in asked}
    return {pid: dump for pid, dump in dumps.items() if dump}


def abort_for_stack(pid: int) -> None:
    """End a Python of ours (PYTHONFAULTHANDLER=1) that did not come as far as the signal: its stack goes to stderr.

    A limit of one byte keeps the kernel from writing a core, also to a program (core(5)).
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_CORE, (1, 1))
        os.kill(pid, signal.SIGABRT)
        time.sleep(ABORT_S)


def _ask(path: Path) -> bool:
    """Send the signal to the process that `path` is of, and to no other that got its pid since."""
    pid = path.suffix[1:]
    if not pid.isdigit() or not _holds_open(pid, path):
        return False
    try:
        os.truncate(path, 0)
        os.kill(int(pid), STACK_SIGNAL)
    except OSError:
        return False
    return True


def _holds_open(pid: str, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(link.resolve() == path.resolve() for link in Path(f"/proc/{pid}/fd").iterdir())
    return False


def _born(path: Path) -> tuple[int, int]:
    try:
        fields = Path(f"/proc/{path.suffix[1:]}/stat").read_bytes().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return (0, 0)
    return (int(fields[19]), int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0)
