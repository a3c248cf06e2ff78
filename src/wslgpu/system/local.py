"""This machine as a host: every question side by side, each with its own deadline."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence

from wslgpu.system import look
from wslgpu.system.answers import Answer, Answers, Unknown
from wslgpu.system.host import Side
from wslgpu.system.process import run
from wslgpu.system.wants import FindPrograms, Inspect, ListFolder, ReadFile, Run, RunPython, Space, Want

FILE_DEADLINE_S = 5.0  # a dead 9p or network mount blocks open() for ever; nothing else here can
# Each takes some 10 MB and a core for a moment: more at once are not quicker, and a small machine feels them.
PYTHONS_AT_ONCE = threading.BoundedSemaphore(2)
SLOW_PREFIXES = ("/mnt/", "/media/", "/usr/lib/wsl/drivers", "//", "\\\\")


class LocalHost:
    """The machine that wslgpu runs on."""

    @property
    def side(self) -> Side:
        """windows, wsl or linux, as far as this process can tell."""
        return look.local_side()

    def ask(self, wants: Sequence[Want]) -> Answers:
        """Quick looks at once; programs and slow mounts each in a thread, so that one that hangs costs nothing else.

        The threads are daemons: a question that can never be ended (a read from a dead mount) must not keep wslgpu
        from ending either.
        """
        began = time.monotonic()
        answered: dict[str, Answer] = {}
        asked: list[tuple[Want, threading.Thread]] = []
        for want in wants:
            if may_wait(want):
                asking = threading.Thread(target=_answer_into, args=(want, answered), daemon=True)
                asking.start()
                asked.append((want, asking))
        found: dict[str, Answer] = {want.id: answer_now(want) for want in wants if not may_wait(want)}
        for want, asking in asked:
            asking.join(max(began + deadline_of(want) - time.monotonic(), 0.0))
        for want, _ in asked:
            late = Unknown("timed_out", f"no answer within {deadline_of(want):g} s")
            found[want.id] = answered.get(want.id, late)
        return Answers(found)


def may_wait(want: Want) -> bool:
    """Whether a question can block."""
    if isinstance(want, (Run, RunPython, FindPrograms)):  # PATH may lead through Windows' folders
        return True
    return isinstance(want, (ReadFile, Inspect, ListFolder, Space)) and want.path.startswith(SLOW_PREFIXES)


def deadline_of(want: Want) -> float:
    """Seconds after which a question counts as unanswered; a program's own deadline ends the program first."""
    if isinstance(want, (Run, RunPython)):
        return want.deadline_s + 3.0
    return FILE_DEADLINE_S


def answer_now(want: Want) -> Answer:
    """Answer one question; a fault of the look itself is an answer too."""
    try:
        if isinstance(want, Run):
            return run(want.argv, deadline_s=want.deadline_s, env=dict(want.env))
        if isinstance(want, RunPython):
            argv = [want.python or sys.executable, "-I", "-c", want.script, *want.args]
            with PYTHONS_AT_ONCE:
                return run(argv, deadline_s=want.deadline_s, env=dict(want.env))
        return look.LOOKS[type(want)](want)
    except PermissionError as error:
        return Unknown("denied", str(error))
    except OSError as error:
        return Unknown("failed", str(error))


def _answer_into(want: Want, answered: dict[str, Answer]) -> None:
    try:
        answered[want.id] = answer_now(want)
    except Exception as error:  # a thread that dies silently would read as a time-out
        answered[want.id] = Unknown("failed", f"{type(error).__name__}: {error}")
