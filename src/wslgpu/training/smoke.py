"""The smoke: train through fork under a venv's python, and say what was proved. Never hangs, leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended
from wslgpu.training.ending import last_lines, pass_on_stop
from wslgpu.training.environment import CleanEnvironment, clean_for_smoke
from wslgpu.training.events import Event
from wslgpu.training.kernels import KernelReport, expects_gpu, run_kernels
from wslgpu.training.run_dir import make_run_dir
from wslgpu.training.run_say import render_stacks
from wslgpu.training.smoke_compare import run_comparison
from wslgpu.training.smoke_evidence import describe_evidence
from wslgpu.training.smoke_judge import Problem, Status, judge_device, last
from wslgpu.training.smoke_part import Request, run_part
from wslgpu.training.smoke_steps import ProofStep, judge_steps
from wslgpu.training.watchdog import judge_oom, read_oom_kills, signal_name

TAIL_LINES = 40
ERROR_LINE = re.compile(r"[A-Za-z_.]*(Error|Exception): .")


@dataclass(frozen=True)
class SmokeResult:
    """What the smoke showed. `sentence` is the verdict; `evidence` holds only values that JSON knows."""

    status: Status
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()
    stderr_tail: str = ""
    steps: tuple[ProofStep, ...] = ()


def run_smoke(
    python: Path,
    *,
    want_device: Literal["auto", "gpu", "cpu"] = "auto",
    deadline_s: float = 300.0,
    workers: int | None = None,
    kernels: bool | None = None,
    compare: bool = False,
    on_progress: Callable[[str], None] = lambda text: None,
) -> SmokeResult:
    """Train the payload's model under `python`, in one process and through fork, within `deadline_s` seconds.

    `workers`: processes of the forked way, 2 unless given, never fewer. `on_progress` gets a line now and then.
    `kernels`: whether single operations are compared with numpy first; None: where a GPU is expected.
    `compare`: once it is proved, also measure the other ways of making batches; they decide nothing.
    Raises KeyboardInterrupt or Interrupted when wslgpu is told to stop; the training is gone by then.
    """
    run_dir = make_run_dir("smoke")
    try:
        clean = clean_for_smoke(os.environ, str(run_dir), want_device)
        oom_before, began = read_oom_kills(), time.monotonic()
        tried: KernelReport | None = None
        if expects_gpu(want_device) if kernels is None else kernels:
            tried = run_kernels(
                python,
                run_dir,
                want_device=want_device,
                variables=clean.variables,
                deadline_s=deadline_s,
                on_progress=on_progress,
            )
            if tried.problems or tried.out_of_time:
                return _ended_at_kernels(tried)
        request = Request(python, want_device, max(2, workers or 2), clean.variables, on_progress)
        for_proof = max(1.0, deadline_s - (tried.seconds if tried else 0.0))
        ended, events = run_part(request, "proof", run_dir, for_proof)
        result = judge_smoke(
            python, ended, events, want_device, clean, judge_oom(oom_before, read_oom_kills()), for_proof
        )
        if tried:
            result = replace(result, evidence={**result.evidence, "kernels": list(tried.evidence)})
        if compare and result.status == "ok":
            comparison, steps = run_comparison(request, run_dir, deadline_s - (time.monotonic() - began))
            result = replace(
                result, evidence={**result.evidence, "comparison": comparison}, steps=(*result.steps, *steps)
            )
        return result
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def _ended_at_kernels(tried: KernelReport) -> SmokeResult:
    """No training after an operation that fails: it would fail again, after minutes and with a vaguer message."""
    evidence = {"synthetic": True, "seconds": round(tried.seconds, 1), "kernels": list(tried.evidence)}
    if tried.out_of_time:
        sentence = f"The smoke was not done after {tried.seconds:g} s and was ended; it was at: {tried.out_of_time}."
        return SmokeResult("unknown", sentence, evidence, (), tried.tail)
    return SmokeResult("fail", tried.problems[0].sentence, evidence, _plain(tried.problems), tried.tail)


def judge_smoke(
    python: Path,
    ended: Ended | Absent | Unknown,
    events: Sequence[Event],
    want_device: str,
    clean: CleanEnvironment,
    oom: bool,
    deadline_s: float,
) -> SmokeResult:
    """The verdict on a smoke that has ended, however it ended. Pure but for the interrupt, which it passes on."""
    pass_on_stop(ended, "the smoke")
    if isinstance(ended, Absent):
        return _failed("smoke-python-missing", f"There is no python at {python}.")
    if isinstance(ended, Unknown):
        return SmokeResult("unknown", f"{python} could not be started: {ended.detail or ended}.")
    tail = last_lines(ended, TAIL_LINES)
    evidence = describe_evidence(events, ended, clean.removed)
    if ended.ended_by == "deadline":
        at = last(events, "progress").get("text", "starting Python")
        found = [Problem(e["slug"], e["sentence"]) for e in events if e["event"] == "finding"]
        sentence = f"The smoke was not done after {deadline_s:g} s and was ended; it was at: {at}."
        so_far = tuple(judge_steps(events, want_device))
        tail = "\n".join([tail, *render_stacks(last(events, "stacks"))]).strip()
        return SmokeResult("fail" if found else "unknown", sentence, evidence, _plain(found), tail, so_far)
    steps = list(judge_steps(events, want_device))
    problems = list(_find_stops(python, ended, events, oom, want_device))
    if last(events, "result"):
        problems += (problem for step in steps for problem in step.problems)
    if ended.left_behind:
        names = ", ".join(f"{p.pid} ({p.command})" for p in ended.left_behind)
        problems.append(Problem("smoke-left-behind", f"Processes outlived the training and were killed: {names}."))
    steps.append(judge_left(problems))
    if problems:
        return SmokeResult("fail", problems[0].sentence, evidence, _plain(problems), tail, tuple(steps))
    return SmokeResult("ok", _sentence(evidence), evidence, (), tail, tuple(steps))


def judge_left(problems: Sequence[Problem]) -> ProofStep:
    """The last step: what is still there when the training is over."""
    left = [problem for problem in problems if problem.slug == "smoke-left-behind"]
    sentence = left[0].sentence if left else "no process outlived the training"
    title = "nothing is left behind"
    return ProofStep("nothing-left", title, "fail" if left else "ok", sentence, {}, tuple(left))


def _find_stops(python: Path, ended: Ended, events: Sequence[Event], oom: bool, want_device: str) -> list[Problem]:
    """Why the payload did not get to its end, the cause first; nothing where it did."""
    found = [Problem(e["slug"], e["sentence"]) for e in events if e["event"] == "finding"]
    missing, error = last(events, "no-tensorflow"), last(events, "error")
    if missing and missing["missing"]:
        found.append(Problem("smoke-no-tensorflow", f"TensorFlow is not installed for {python} ({missing['text']})."))
    elif missing:
        found.append(Problem("smoke-import-failed", f"TensorFlow cannot be imported: {missing['text']}"))
    if last(events, "imported") and not last(events, "prepared"):
        found += judge_device(last(events, "imported"), {"placement": [], "output_device": "no device"}, want_device)
    if error and not found:
        found.append(Problem("smoke-error", f"The training stopped with {error['kind']}: {pick_line(error['text'])}"))
    if ended.returncode < 0:
        name, at = signal_name(-ended.returncode), last(events, "progress").get("text", "starting Python")
        if ended.returncode == -signal.SIGKILL and oom:
            found.append(Problem("oom-killed", f"The kernel killed the training for want of memory; it was at: {at}."))
        else:
            hint = "; this processor lacks instructions that this TensorFlow needs" if name == "SIGILL" else ""
            found.append(Problem("smoke-crashed", f"The training was ended by {name}; it was at: {at}{hint}."))
    elif not found and (ended.returncode or not last(events, "result")):
        lines = [line for line in ended.output.splitlines() if line.strip()]
        said = f": {lines[-1].strip()[:300]}" if lines else ""
        found.append(Problem("smoke-error", f"The training ended with code {ended.returncode} before its end{said}"))
    return found


def pick_line(text: str) -> str:
    """The line of an error's text that says most: TensorFlow wraps the traceback of what really happened."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    telling = [line for line in lines if ERROR_LINE.match(line)]
    line = telling[-1] if telling else lines[0]
    if "SemLock" in text or "semaphore" in text:
        line += " (multiprocessing keeps its locks in /dev/shm: it is full, missing or not writable)"
    return line[:400]


def _sentence(evidence: dict[str, Any]) -> str:
    fork = evidence["deliveries"]["fork"]
    return (
        f"TensorFlow {evidence['tensorflow']} trained a Sequence through fork on {evidence['device']}: "
        f"{evidence['workers_side_by_side']} workers, {fork['training'] + fork['validation']} batches, each once and "
        f"in order, the same losses as in one process, accuracy {evidence['accuracy']['fork']:.2f}."
    )


def _failed(slug: str, sentence: str) -> SmokeResult:
    return SmokeResult("fail", sentence, {}, ((slug, sentence),))


def _plain(problems: Sequence[Problem]) -> tuple[tuple[str, str], ...]:
    return tuple((problem.slug, problem.sentence) for problem in problems)
