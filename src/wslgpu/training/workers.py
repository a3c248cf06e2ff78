"""One training over several machines: this machine's part of it, supervised. Nobody waits for ever for a dead one."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.peers import PeerWatch, Silence
from wslgpu.system.session import Ended, supervise
from wslgpu.training.ending import pass_on_stop
from wslgpu.training.environment import clean_for_smoke
from wslgpu.training.events import Event, EventReader
from wslgpu.training.outside_stacks import take_session_stacks
from wslgpu.training.run_dir import make_run_dir
from wslgpu.training.smoke import SmokeResult
from wslgpu.training.smoke_judge import last
from wslgpu.training.smoke_part import FEEDS, PAYLOAD, WATCHDOG
from wslgpu.training.workers_judge import Seen, judge_worker

HERE = Path(__file__).resolve().parent
PART = HERE / "payload_workers"
LOST_AFTER_S = 4.0  # a machine that has just been through answers within a second again
STANDS_STILL_S = 60.0
STUCK_AFTER_S = 45.0  # for one batch, some 40 ms of work: before a machine counts as standing still, the cause is named
# gRPC would send what goes to a neighbour through a company's proxy, which does not know it.
PROXIES = ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Part:
    """This machine's part. `machines`: host:port of all, in the same order everywhere; `index`: which one this is.

    `join_s`: how long the others are waited for; `deadline_s`: for all of it.
    """

    python: Path
    machines: tuple[str, ...]
    index: int
    device: str = "auto"
    workers: int = 2
    deadline_s: float = 300.0
    join_s: float = 120.0

    @property
    def others(self) -> dict[str, int]:
        """The index of each other machine by its address."""
        return {address: index for index, address in enumerate(self.machines) if index != self.index}


def run_worker(part: Part, on_progress: Callable[[str], None], stop: threading.Event | None = None) -> SmokeResult:
    """Train this machine's part to its end, or until another machine is lost. `stop` ends it from another thread.

    Raises KeyboardInterrupt or Interrupted when wslgpu is told to stop; the training is gone by then.
    """
    run_dir = make_run_dir("workers")
    events: list[Event] = []
    try:
        with PeerWatch(tuple(part.others)) as peers:
            ended = _supervise(part, run_dir, events, peers, on_progress, stop or threading.Event())
            silent = _look_again(peers, ended, events)
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    pass_on_stop(ended, "the smoke")
    seen = Seen(tuple(part.machines), part.index, events, silent, part.deadline_s, part.join_s)
    return judge_worker(str(part.python), ended, seen)


def _supervise(
    part: Part,
    run_dir: Path,
    events: list[Event],
    peers: PeerWatch,
    on_progress: Callable[[str], None],
    stop: threading.Event,
) -> Ended | Absent | Unknown:
    payload = run_dir / "payload"
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PAYLOAD, payload, ignore=without_caches)
    shutil.copytree(PART, payload, ignore=without_caches, dirs_exist_ok=True)
    reader, began = EventReader(run_dir / "events.jsonl"), time.monotonic()
    moved = {"": began}  # when the last event came, and the first one of each kind

    def tick() -> str:
        for event in reader.read():
            events.append(event)
            moved[""] = time.monotonic()
            moved.setdefault(str(event["event"]), moved[""])
            if event["event"] == "progress":
                on_progress(str(event["text"]))
        return "stop" if stop.is_set() else _judge_waiting(part, peers, began, moved)

    def before_kill(word: str, pid: int) -> None:
        if word in ("still", "join", "deadline"):  # else the reason is known
            events.append({"event": "stacks", "pid": pid, "stacks": take_session_stacks(run_dir)})

    argv = [str(part.python), str(payload), "--run-dir", str(run_dir), "--cluster", ",".join(part.machines)]
    argv += ["--index", str(part.index), "--watchdog", str(WATCHDOG), "--device", part.device]
    argv += ["--workers", str(part.workers), "--feeds", str(FEEDS), "--stuck-after", f"{STUCK_AFTER_S:g}"]
    env = _environment(os.environ, str(run_dir), part.device)
    ended = supervise(
        argv,
        deadline_s=part.deadline_s,
        env=env,
        cwd=str(run_dir),
        patience_s=0.2,
        on_tick=tick,
        before_kill=before_kill,
        folder=str(run_dir),
    )
    tick()
    return ended


def _environment(environment: Mapping[str, str], run_dir: str, device: str) -> dict[str, str]:
    variables = clean_for_smoke(environment, run_dir, device).variables
    return {name: value for name, value in variables.items() if name not in (*PROXIES, "TF_CONFIG")}


def _judge_waiting(part: Part, peers: PeerWatch, began: float, moved: Mapping[str, float]) -> str:
    """Why this part is to be ended now; "" where it may go on."""
    now = time.monotonic()
    if "result" in moved:
        return ""
    if "joined" not in moved:
        return "join" if now - began > part.join_s else ""
    # Before all had joined a port was silent because its machine was not there yet; after all have trained and compared
    # nobody is needed any more, and a faster machine may go.
    if "trained" not in moved and now - moved["joined"] > LOST_AFTER_S and peers.silent(LOST_AFTER_S):
        return "lost"
    return "still" if now - moved[""] > STANDS_STILL_S else ""


def _look_again(peers: PeerWatch, ended: Ended | Absent | Unknown, events: Sequence[Event]) -> tuple[Silence, ...]:
    """Who does not answer. TensorFlow may raise before the watch has seen it: then wait for one more look."""
    if not isinstance(ended, Ended) or last(events, "result"):
        return ()
    until = time.monotonic() + LOST_AFTER_S
    while not peers.silent() and not ended.ended_by and time.monotonic() < until:
        time.sleep(0.2)
    return peers.silent()
