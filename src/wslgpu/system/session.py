"""Run a long child in a session of its own, with a wall-clock limit, and leave nothing of it behind.

A training forks workers that outlive a killed parent, does not answer SIGINT while it hangs, and may be stopped by
Ctrl-C, by a service manager, or with wslgpu itself. So a guardian (guardian.py) stands between: see there.
Both sides `wsl` and `linux`; on Windows session_on_windows.py does what can be done there.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.ended import TICK_S, Ended, Leftover
from wslgpu.system.guardian import kill_all

__all__ = ["Ended", "Leftover", "supervise"]

GUARDIAN = Path(__file__).with_name("guardian.py")
TAIL_BYTES = 65536


def supervise(
    argv: Sequence[str],
    *,
    deadline_s: float | None,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    inherit_output: bool = False,
    patience_s: float = 2.3,
    on_tick: Callable[[], str] = lambda: "",
    on_interrupt: Callable[[], None] = lambda: None,
    on_start: Callable[[int], None] = lambda pid: None,
    before_kill: Callable[[str, int], None] = lambda word, pid: None,
    folder: str = "",
) -> Ended | Absent | Unknown:
    """Run `argv` to its end, to its deadline (seconds, None: no limit) or to a signal that wslgpu gets.

    `env` replaces the environment. SIGINT and SIGTERM go to the child's main process alone, which then has
    `patience_s` to go before everything of it is killed; a second one kills at once. `on_tick` is called ten times a
    second; a word that it returns ends the child and becomes `ended_by`. `on_interrupt` is called when the first
    signal is passed on, `on_start` with the child's pid (which is its session's, too), `before_kill` with `ended_by`
    and that pid before wslgpu ends it for a deadline or for a word of `on_tick`. `folder` is removed where wslgpu
    itself is killed. Absent: no such program. Unknown: `denied`.
    """
    calls = _Calls(on_tick, on_interrupt, on_start, before_kill)
    return _Session(argv, deadline_s, env, cwd, inherit_output, patience_s, calls, folder).run()


class _Calls(NamedTuple):
    on_tick: Callable[[], str]
    on_interrupt: Callable[[], None]
    on_start: Callable[[int], None]
    before_kill: Callable[[str, int], None]


class _Session:
    def __init__(
        self,
        argv: Sequence[str],
        deadline_s: float | None,
        env: Mapping[str, str] | None,
        cwd: str | None,
        inherit_output: bool,
        patience_s: float,
        calls: _Calls,
        folder: str,
    ) -> None:
        self.argv, self.env, self.cwd = list(argv), env, cwd
        self.inherit_output, self.patience_s = inherit_output, patience_s
        self.calls, self.folder = calls, folder
        self.started = time.monotonic()
        self.deadline = None if deadline_s is None else self.started + deadline_s
        self.ended_by = ""
        self.kill_at: float | None = None
        self.signals: list[int] = []
        self.output = bytearray()
        self.lines: list[dict[str, Any]] = []
        self.rest = b""

    def run(self) -> Ended | Absent | Unknown:
        status_read, status_write = os.pipe()
        try:
            self.guardian = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARDIAN), str(status_write), self.folder, *self.argv],
                stdin=subprocess.PIPE,
                stdout=None if self.inherit_output else subprocess.PIPE,
                stderr=None if self.inherit_output else subprocess.STDOUT,
                env=dict(self.env) if self.env is not None else None,
                cwd=self.cwd,
                pass_fds=(status_write,),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            os.close(status_read)
            os.close(status_write)
            return Unknown("denied", f"{self.argv[0]}: {error}")
        os.close(status_write)
        previous = self._catch_signals()
        try:
            self._watch(status_read)
        finally:
            self._release(status_read)
            for number, handler in previous.items():
                signal.signal(number, handler)
        return self._ending()

    def _catch_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}

        def note(number: int, frame: FrameType | None) -> None:
            self.signals.append(number)

        return {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def _watch(self, status: int) -> None:
        pipe = self.guardian.stdout
        sources: list[int] = [status] + ([pipe.fileno()] if pipe is not None else [])
        while status in sources:
            ready, _, _ = select.select(sources, [], [], TICK_S)
            for source in ready:
                data = os.read(source, 65536)
                if not data:
                    sources.remove(source)
                elif source == status:
                    self._take_status(data)
                else:
                    self.output += data
                    del self.output[:-TAIL_BYTES]
            self._decide()
        # What was written last is still in the pipe. A process that escaped may hold it open: do not wait for its end.
        while pipe is not None and pipe.fileno() in sources and select.select([pipe], [], [], 0)[0]:
            data = os.read(pipe.fileno(), 65536)
            if not data:
                break
            self.output += data

    def _decide(self) -> None:
        now = time.monotonic()
        word = self.calls.on_tick()
        if word and not self.ended_by:
            self._stop(word)
        if self.deadline is not None and now >= self.deadline and not self.ended_by:
            self._stop("deadline")
        while self.signals:
            number = self.signals.pop(0)
            if self.ended_by:
                self._order(b"K")
                continue
            self.ended_by = "interrupt" if number == signal.SIGINT else "terminate"
            self.kill_at = now + self.patience_s
            self.calls.on_interrupt()
            self._order(b"I" if number == signal.SIGINT else b"T")
        if self.kill_at is not None and now >= self.kill_at:
            self.kill_at = None
            self._order(b"K")

    def _stop(self, word: str) -> None:
        self.ended_by = word
        child = self._value("pid")
        if child:
            self.calls.before_kill(word, int(child))
        self._order(b"K")

    def _order(self, order: bytes) -> None:
        assert self.guardian.stdin is not None
        try:
            self.guardian.stdin.write(order)
            self.guardian.stdin.flush()
        except OSError:
            pass  # it has ended; its status line says how

    def _take_status(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.lines.append(json.loads(line))
            if "pid" in self.lines[-1]:
                self.calls.on_start(int(self.lines[-1]["pid"]))

    def _release(self, status: int) -> None:
        """Let go of the guardian: with its stdin closed it kills whatever is left and ends."""
        os.close(status)
        try:
            if self.guardian.stdin is not None:
                self.guardian.stdin.close()
        except OSError:
            pass
        try:
            self.guardian.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.guardian.kill()
            self.guardian.wait()
        if self.guardian.stdout is not None:
            self.guardian.stdout.close()
        child = self._value("pid")
        if child and self._value("returncode") is None:
            kill_all(None, child)  # the guardian itself was killed: the session it made is found by its number

    def _value(self, name: str) -> Any:
        return next((line[name] for line in self.lines if name in line), None)

    def _ending(self) -> Ended | Absent | Unknown:
        error = self._value("errno")
        if error is not None:
            if error in (2, 20):  # ENOENT, ENOTDIR
                return Absent()
            return Unknown("denied", f"{self.argv[0]}: {os.strerror(error)}")
        code = self._value("returncode")
        left = tuple(Leftover(int(p["pid"]), str(p["command"])) for p in self._value("left") or ())
        seconds = time.monotonic() - self.started
        text = self.output.decode("utf-8", "replace")
        return Ended(-signal.SIGKILL if code is None else int(code), self.ended_by, seconds, left, text)
