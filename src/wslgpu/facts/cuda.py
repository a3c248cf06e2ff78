"""The CUDA driver as libcuda itself describes it: which file was loaded, does it start, which cards.

Where libcuda could not be asked (a recording by hand), what nvidia-smi printed serves for the driver's versions.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wslgpu.facts.shapes import to_bytes, whole
from wslgpu.system.answers import Absent, Answers, Ran, Unknown, Value
from wslgpu.system.wants import Run, RunPython, Want

if TYPE_CHECKING:
    from wslgpu.facts.transcripts.nvidia_smi import NvidiaSmi

WSL_LIBCUDA_PATH = "/usr/lib/wsl/lib/libcuda.so.1"
PROBE = RunPython(
    "cuda.probe",
    (Path(__file__).parent / "cuda_probe.py").read_text(encoding="utf-8"),
    (WSL_LIBCUDA_PATH,),
    deadline_s=20.0,  # a first cuInit after Windows started the GPU's VM takes seconds
)
WSL_SMI = Run("gpu.nvidia_smi", ("/usr/lib/wsl/lib/nvidia-smi",), deadline_s=10.0)
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
    `used`: bytes of each card's memory that something holds. `smi`: what nvidia-smi printed, and `smi_exit` how it
    ended; it is asked only where libcuda does not answer well.
    """

    loaded: str | Unknown | None
    load_errors: tuple[str, ...]
    files: tuple[str, ...]
    api: tuple[int, int] | Unknown | None
    init_code: int | Unknown | None
    gpus: tuple[Gpu, ...] | Unknown
    driver: str | Unknown | None
    used: tuple[int, ...] = ()
    nvml_code: int | None = None
    smi: NvidiaSmi | None = None
    smi_exit: int | None = None

    @property
    def driver_version(self) -> str | None:
        """The driver's version from whoever told it."""
        if isinstance(self.driver, str):
            return self.driver
        return self.smi.driver if self.smi else None

    @property
    def api_version(self) -> tuple[int, int] | None:
        """The CUDA version that the driver speaks, from whoever told it."""
        if isinstance(self.api, tuple):
            return self.api
        return _read_version(self.smi.cuda) if self.smi and self.smi.cuda else None


def wants_of_broken_driver(answers: Answers) -> tuple[Want, ...]:
    """The second question: where CUDA does not start, nvidia-smi may say why, in words that people search for."""
    driver = read_cuda(answers)
    well = driver.init_code == 0 or driver.loaded is None
    return () if well or isinstance(answers[PROBE.id], Absent) else (WSL_SMI,)


def read_cuda(answers: Answers) -> CudaDriver:
    """What the probe told before it ended, crashed or was stopped."""
    smi, smi_exit = _read_smi(answers)
    answer = answers[PROBE.id]
    if isinstance(answer, Value) and isinstance(answer.value, dict):
        return _read_told(answer.value, smi, smi_exit)
    ran = answers.ran(PROBE.id)
    if ran is None:
        ran = Unknown("unreachable", "no python here to ask libcuda with")
    if isinstance(ran, Unknown):
        return CudaDriver(ran, (), (), ran, ran, ran, ran, smi=smi, smi_exit=smi_exit)
    steps = _steps(ran)
    load = _step(steps, "load")
    if load is None:
        gone = Unknown("crashed", f"the CUDA probe ended with {ran.exit} before libcuda was loaded")
        return CudaDriver(gone, (), (), gone, gone, gone, gone, smi=smi, smi_exit=smi_exit)
    errors, files = _texts(load.get("errors")), _texts(load.get("files"))
    if load.get("name") is None:
        return CudaDriver(None, errors, files, None, None, (), None, smi=smi, smi_exit=smi_exit)
    nvml = _step(steps, "nvml")
    used = tuple(whole(step.get("used")) or 0 for step in steps if step.get("step") == "memory")
    started = _read_started(steps, ran)
    return CudaDriver(
        str(load["name"]), errors, files, *started, used, whole(nvml.get("code")) if nvml else None, smi, smi_exit
    )


def _read_told(told: dict[str, Any], smi: NvidiaSmi | None, smi_exit: int | None) -> CudaDriver:
    """The short form for a recording by hand: {"init": 0, "api": "12.6", "driver": "560.94", "gpus": [{...}]}."""
    none = told.get("loaded", "libcuda.so.1") is None
    files = _texts(told.get("files", told.get("file")))
    missing = Unknown("not_recorded", "cuda.probe")
    init: int | Unknown | None = None
    if not none:
        said = told.get("init")
        init = whole(said)
        if said in ("crash", "crashed"):
            init = Unknown("crashed", str(told.get("says", "libcuda ended the process that asked it")))
        elif said in ("hang", "hangs", "timed_out"):
            init = Unknown("timed_out", "cuInit gave no answer and was ended")
        elif init is None:
            init = missing
    gpus = tuple(_read_gpu(index, gpu) for index, gpu in enumerate(told.get("gpus") or ()) if isinstance(gpu, dict))
    api = _read_version(str(told["api"])) if told.get("api") is not None else None
    return CudaDriver(
        loaded=None if none else str(told.get("loaded", "libcuda.so.1")),
        load_errors=_texts(told.get("errors")),
        files=files,
        api=None if none else api or missing,
        init_code=init,
        gpus=gpus if gpus or init != 0 else Unknown("not_recorded", "gpus"),
        driver=None if none else str(told["driver"]) if told.get("driver") else missing,
        used=tuple(to_bytes(n) or 0 for n in _texts(told.get("used"))),
        smi=smi,
        smi_exit=smi_exit,
    )


def _read_gpu(index: int, gpu: dict[str, Any]) -> Gpu:
    capability = gpu.get("capability")
    text = ".".join(map(str, capability)) if isinstance(capability, (list, tuple)) else str(capability or "0.0")
    return Gpu(index, str(gpu.get("name", "?")), _read_version(text) or (0, 0), to_bytes(gpu.get("memory", 0)) or 0)


def _read_version(text: str) -> tuple[int, int] | None:
    match = re.match(r"\s*([0-9]{1,4})\.([0-9]{1,4})", text)
    return (int(match[1]), int(match[2])) if match else None


def _read_smi(answers: Answers) -> tuple[NvidiaSmi | None, int | None]:
    ran = answers.ran(WSL_SMI.id)
    if ran is None or isinstance(ran, Unknown):
        return None, None
    from wslgpu.facts.transcripts.nvidia_smi import read_nvidia_smi  # a reader of megabytes of patterns: when needed

    text = (ran.stdout + b"\n" + ran.stderr).decode("utf-8", "replace")
    if re.search("segmentation fault|core dumped", text, re.IGNORECASE):
        return read_nvidia_smi(text), -11
    return read_nvidia_smi(text), ran.exit


def _read_started(
    steps: list[dict[str, Any]], ran: Ran
) -> tuple[tuple[int, int] | Unknown | None, int | Unknown | None, tuple[Gpu, ...] | Unknown, str | Unknown | None]:
    crash = Unknown("crashed", _describe_end(ran))
    api = _step(steps, "api")
    number = whole(api.get("version")) if api and api.get("code") == 0 else None
    version = (number // 1000, number % 1000 // 10) if number else None
    init = next((whole(s["code"]) for s in steps if s.get("step") == "init" and "code" in s), None)
    driver = _step(steps, "driver")
    told = str(driver["version"]) if driver and "version" in driver else None
    if init is None:
        return version, crash, crash, told or crash
    if init != 0:
        return version, init, (), told
    ended = _step(steps, "end") is not None
    gpus = tuple(_read_gpu(whole(s.get("index")) or 0, s) for s in steps if s.get("step") == "device")
    return version, init, gpus if ended or gpus else crash, told or (None if ended else crash)


def _describe_end(ran: Ran) -> str:
    said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    how = f"signal {-ran.exit}" if ran.exit < 0 else f"exit {ran.exit}"
    return f"libcuda ended the process that asked it ({how}){': ' + said[-1] if said else ''}"


def _steps(ran: Ran) -> list[dict[str, Any]]:
    steps = []
    for line in ran.stdout.decode("utf-8", "replace").splitlines():
        try:
            step = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(step, dict):
            steps.append(step)
    return steps


def _step(steps: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((step for step in steps if step.get("step") == name), None)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return () if value is None else (str(value),)
