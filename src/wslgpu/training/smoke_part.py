"""Run one part of the smoke's payload under a venv's python, supervised, and read what it told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended, supervise
from wslgpu.training.events import Event, EventReader
from wslgpu.training.outside_stacks import abort_for_stack, take_session_stacks

HERE = Path(__file__).resolve().parent
PAYLOAD, WATCHDOG, FEEDS = HERE / "payload_smoke", HERE / "watchdog", HERE.parent / "feeds"
STUCK_AFTER_S = 30.0  # an item costs some 15 ms; on the slowest machine this is far beyond it

Part = Literal["proof", "ways", "starts"]


@dataclass(frozen=True)
class Request:
    """What every part is asked with. `variables`: the whole environment of the child."""

    python: Path
    device: str
    workers: int
    variables: Mapping[str, str]
    on_progress: Callable[[str], None]


def run_part(
    request: Request, part: Part, run_dir: Path, deadline_s: float
) -> tuple[Ended | Absent | Unknown, list[Event]]:
    """How it ended, and its events, oldest first. `run_dir`, a folder of its own, is left to the caller to remove."""
    # A copy, so that no __pycache__ of the user's interpreter is written beside wslgpu's own files.
    payload = run_dir / "payload"
    shutil.copytree(PAYLOAD, payload, ignore=shutil.ignore_patterns("__pycache__"))
    reader, events = EventReader(run_dir / "events.jsonl"), list[Event]()

    def tick() -> str:
        for event in reader.read():
            events.append(event)
            if event["event"] == "progress":
                request.on_progress(str(event["text"]))
        return ""

    def before_kill(word: str, pid: int) -> None:
        stacks = take_session_stacks(run_dir)
        events.append({"event": "stacks", "t": time.time(), "pid": pid, "stacks": stacks})
        if str(pid) not in stacks:
            abort_for_stack(pid)

    argv = [str(request.python), str(payload), "--run-dir", str(run_dir), "--part", part]
    argv += ["--watchdog", str(WATCHDOG), "--feeds", str(FEEDS)]
    argv += ["--device", request.device, "--workers", str(request.workers)]
    argv += ["--stuck-after", f"{min(STUCK_AFTER_S, deadline_s / 3):g}"]
    ended = supervise(
        argv,
        deadline_s=deadline_s,
        env=dict(request.variables),
        cwd=str(run_dir),
        patience_s=0.2,
        on_tick=tick,
        before_kill=before_kill,
        folder=str(run_dir),
    )
    tick()
    return ended, events
