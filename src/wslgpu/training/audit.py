"""`audit`: run the user's own Sequence under its own interpreter, look at its source, and judge both."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from wslgpu.errors import UserError
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended, supervise
from wslgpu.training.audit_judge import judge_audit
from wslgpu.training.audit_model import Audit, Verdict
from wslgpu.training.audit_seen import Seen
from wslgpu.training.audit_source import Source, read_source
from wslgpu.training.ending import last_lines, pass_on_stop, require_python
from wslgpu.training.events import Event, EventReader
from wslgpu.training.run_dir import make_run_dir
from wslgpu.training.watchdog import signal_name

PAYLOAD = Path(__file__).resolve().parent / "payload_audit"
# Threads first: what they leave locked must not be taken for a fault of the fork, which has a process of its own.
RUNS = (("serial", "pickle", "threads"), ("fork",))
WORDS = {
    "serial": "one process, one thread",
    "pickle": "sending it to a spawned worker",
    "threads": "several threads at once",
    "fork": "forked workers at once",
}
TAIL_LINES = 20


def run_audit(
    python: str,
    target: str,
    *,
    arguments: str = "",
    project: Path,
    seconds: float = 8.0,
    deadline_s: float = 150.0,
    on_progress: Callable[[str], None] = lambda text: None,
) -> Audit:
    """Audit `target` (MODULE:NAME, or FILE.py:NAME) under `python`, in the folder `project`.

    `seconds`: for threads and for fork each. `deadline_s`: for each of the two processes. UserError: there is no such
    module or name, or it needs arguments. Raises KeyboardInterrupt or Interrupted when wslgpu is told to stop.
    """
    began = time.monotonic()
    check_file(project, target)
    source = find_source(project, target)
    if source is not None and source.trains_at is not None:
        event = {"event": "trains", "line": source.trains_at}
        return judge_trains(target, source, event, time.monotonic() - began)
    events: list[Event] = []
    endings: list[str] = []
    tail = ""
    for parts in RUNS:
        found, ended, tail_here = _run(python, target, arguments, project, seconds, deadline_s, parts, on_progress)
        events += found if not events else [event for event in found if event["event"] != "loaded"]
        raise_usage(found, target, project, python)
        ending = name_ending(ended, found, deadline_s, python)
        if ending:
            endings.append(ending)
            tail = tail or tail_here
        if not any(event["event"] == "loaded" for event in found):
            break
    file = next((event["file"] for event in events if event["event"] == "loaded" and event.get("file")), None)
    if file and (source is None or Path(source.path) != Path(file)):
        source = _read(Path(file)) or source
    return judge_audit(target, events, source, time.monotonic() - began, endings, tail)


def check_file(project: Path, target: str) -> None:
    """UserError where FILE.py of FILE.py:NAME is not there."""
    module = target.rpartition(":")[0]
    if module.endswith(".py") and not (project / module).is_file():
        raise UserError(f"there is no file {module} in {project}; write its path as seen from there, or name DIR")


def judge_trains(target: str, source: Source, event: Event, seconds: float) -> Audit:
    """A module that trains when it is imported is not imported."""
    seen = Seen([event], source, target.rpartition(":")[2])
    finding = seen.make("sequence-trains-on-import", line=event["line"], module=target.rpartition(":")[0])
    safe: dict[str, Verdict] = {"threads": "not known", "fork": "not known", "spawn": "unsafe"}
    return Audit(target, "", safe, "", (finding,), {"file": source.path}, seconds)


def find_source(project: Path, target: str) -> Source | None:
    """The file of MODULE as far as it can be found without importing anything: under `project`."""
    module = target.rpartition(":")[0]
    stem = Path(module) if module.endswith(".py") else Path(*module.split("."))
    candidates = [stem] if module.endswith(".py") else [stem.with_suffix(".py"), stem / "__init__.py"]
    for candidate in candidates:
        found = _read(project / candidate)
        if found is not None:
            return found
    return None


def _read(path: Path) -> Source | None:
    try:
        return read_source(str(path.resolve()), path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _run(
    python: str,
    target: str,
    arguments: str,
    project: Path,
    seconds: float,
    deadline_s: float,
    parts: tuple[str, ...],
    on_progress: Callable[[str], None],
) -> tuple[list[Event], Ended | Absent | Unknown, str]:
    run_dir = make_run_dir("audit")
    try:
        reader, events = EventReader(run_dir / "events.jsonl"), list[Event]()

        def tick() -> str:
            for event in reader.read():
                events.append(event)
                if event["event"] == "part" and event["name"] in parts:
                    on_progress(WORDS[event["name"]])
            return ""

        variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        variables["TMPDIR"] = str(run_dir)
        # A judgement of the code needs no GPU, and must not take the memory of one that is in use.
        variables["CUDA_VISIBLE_DEVICES"] = "-1"
        argv = [python, str(PAYLOAD), "--run-dir", str(run_dir), "--target", target, f"--args={arguments}"]
        argv += ["--project", str(project), "--seconds", f"{seconds:g}"]
        for part in parts:
            argv += ["--part", part]
        ended = supervise(
            argv,
            deadline_s=deadline_s,
            env=variables,
            cwd=str(project),
            patience_s=0.2,
            on_tick=tick,
            folder=str(run_dir),
        )
        tick()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    pass_on_stop(ended, "the audit")
    tail = last_lines(ended, TAIL_LINES)
    return events, ended, tail


def raise_usage(events: list[Event], target: str, project: Path, python: str) -> None:
    """UserError where what was named is not there, or is not what can be looked at."""
    module, _, name = target.rpartition(":")
    for event in events:
        if event["event"] == "cannot-import" and event["missing"] and event["missing"] == module.partition(".")[0]:
            raise UserError(f"{python} finds no module {module!r} from {project}; name the folder it is in, as DIR")
        if event["event"] == "no-such-name":
            near = f"; it has {', '.join(event['near'])}" if event["near"] else ""
            raise UserError(f"{module} has no {name}{near}")
        if event["event"] == "needs-args":
            raise UserError(f"{name}{event['signature']} needs arguments ({event['text']}): give them with --args")
        if event["event"] == "loaded" and event["kind"] == "other":
            raise UserError(f"{target} is no Sequence, generator or function that returns one, but {event['name']}")


def name_ending(ended: Ended | Absent | Unknown, events: list[Event], deadline_s: float, python: str) -> str:
    """How a process of the audit ended that did not end by itself; "" where it did. UserError: there is no python."""
    ended = require_python(ended, python)
    at = [event["name"] for event in events if event["event"] == "part"]
    where = WORDS[at[-1]] if at else "importing the module"
    if ended.ended_by == "deadline":
        return f"{where} was not done after {deadline_s:g} s"
    if ended.returncode < 0:
        return f"{where} ended the process by {signal_name(-ended.returncode)}"
    if ended.returncode and not any(event["event"] in ("broke", "cannot-import", "cannot-make") for event in events):
        return f"{where} ended the process with code {ended.returncode}"
    return ""
