"""Run a user's training under supervision: what hangs is named and ended, and nothing of it is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wslgpu.errors import UserError
from wslgpu.packaged import packaged_folder
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended, supervise
from wslgpu.training.environment import clean_for_run
from wslgpu.training.events import Event, EventReader
from wslgpu.training.watchdog import (
    ENV_RUN_DIR,
    ENV_START_METHOD,
    ENV_STUCK_AFTER,
    KERAS_MODULES,
    judge_oom,
    read_cpu_ticks,
    read_oom_kills,
)

HERE = Path(__file__).resolve().parent
PATIENCE_S = 2.4  # with the killing after it, Ctrl-C is over within 3 s
INPUT_TOLD_FROM_S = 5.0
INPUT_BOUND = 0.5  # of the time between the first and the last batch; told, never judged
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
    run_dir = Path(tempfile.mkdtemp(prefix="wslgpu-run-"))
    try:
        supervisor = _Supervisor(run_dir, say)
        ended = supervise(
            argv,
            deadline_s=deadline_s,
            env=_prepare(run_dir, os.environ, start_method, stuck_after_s, say),
            inherit_output=True,
            patience_s=PATIENCE_S,
            on_tick=supervisor.tick,
            on_interrupt=(run_dir / "interrupt").touch,
            folder=str(run_dir),
        )
        supervisor.tick()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    if isinstance(ended, Absent):
        raise UserError(f"there is no program {argv[0]!r}; what stands after `--` must be a command as you type it")
    if isinstance(ended, Unknown):
        raise UserError(f"{argv[0]!r} could not be started: {ended.detail}")
    supervisor.tell_end(ended, deadline_s)
    return RunResult(exit_code_of(ended), ended, tuple(supervisor.findings), supervisor.watched)


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
        self.reader = EventReader(run_dir / "events.jsonl")
        self.say = say
        self.findings: list[Event] = []
        self.watched = False
        self.input: dict[int, Event] = {}
        self.oom_before = read_oom_kills()
        self.last_ticks: int | None = None
        self.last_move = time.monotonic()

    def tick(self) -> str:
        for event in self.reader.read():
            self._take(event)
        return "hang" if self.findings and self._stands_still(int(self.findings[-1]["pid"])) else ""

    def _take(self, event: Event) -> None:
        if event["event"] == "watching":
            self.watched = True
        elif event["event"] == "input":
            self.input[int(event["pid"])] = event
        elif event["event"] == "slow":
            self.say(f"worker {event['worker']} has been at batch {event['batch']} for {event['seconds']:g} s")
        elif event["event"] == "finding":
            self.findings.append(event)
            self.last_ticks, self.last_move = None, time.monotonic()
            lines = [f"[{event['slug']}] {event['sentence']}", *render_stacks(event)]
            self.say("\n".join([*lines, *render_more(event["slug"])]))
        elif event["event"] == "watchdog-error":
            self.say(f"the watchdog stumbled and goes on: {event['text']}")

    def _stands_still(self, pid: int) -> bool:
        ticks, now = read_cpu_ticks(pid), time.monotonic()
        # The watchdog's own thread uses a tick now and then; a training that goes on uses far more.
        if ticks is None or self.last_ticks is None or ticks - self.last_ticks > 20:
            self.last_ticks, self.last_move = ticks, now
        return ticks is not None and now - self.last_move > GIVE_UP_S

    def tell_end(self, ended: Ended, deadline_s: float | None) -> None:
        if ended.ended_by == "deadline":
            self.say(f"not done after {deadline_s:g} s: ended, as asked for")
        elif ended.ended_by == "hang":
            self.say(f"it still hung {GIVE_UP_S:g} s after the finding above: ended")
        elif ended.returncode == -signal.SIGKILL and judge_oom(self.oom_before, read_oom_kills()):
            lines = ["[oom-killed] the kernel killed the training for want of memory", *render_more("oom-killed")]
            self.say("\n".join(lines))
        for event in self.input.values():
            if text := judge_input(event):
                self.say("\n".join([text, *render_more("input-bound")]))
        for process in ended.left_behind:
            self.say(f"left behind and ended: {process.pid} {process.command}")


def judge_input(event: Event) -> str:
    """What to say of a training that mostly waited for its batches; nothing where it did not, or was too short."""
    waited, used = float(event["waited_s"]), float(event["used_s"])
    total = waited + used
    if event["batches"] < 20 or total < INPUT_TOLD_FROM_S or waited < INPUT_BOUND * total:
        return ""
    return (
        f"[input-bound] fit waited {waited:.1f} of {total:.1f} s ({100 * waited / total:.0f} %) for its"
        f" {event['batches']} batches; more workers or a cheaper __getitem__ would help, a faster GPU would not"
    )


def render_more(slug: str) -> list[str]:
    """Where to read on; nothing where the finding has no page."""
    try:
        there = (packaged_folder("findings") / f"{slug}.md").exists()
    except FileNotFoundError:
        there = False
    return [f"More: wslgpu explain {slug}"] * there


def render_stacks(event: Event) -> list[str]:
    """The Python stacks of a finding, the training process first: where each stands, and the user's own lines."""
    lines = []
    for pid, dump in event.get("stacks", {}).items():
        lines.append(f"  process {pid} ({'the training' if pid == str(event['pid']) else 'worker'}) stands in")
        lines += [f"    {line}" for line in pick_frames(dump)] or ["    no Python code that could be read"]
    return lines


def pick_frames(dump: str) -> list[str]:
    """Of a faulthandler dump's main thread (its last): the innermost frame, and all that are not a library's."""
    frames = [line.strip() for line in dump.strip().split("\n\n")[-1].splitlines() if line.strip().startswith("File ")]
    own = [f for f in frames[1:] if not any(mark in f for mark in ("/site-packages/", "/lib/python", "/bootstrap/"))]
    return frames[:1] + own
