"""The CUDA driver as libcuda itself describes it: which file was loaded, does it start, which cards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wslgpu.system.answers import Answers, Ran, Unknown
from wslgpu.system.wants import RunPython

WSL_LIBCUDA_PATH = "/usr/lib/wsl/lib/libcuda.so.1"
PROBE = RunPython(
    "cuda.probe",
    (Path(__file__).parent / "cuda_probe.py").read_text(encoding="utf-8"),
    (WSL_LIBCUDA_PATH,),
    deadline_s=20.0,  # a first cuInit after Windows started the GPU's VM takes seconds
)
WANTS = (PROBE,)


@dataclass(frozen=True)
class Gpu:
    """One card: `capability` is its compute capability, `memory` bytes."""

    index: int
    name: str
    capability: tuple[int, int]
    memory: int


@dataclass(frozen=True)
class CudaDriver:
    """`loaded`: how libcuda was found ("libcuda.so.1": by the loader; a path: only there), None where there is none.

    `files`: the files that the loader really mapped. `api`: the CUDA version that the driver speaks, as (12, 6).
    `init_code`: cuInit's answer, 0 is well. `driver`: the driver's own version, "560.94" (under WSL the Windows one).
    """

    loaded: str | Unknown | None
    load_errors: tuple[str, ...]
    files: tuple[str, ...]
    api: tuple[int, int] | Unknown | None
    init_code: int | Unknown | None
    gpus: tuple[Gpu, ...] | Unknown
    driver: str | Unknown | None


def read_cuda(answers: Answers) -> CudaDriver:
    """What the probe told before it ended, crashed or was stopped."""
    ran = answers.ran(PROBE.id)
    if ran is None:
        ran = Unknown("unreachable", "no python here to ask libcuda with")
    if isinstance(ran, Unknown):
        return CudaDriver(ran, (), (), ran, ran, ran, ran)
    steps = _steps(ran)
    load = _step(steps, "load")
    if load is None:
        gone = Unknown("crashed", f"the CUDA probe ended with {ran.exit} before libcuda was loaded")
        return CudaDriver(gone, (), (), gone, gone, gone, gone)
    errors, files = tuple(load.get("errors", ())), tuple(load.get("files", ()))
    if load.get("name") is None:
        return CudaDriver(None, errors, files, None, None, (), None)
    return CudaDriver(load["name"], errors, files, *_read_started(steps, ran))


def _read_started(
    steps: list[dict[str, Any]], ran: Ran
) -> tuple[tuple[int, int] | Unknown | None, int | Unknown | None, tuple[Gpu, ...] | Unknown, str | Unknown | None]:
    crash = Unknown("crashed", _describe_end(ran))
    api = _step(steps, "api")
    version = (api["version"] // 1000, api["version"] % 1000 // 10) if api and api.get("code") == 0 else None
    init = next((step["code"] for step in steps if step.get("step") == "init" and "code" in step), None)
    if init is None:
        return version, crash, crash, crash
    if init != 0:
        return version, init, (), None
    ended = _step(steps, "end") is not None
    gpus = tuple(
        Gpu(step["index"], step["name"], (step["capability"][0], step["capability"][1]), step["memory"])
        for step in steps
        if step.get("step") == "device"
    )
    driver = _step(steps, "driver")
    return version, init, gpus if ended or gpus else crash, driver["version"] if driver else (None if ended else crash)


def _describe_end(ran: Ran) -> str:
    said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    how = f"signal {-ran.exit}" if ran.exit < 0 else f"exit {ran.exit}"
    return f"libcuda ended the process that asked it ({how}){': ' + said[-1] if said else ''}"


def _steps(ran: Ran) -> list[dict[str, Any]]:
    steps = []
    for line in ran.stdout.decode("utf-8", "replace").splitlines():
        try:
            step = json.loads(line)
        except ValueError:
            continue
        if isinstance(step, dict):
            steps.append(step)
    return steps


def _step(steps: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((step for step in steps if step.get("step") == name), None)
