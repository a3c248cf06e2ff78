"""Start a program the one safe way: argv, no stdin, own process group, a deadline, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wslgpu.system.answers import Absent, Ran, Unknown

KILL_GRACE_S = 2.0  # how long a killed group may hold its pipes open before they are given up
TICK_S = 10.0  # how often somebody who waits is told of a program's course


def run(
    argv: Sequence[str],
    *,
    deadline_s: float,
    env: Mapping[str, str | None] | None = None,
    cwd: str | None = None,
    stdin: bytes | None = None,
    on_tick: Callable[[int, bytes], None] | None = None,
) -> Ran | Absent | Unknown:
    """Run `argv` to its end or to its deadline (seconds), and say how it ended.

    `env` is added to this process' environment; a name with the value None is taken out of it. `stdin` is what the
    program reads (a script for a shell, say); without it the program reads from nothing. `on_tick` is called every
    TICK_S with its process id and what it has said on stderr so far (posix; empty on Windows). Absent: no such program.
    Unknown: `denied` or `timed_out`; the whole process group was then killed. Never raises for what the program does.
    """
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=changed_environment(env),
            cwd=cwd,
            **own_group(),
        )
    except FileNotFoundError:
        return Absent()
    except (OSError, ValueError) as error:
        return Unknown("denied", f"{argv[0]}: {error}")
    try:
        out, err = _communicate(process, stdin, deadline_s, on_tick)
    except subprocess.TimeoutExpired:
        end_group(process)
        return Unknown("timed_out", f"{argv[0]} gave no answer within {deadline_s:g} s and was ended")
    except BaseException:  # Ctrl-C: the child has a group of its own and would live on
        end_group(process)
        raise
    return Ran(process.returncode, out, err, time.monotonic() - started)


def _communicate(
    process: subprocess.Popen[bytes],
    stdin: bytes | None,
    deadline_s: float,
    on_tick: Callable[[int, bytes], None] | None,
) -> tuple[bytes, bytes]:
    if on_tick is None:
        return process.communicate(stdin, timeout=deadline_s)
    end = time.monotonic() + deadline_s
    while True:
        try:
            return process.communicate(stdin, timeout=min(TICK_S, end - time.monotonic()))
        except subprocess.TimeoutExpired as expired:
            if time.monotonic() >= end:
                raise
            stdin = None  # what is left of it goes on its way in the next round
            on_tick(process.pid, expired.stderr or b"")


def bytes_written(pid: int) -> int | None:
    """What a process and its ended children have written (wchar of proc(5)); None where that is not told."""
    try:
        told = Path(f"/proc/{pid}/io").read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    line = next((line for line in told.splitlines() if line.startswith("wchar: ")), "")
    return int(line.split()[1]) if line else None


def changed_environment(changes: Mapping[str, str | None] | None) -> dict[str, str] | None:
    """This process' environment with changes; None (inherit) where there are none."""
    if not changes:
        return None
    merged: dict[str, str | None] = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def own_group() -> dict[str, Any]:
    """Popen's arguments that give a child a group of its own, so that it can be ended with all its children."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and its whole group, and let go of its pipes even where a grandchild keeps them open."""
    if sys.platform == "win32":
        from wslgpu.system.windows_tree import end_tree

        end_tree(process.pid)
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
    try:
        process.communicate(timeout=KILL_GRACE_S)
    except (subprocess.TimeoutExpired, ValueError):
        for pipe in (process.stdout, process.stderr, process.stdin):
            if pipe is not None:
                pipe.close()
