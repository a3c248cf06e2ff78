"""`tune`: measure the user's Sequence and model under their own interpreter, and choose how to make the batches."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from wslgpu.errors import UserError
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended, supervise
from wslgpu.training.audit import TAIL_LINES, check_file, find_source, raise_usage
from wslgpu.training.ending import last_lines, pass_on_stop, require_python
from wslgpu.training.events import Event, EventReader
from wslgpu.training.run_dir import make_run_dir
from wslgpu.training.tune_judge import judge_tune
from wslgpu.training.tune_model import Tuning

PAYLOAD = Path(__file__).resolve().parent / "payload_tune"
FEEDS = Path(__file__).resolve().parents[1] / "feeds"
SPARE_S = 2.0  # between the payload's own clock and the wall: the end of the last trial
CLEANING_S = 1.0  # to end what a trial has started, within the seconds that were promised
STILL_S = 12.0  # a trial that says nothing for so long hangs: what is measured by then counts
PHASES = {
    "items": "making batches in one thread",
    "two threads": "two threads",
    "pipe": "a batch through a pipe",
    "step": "a training step",
}
NAMES = {"single": "one process", "threads": "threads", "fork": "Keras' fork workers", "feed": "fork_feed"}


def run_tune(
    python: str,
    target: str,
    *,
    model: str = "",
    arguments: str = "",
    project: Path,
    seconds: float = 30.0,
    modes: tuple[str, ...] = ("single", "threads", "feed", "fork"),
    on_progress: Callable[[str], None] = lambda text: None,
) -> Tuning:
    """Tune `target` (and `model`, MODULE:NAME of a compiled model) under `python` within `seconds` of wall time.

    Importing TensorFlow is part of it. UserError: there is no such module, name or TensorFlow. Raises
    KeyboardInterrupt or Interrupted when wslgpu is told to stop.
    """
    began = time.monotonic()
    for named in (target, model) if model else (target,):
        check_file(project, named)
        source = find_source(project, named)
        if source is not None and source.trains_at is not None:
            raise UserError(
                f"{source.path}, line {source.trains_at}, trains whenever the file is imported; "
                'put that under `if __name__ == "__main__":`'
            )
    run_dir = make_run_dir("tune")
    try:
        reader, events = EventReader(run_dir / "events.jsonl"), list[Event]()
        heard = [time.monotonic()]

        def tick() -> str:
            new = reader.read()
            if new:
                heard[0] = time.monotonic()
            for event in new:
                events.append(event)
                say = describe_progress(event)
                if say:
                    on_progress(say)
            trying = bool(events) and events[-1]["event"] == "trial"
            return "still" if trying and time.monotonic() - heard[0] > STILL_S else ""

        argv = [python, str(PAYLOAD), "--run-dir", str(run_dir), "--target", target, f"--args={arguments}"]
        argv += ["--model", model, "--project", str(project), "--feeds", str(FEEDS), "--modes", ",".join(modes)]
        argv += ["--until", f"{began + seconds - SPARE_S:.3f}"]
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        variables.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        variables.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
        ended = supervise(
            argv,
            deadline_s=seconds - CLEANING_S,
            env=variables,
            cwd=str(project),
            patience_s=0.2,
            on_tick=tick,
            folder=str(run_dir),
        )
        tick()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    pass_on_stop(ended, "tune")
    ending = name_end(ended, events, python, seconds)
    raise_usage(events, target, project, python)
    _raise_unfit(events, target, model, python)
    tail = last_lines(ended, TAIL_LINES)
    return judge_tune(target, events, bool(model), time.monotonic() - began, ending, tail)


def describe_progress(event: Event) -> str:
    """What a person wants to know of an event while they wait; "" for nothing."""
    if event["event"] == "phase":
        return PHASES.get(event["name"], "")
    if event["event"] == "trial":
        number = f", {event['workers']} workers" if event["mode"] != "single" else ""
        return f"fit with {NAMES[event['mode']]}{number}"
    if event["event"] == "rate" and event["rate"]:
        return f"  {event['rate']:.1f} batches a second"
    return ""


def name_end(ended: Ended | Absent | Unknown, events: list[Event], python: str, seconds: float) -> str:
    """How the process ended where it did not end by itself; "" where it did. UserError: there is no python."""
    ended = require_python(ended, python)
    if ended.ended_by == "deadline":
        return f"not all was done within {seconds:g} s; give it more with --seconds"
    if ended.ended_by == "still":
        trial = next(event for event in reversed(events) if event["event"] == "trial")
        return f"{NAMES[trial['mode']]} hung: no batch for {STILL_S:g} s (see `wslgpu audit`)"
    broke = next((event for event in events if event["event"] == "broke"), None)
    if broke:
        return f"it stopped with {broke['kind']}: {broke['text']}"
    return f"it ended with code {ended.returncode}" if ended.returncode else ""


def _raise_unfit(events: list[Event], target: str, model: str, python: str) -> None:
    at_hand = False
    for event in events:
        at_hand = at_hand or event["event"] == "loaded"
        if event["event"] == "no-batches":
            raise UserError(f"{target} cannot be tuned: {event['text']}; `wslgpu audit {target}` says more")
        if event["event"] == "not-a-sequence":
            raise UserError(
                "tune works on a Sequence (__getitem__ and __len__); a generator has one way only, one thread"
            )
        if event["event"] == "no-tensorflow":
            raise UserError(
                f"{python} has no TensorFlow ({event['text']}); name an interpreter that has, with --python"
            )
        if event["event"] == "no-such-model":
            raise UserError(f"--model {model}: {event['module']} has no {event['name']}")
        if event["event"] == "no-model":
            raise UserError(
                f"--model {model} is no Keras model, nor a function that returns one, but a {event['kind']}"
            )
        if event["event"] == "not-compiled":
            raise UserError(f"--model {model}: the model is not compiled; call model.compile before it is returned")
        if event["event"] in ("cannot-import", "cannot-make"):
            line = event.get("line")
            where = f" ({line[0]}, line {line[1]})" if line else ""
            raise UserError(f"{f'--model {model}' if at_hand else target} cannot be used: {event['text']}{where}")
