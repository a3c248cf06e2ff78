"""Who does not go on, and where he stands."""

from __future__ import annotations

import os
import select
import time
import warnings
from collections.abc import Sequence
from typing import Any

from .errors import WorkerStuck
from .processes import kill
from .task import Seat, Task
from .wire import STATE
from .worker import TRACE_SIGNAL

ANSWER_S = 5.0  # a healthy process answers at once; on a machine that is busy enough to make it late, later


def ask_where(pid: int, traces: int) -> str:
    """The Python lines at which a worker stands, written by faulthandler: it answers in a deadlock, too.

    `traces`: the read end of the pipe into which it writes. "" where it says nothing within ANSWER_S.
    """
    if TRACE_SIGNAL is None:
        return ""
    text = b""
    try:
        os.kill(pid, TRACE_SIGNAL)
    except OSError:
        return ""
    end = time.monotonic() + ANSWER_S
    while time.monotonic() < end and b"in _make\n" not in text:
        if select.select([traces], [], [], 0.1)[0]:
            text += os.read(traces, 1 << 16)
    lines = text.decode("utf-8", "replace").splitlines()
    own = [n for n, line in enumerate(lines) if line.endswith("in _make")]
    return "\n".join(lines[: own[0]] if own else lines)


def end_stuck(seats: Sequence[Seat], states: Any, traces: int, timeout: float) -> None:
    """Warn of a worker that takes long, and end one over `timeout` seconds; its task then holds a WorkerStuck.

    `states`: the shared memory in which each worker says what it makes, and since when.
    """
    now = time.monotonic()
    for number, seat in enumerate(seats):
        under_way, began = STATE.unpack_from(states, number * STATE.size)
        task = seat.tasks.get(under_way)
        if task is None or seat.pid is None:
            continue
        age = now - began
        if age > timeout:
            text = _name(task, seat.pid, age, timeout, traces)
            kill(seat.pid)
            task.error = WorkerStuck(text)
        elif age > timeout / 10 and not task.warned:
            task.warned = True
            warnings.warn(_name(task, seat.pid, age, timeout, traces), RuntimeWarning, stacklevel=2)


def _name(task: Task, pid: int, age: float, timeout: float, traces: int) -> str:
    where = ask_where(pid, traces)
    return (
        f"batch {task.index} has been under way for {age:.0f} s in worker {pid} "
        f"(the feed gives up after timeout={timeout:g} s)" + (":\n" + where if where else "")
    )
