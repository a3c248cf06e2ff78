"""Run a user's training under supervision: what hangs is named and ended, and nothing of it is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wslgpu.errors import UserError
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.ended import Ended
from wslgpu.training.environment import clean_for_run
from wslgpu.training.events import Event, EventReader
from wslgpu.training.outside_stacks import take_session_stacks
from wslgpu.training.run_dir import make_run_dir
from wslgpu.training.run_say import judge_input, render_finding, render_stacks
from wslgpu.training.unwatched import SLUG as NOT_WATCHED
from wslgpu.training.unwatched import WHY, describe_unwatched, find_unwatched, isolating_flag
from wslgpu.training.watchdog import (
    ENV_RUN_DIR,
    ENV_START_METHOD,
    ENV_STUCK_AFTER,
    KERAS_MODULES,
    judge_oom,
    read_oom_kills,
)

if sys.platform == "win32":
    from wslgpu.system.session_on_windows import read_cpu_ticks, supervise_on_windows
else:
    from wslgpu.system.session import supervise
    from wslgpu.training.watchdog import read_cpu_ticks

HERE = Path(__file__).resolve().parent
PATIENCE_S = 2.0  # with the killing after it, Ctrl-C is over within 3 s, also on a busy machine
LOOK_FOR_UNWATCHED_S = (4.0, 8.0, 16.0, 32.0, 64.0)  # TensorFlow is loaded within these, or matters little
GIVE_UP_S = 20.0  # after a finding `fit` has raised; a process that then does nothing for so long hangs elsewhere


@dataclass(frozen=True)
class RunResult:
    """How a supervised command ended: `exit_code` as the shell would see it, and what was found on the way."""

    exit_code: int
    ended: Ended
    findings: tuple[Event, ...]
    watched: bool


def run_command(
    argv: Sequence[str],
    *,
    deadline_s: float | None = None,
    stuck_after_s: float = 300.0,
    start_method: str = "auto",
    say: Callable[[str], None] = lambda text: None,
) -> RunResult:
    """Run `argv` with our stdout and stderr, and a watchdog inside every Python of it that trains with Keras.

    `deadline_s`: wall-clock limit in seconds, None for no limit. `stuck_after_s`: how long one batch may take.
    `start_method`: how Keras starts its workers; `auto` keeps what the process would do, but takes fork where the
    forkserver is merely Python 3.14's default. `say` gets each notice. UserError where `argv` cannot be started.
    """
    run_dir = make_run_dir("run")
    try:
        supervisor = _Supervisor(run_dir, say)
        env = _prepare(run_dir, os.environ, start_method, stuck_after_s, say)
        if flag := isolating_flag(argv):
            sentence = f"{WHY[flag]}: what hangs is not named; --deadline and the clean-up still work"
            supervisor.note(NOT_WATCHED, sentence)
        ended = _supervise(argv, deadline_s, env, supervisor)
        supervisor.tick()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    if isinstance(ended, Absent):
        raise UserError(f"there is no program {argv[0]!r}; what stands after `--` must be a command as you type it")
    if isinstance(ended, Unknown):
        raise UserError(f"{argv[0]!r} could not be started: {ended.detail}")
    supervisor.tell_end(ended, deadline_s)
    return RunResult(exit_code_of(ended), ended, tuple(supervisor.findings), supervisor.watched)


def _supervise(
    argv: Sequence[str], deadline_s: float | None, env: dict[str, str], supervisor: _Supervisor
) -> Ended | Absent | Unknown:
    if sys.platform == "win32":
        return supervise_on_windows(
            argv,
            deadline_s=deadline_s,
            env=env,
            patience_s=PATIENCE_S,
            on_tick=supervisor.tick,
            on_interrupt=supervisor.interrupt,
            before_kill=supervisor.tell_stacks,
        )
    return supervise(
        argv,
        deadline_s=deadline_s,
        env=env,
        inherit_output=True,
        patience_s=PATIENCE_S,
        on_tick=supervisor.tick,
        on_interrupt=supervisor.interrupt,
        on_start=supervisor.take_session,
        before_kill=supervisor.tell_stacks,
        folder=str(supervisor.run_dir),
    )


def exit_code_of(ended: Ended) -> int:
    """The child's own code, 128 + n for a signal, 130 for Ctrl-C, and 1 where wslgpu ended it of its own accord."""
    if ended.ended_by == "interrupt":
        return 130
    if ended.ended_by == "terminate":
        return 128 + signal.SIGTERM
    if ended.ended_by:
        return 1
    return ended.returncode if ended.returncode >= 0 else 128 - ended.returncode


def _prepare(
    run_dir: Path, environment: Mapping[str, str], start_method: str, stuck_after_s: float, say: Callable[[str], None]
) -> dict[str, str]:
    # A copy, so that no __pycache__ of the user's interpreter is written beside wslgpu's own files.
    bootstrap = run_dir / "bootstrap"
    bootstrap.mkdir()
    shutil.copy(HERE / "bootstrap" / "sitecustomize.py", bootstrap)
    # Not as `watchdog`: the bootstrap is on PYTHONPATH, and the package index has a watchdog, which programs import.
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "watchdog", bootstrap / "_wslgpu_watchdog", ignore=without_caches)
    folders = environment.get("LD_LIBRARY_PATH", "").split(":")
    files_of = {folder: tuple(os.listdir(folder)) for folder in folders if folder and Path(folder).is_dir()}
    clean = clean_for_run(environment, files_of, str(bootstrap))
    for line in clean.removed:
        say(f"not passed on: {line}")
    return clean.variables | {
        ENV_RUN_DIR: str(run_dir),
        ENV_START_METHOD: start_method,
        ENV_STUCK_AFTER: f"{stuck_after_s:g}",
        "WSLGPU_WATCHED_MODULES": ",".join(KERAS_MODULES),
    }


class _Supervisor:
    """Reads what the watchdog tells, passes it on, and ends what hangs although it was told to raise."""

    def __init__(self, run_dir: Path, say: Callable[[str], None]) -> None:
        self.run_dir = run_dir
        self.reader = EventReader(run_dir / "events.jsonl")
        self.say = say
        self.findings: list[Event] = []
        self.watched = False
        self.input: dict[int, Event] = {}
        self.oom_before = read_oom_kills()
        self.hanging: int | None = None  # the process that was told to raise
        self.last_ticks: int | None = None
        self.last_move = self.started = time.monotonic()
        self.session: int | None = None
        self.looks = list(LOOK_FOR_UNWATCHED_S)
        self.unwatched: set[int] = set()

    def take_session(self, pid: int) -> None:
        self.session = pid

    def interrupt(self) -> None:
        """Tell the watchdog: what waits for a batch is to raise, so that Python gets to its KeyboardInterrupt."""
        (self.run_dir / "interrupt").touch()

    def tick(self) -> str:
        for event in self.reader.read():
            self._take(event)
        if self.looks and self.session is not None and time.monotonic() - self.started > self.looks[0]:
            self.looks.pop(0)
            self._look_for_unwatched(self.session)
        return "hang" if self.hanging is not None and self._stands_still(self.hanging) else ""

    def note(self, slug: str, sentence: str) -> None:
        """A finding that is not the watchdog's own. It ends nothing."""
        self._find({"event": "finding", "slug": slug, "sentence": sentence, "pid": os.getpid(), "hangs": False})

    def _find(self, event: Event) -> None:
        self.findings.append(event)
        self.say(render_finding(event))

    def _take(self, event: Event) -> None:
        if event["event"] == "watching":
            self.watched = True
        elif event["event"] == "input":
            self.input[int(event["pid"])] = event
        elif event["event"] == "slow":
            self.say(f"worker {event['worker']} has been at batch {event['batch']} for {event['seconds']:g} s")
        elif event["event"] == "finding":
            self._find(event)
            if event.get("hangs", True):
                self.hanging = int(event["pid"])
                self.last_ticks, self.last_move = None, time.monotonic()
        elif event["event"] == "watchdog-error":
            self.say(f"the watchdog stumbled and goes on: {event['text']}")

    def _look_for_unwatched(self, session: int) -> None:
        for pid, argv in find_unwatched(self.run_dir, session):
            if pid not in self.unwatched:
                self.unwatched.add(pid)
                self.note(NOT_WATCHED, describe_unwatched(pid, argv))

    def _stands_still(self, pid: int) -> bool:
        ticks, now = read_cpu_ticks(pid), time.monotonic()
        # The watchdog's own thread uses a tick now and then; a training that goes on uses far more.
        if ticks is None or self.last_ticks is None or ticks - self.last_ticks > 20:
            self.last_ticks, self.last_move = ticks, now
        return ticks is not None and now - self.last_move > GIVE_UP_S

    def tell_stacks(self, word: str, pid: int) -> None:
        """Where everybody stands, before all of it is killed."""
        stacks = take_session_stacks(self.run_dir)
        if stacks:
            self.say("\n".join(["where it stood:", *render_stacks({"pid": next(iter(stacks)), "stacks": stacks})]))

    def tell_end(self, ended: Ended, deadline_s: float | None) -> None:
        if ended.ended_by == "deadline":
            self.say(f"not done after {deadline_s:g} s: ended, as asked for")
        elif ended.ended_by == "hang":
            self.say(f"it still hung {GIVE_UP_S:g} s after the finding above: ended")
        elif os.name != "nt" and ended.returncode == -signal.SIGKILL and judge_oom(self.oom_before, read_oom_kills()):
            self.note("oom-killed", "The kernel killed the training for want of memory.")
        for event in self.input.values():
            if text := judge_input(event):
                self.note("input-bound", text)
        for process in ended.left_behind:
            self.say(f"left behind and ended: {process.pid} {process.command}")
