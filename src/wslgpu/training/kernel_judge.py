"""Judge one operation that was run on a device: did it come to its end, there, with numpy's result? Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wslgpu.knowledge.gpus import generation_of, judge_gpu
from wslgpu.knowledge.releases import find_release
from wslgpu.knowledge.symptoms import match_symptoms
from wslgpu.system.session import Ended
from wslgpu.training.events import Event
from wslgpu.training.smoke_judge import Problem, last
from wslgpu.training.watchdog import signal_name

LIMIT = 1e-3  # of the largest number: far above rounding (also of TF32), far below what a missing kernel leaves
NO_CODE = re.compile(
    r"CUDA_ERROR_(NO_BINARY_FOR_GPU|INVALID_PTX|INVALID_HANDLE|INVALID_IMAGE|INVALID_SOURCE)"
    r"|no kernel image|not built with CUDA kernel binaries|does not support target 'sm_"
)
# What a message about one operation may mean; a log holds much else that means nothing here.
NAMED = (
    "blackwell-no-kernels",
    "gpu-cc-too-old",
    "cudnn-drops-pascal",
    "cudnn-mismatch",
    "cudnn-9.5-autotune",
    "libdevice-missing",
    "ptxas-wrong",
    "win-driver-too-old",
    "linux-driver-too-old",
    "vram-taken-by-desktop",
    "tf-cannot-dlopen",
    "cuda-major-mismatch",
)
CONVOLUTION, COMPILED = "conv", "jit"


@dataclass(frozen=True)
class KernelRun:
    """One operation in a child of its own: how it ended and what it told."""

    operation: str
    wanted: str
    ended: Ended
    events: Sequence[Event]
    deadline_s: float

    @property
    def no_gpu(self) -> bool:
        """TensorFlow saw none; that is the smoke's own finding."""
        return last(self.events, "device").get("gpus") == 0

    @property
    def at(self) -> str:
        """The last stage that it told."""
        return str(last(self.events, "stage").get("text", "starting Python"))


def judge_kernel(run: KernelRun) -> tuple[Problem, ...]:
    """What is wrong with it; nothing where its result is numpy's and was made on the device that was asked for."""
    device = last(run.events, "device")
    if last(run.events, "no-tensorflow") or (run.no_gpu and run.wanted == "gpu"):
        return ()  # the training after it meets the same and says it in its own words
    where = f"on {device['name']}" if device else "before it had a device"
    error = last(run.events, "error")
    if run.ended.ended_by == "deadline":
        sentence = f"{run.at} {where} gave no result within {run.deadline_s:g} s and was ended."
        return (Problem(_name(run, run.ended.output, "smoke-kernel-hangs"), sentence),)
    if error:
        text = str(error["text"])
        slug = _name(run, text, "") or _name(run, run.ended.output, "smoke-kernel-failed")
        first_line = (text.splitlines() or [""])[0][:300]
        return (Problem(slug, f"{run.at} {where} failed with {error['kind']}: {first_line}"),)
    if run.ended.returncode != 0 or not last(run.events, "done"):
        how = signal_name(-run.ended.returncode) if run.ended.returncode < 0 else f"code {run.ended.returncode}"
        slug = _name(run, run.ended.output, "smoke-kernel-crashed")
        return (Problem(slug, f"{run.at} {where} ended the process ({how})."),)
    return tuple(_judge_values(run, str(device["used"])))


def _judge_values(run: KernelRun, used: str) -> list[Problem]:
    values = [event for event in run.events if event["event"] == "value"]
    if not values and not last(run.events, "skipped"):
        return [Problem("smoke-kernel-failed", f"{run.operation} told no result.")]
    problems = []
    for value in values:
        place = str(value["device"]).split("device:")[-1]
        if not place.startswith(used):
            problems.append(Problem("smoke-device", f"{run.operation} was to run on the {used} and ran on {place}."))
        difference = value["difference"]
        if difference is None or not difference <= LIMIT * max(value["scale"], 1.0):
            told = "is no number or has another shape" if difference is None else f"differs by {difference:.3g}"
            slug = _by_card(run) or "smoke-kernel-wrong"
            problems.append(Problem(slug, f"{run.operation}, {value['name']}: the result {told} from numpy's."))
    return problems


def _name(run: KernelRun, text: str, otherwise: str) -> str:
    """The finding that a message betrays; where it betrays none, what is known of this card."""
    card = _by_card(run)
    if NO_CODE.search(text):
        return card or "blackwell-no-kernels"
    matched = next((match.slug for match in match_symptoms(text) if match.slug in NAMED), None)
    return matched or (card if otherwise and card else otherwise)


def _by_card(run: KernelRun) -> str | None:
    """What the table says against this card and this TensorFlow, for the operation that failed."""
    capability = tuple(last(run.events, "device").get("capability") or ())
    version = str(last(run.events, "imported").get("tensorflow", ""))
    release = find_release(version) or find_release(".".join(version.split(".")[:2])) if version else None
    if len(capability) != 2 or release is None:
        return None
    pair = (int(capability[0]), int(capability[1]))
    verdict, generation = judge_gpu(release, pair).verdict, generation_of(pair)
    if verdict == "listed-but-fails":
        return "blackwell-no-kernels"
    if verdict == "ignored":
        return "gpu-cc-too-old"
    if run.operation == CONVOLUTION and generation is not None and generation.cudnn_below is not None:
        return "cudnn-drops-pascal"
    if verdict == "jit" and run.ended.ended_by == "deadline":
        return "ptx-jit-slow-first-run"
    return None


def describe_kernel(run: KernelRun) -> dict[str, Any]:
    """The evidence, as values that JSON knows."""
    values = [event for event in run.events if event["event"] == "value"]
    device = last(run.events, "device")
    return {
        "operation": run.operation,
        "device": device.get("name"),
        "seconds": round(run.ended.seconds, 1),
        "results": {
            str(v["name"]): {
                "device": str(v["device"]).split("device:")[-1],
                "difference": v["difference"],
                "scale": round(v["scale"], 3),
            }
            for v in values
        },
        **({"skipped": last(run.events, "skipped")["text"]} if last(run.events, "skipped") else {}),
    }
