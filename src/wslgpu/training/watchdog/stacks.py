"""Python stacks of this process and of its workers, also of those that hang in C code."""

from __future__ import annotations

import faulthandler
import os
import time

from . import where
from .values import STACK_SIGNAL

ANSWER_S = 3.0  # they answer within milliseconds; on a machine that is busy enough, later


def take_stacks(run_dir: str, pids: list[int]) -> dict[str, str]:
    """Python stacks of this process and of the workers `pids`, as faulthandler prints them."""
    asked = [pid for pid in pids if ask_stack(pid)]
    path = os.path.join(run_dir, "stack.parent")
    try:
        with open(path, "w") as file:
            faulthandler.dump_traceback(file, all_threads=True)
        with open(path) as file:
            stacks = {str(os.getpid()): file.read()}
    except OSError:
        stacks = {}
    # A signal handler in C writes them and cannot say when it is done: wait until nothing is added any more.
    end, before = time.monotonic() + ANSWER_S, [""]
    while time.monotonic() < end:
        now = [read_stack(run_dir, pid) for pid in asked]
        if all(now) and now == before:
            break
        before = now
        time.sleep(0.03)
    for pid in pids:
        stacks[str(pid)] = read_stack(run_dir, pid)
    return stacks


def read_stack(run_dir: str, pid: int) -> str:
    try:
        with open(os.path.join(run_dir, "stack.%d" % pid), errors="replace") as file:
            text = file.read()
    except OSError:
        return ""
    return text


def ask_stack(pid: int) -> bool:
    # Only a worker that registered the handler may get the signal: without one it would die of it.
    try:
        os.truncate(os.path.join(where.run_dir(), "stack.%d" % pid), 0)
        os.kill(pid, STACK_SIGNAL)
    except OSError:
        return False
    return True
