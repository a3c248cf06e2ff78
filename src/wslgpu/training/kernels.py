"""The GPU part of the smoke: single operations, each in a child of its own with a deadline, compared with numpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wslgpu.system.session import Ended, supervise
from wslgpu.training.ending import last_lines, pass_on_stop
from wslgpu.training.events import EventReader
from wslgpu.training.kernel_judge import KernelRun, describe_kernel, judge_kernel
from wslgpu.training.smoke_judge import Problem

PAYLOAD = Path(__file__).resolve().parent / "payload_kernels.py"
OPERATIONS = ("matmul", "conv", "jit")
# TensorFlow's import and a first CUDA context take 10 s; PTX for a newer card is compiled for minutes.
DEADLINE_S = 120.0
TAIL_LINES = 40
GPU_NODES = ("/dev/dxg", "/dev/nvidia0", "/dev/nvidiactl")


@dataclass(frozen=True)
class KernelReport:
    """What is wrong, the evidence, what the failed operation wrote, and the seconds that all took.

    `out_of_time`: the operation that the smoke's own time ended early, which says nothing against it; "" for none.
    """

    problems: tuple[Problem, ...]
    evidence: tuple[dict[str, Any], ...]
    tail: str
    seconds: float
    out_of_time: str = ""


def expects_gpu(want_device: str) -> bool:
    """Whether operations are to be tried first: the CPU's smoke stays as short as it is."""
    return want_device == "gpu" or (want_device == "auto" and any(Path(node).exists() for node in GPU_NODES))


def run_kernels(
    python: Path,
    run_dir: Path,
    *,
    want_device: str,
    variables: Mapping[str, str],
    deadline_s: float,
    on_progress: Callable[[str], None],
) -> KernelReport:
    """Each operation until one fails: what follows would only fail again. Never longer than `deadline_s` in all.

    Where TensorFlow sees no GPU, or cannot be imported, nothing is said: the training says it.
    Raises KeyboardInterrupt or Interrupted when wslgpu is told to stop.
    """
    began, evidence = time.monotonic(), list[dict[str, Any]]()
    for operation in OPERATIONS:
        left = deadline_s - (time.monotonic() - began)
        on_progress(f"{operation}: compared with numpy")
        run = _run_one(python, run_dir, operation, want_device, variables, max(1.0, min(DEADLINE_S, left)))
        if run is None:
            break
        if run.ended.ended_by == "deadline" and left < DEADLINE_S:
            return KernelReport(
                (), tuple(evidence), last_lines(run.ended, TAIL_LINES), deadline_s, f"{operation}, {run.at}"
            )
        problems = judge_kernel(run)
        if problems or (run.no_gpu and want_device != "cpu"):
            tail = last_lines(run.ended, TAIL_LINES) if problems else ""
            evidence += [describe_kernel(run)] if problems else []
            return KernelReport(problems, tuple(evidence), tail, time.monotonic() - began)
        evidence.append(describe_kernel(run))
        if not evidence[-1]["results"] and "skipped" not in evidence[-1]:
            evidence.pop()
            break
    return KernelReport((), tuple(evidence), "", time.monotonic() - began)


def _run_one(
    python: Path, run_dir: Path, operation: str, want_device: str, variables: Mapping[str, str], deadline_s: float
) -> KernelRun | None:
    events = run_dir / f"{operation}.jsonl"
    argv = [str(python), str(PAYLOAD), "--operation", operation, "--device", want_device, "--events", str(events)]
    ended = supervise(argv, deadline_s=deadline_s, env=variables, cwd=str(run_dir), patience_s=0.2, folder=str(run_dir))
    if not isinstance(ended, Ended):
        return None  # there is no such python: the training says it
    pass_on_stop(ended, "the smoke")
    return KernelRun(operation, want_device, ended, EventReader(events).read(), deadline_s)
