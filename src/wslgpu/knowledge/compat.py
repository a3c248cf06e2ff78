"""What fits with what: TensorFlow, Python, Keras, CUDA, cuDNN, drivers, GPUs. Pure look-ups in compat.toml."""

from __future__ import annotations

from wslgpu.knowledge.drivers import DriverFloor, Side, driver_floor, driver_key, windows_driver_version
from wslgpu.knowledge.gpus import (
    ComputeCapability,
    Generation,
    GpuJudgement,
    generation_of,
    generations,
    judge_gpu,
    parse_compute_capability,
    spell,
)
from wslgpu.knowledge.pins import Pin, Pins, footprint, pins_for
from wslgpu.knowledge.releases import (
    ExtraPin,
    Footprint,
    Profile,
    PythonVersion,
    TensorFlowRelease,
    choose_python,
    find_release,
    nearest_releases,
    newest_stable,
    package_for,
    plain_machine,
    pythons_of,
    releases,
    supports_python,
)
from wslgpu.knowledge.table import STALE_AFTER_DAYS, age_days, is_stale, updated

__all__ = [
    "STALE_AFTER_DAYS",
    "ComputeCapability",
    "DriverFloor",
    "ExtraPin",
    "Footprint",
    "Generation",
    "GpuJudgement",
    "Pin",
    "Pins",
    "Profile",
    "PythonVersion",
    "Side",
    "TensorFlowRelease",
    "age_days",
    "choose_python",
    "driver_floor",
    "driver_key",
    "find_release",
    "footprint",
    "generation_of",
    "generations",
    "is_stale",
    "judge_gpu",
    "nearest_releases",
    "newest_stable",
    "package_for",
    "parse_compute_capability",
    "pins_for",
    "plain_machine",
    "pythons_of",
    "releases",
    "spell",
    "supports_python",
    "updated",
    "windows_driver_version",
]
