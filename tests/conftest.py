"""What many tests share: machines made of answers."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from wslgpu.facts.gather import gather
from wslgpu.facts.model import Facts
from wslgpu.system.recording import read_recording

FOLDER = "/home/u/train"


def pytest_configure() -> None:
    """A shell without job control starts what it puts behind `&` with Ctrl-C ignored, and every child inherits that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def python_answer(version: str, path: str | None = None, **changes: object) -> dict[str, Any]:
    """What the python probe prints for a whole CPython."""
    said = {
        "version": [int(part) for part in version.split(".")],
        "prerelease": False,
        "implementation": "CPython",
        "bits": 64,
        "venv": True,
        "ensurepip": True,
        "executable": path or f"/usr/bin/python{version.rpartition('.')[0]}",
        "base_prefix": "/usr",
        "is_venv": False,
        "is_conda": False,
        "free_threaded": False,
        **changes,
    }
    return {"exit": 0, "stdout": json.dumps(said) + "\n"}


def cuda_answer(*cards: tuple[str, tuple[int, int]], code: int = 0, driver: str = "560.94") -> dict[str, Any]:
    """What the CUDA probe prints, for cards (name, compute capability) or for a cuInit that fails."""
    files = ["/usr/lib/wsl/lib/libcuda.so.1.1"]
    steps: list[dict[str, Any]] = [{"step": "load", "name": "libcuda.so.1", "errors": [], "files": files}]
    steps += [
        {"step": "api", "code": 0, "version": 12060},
        {"step": "init", "begun": True},
        {"step": "init", "code": code},
    ]
    if code == 0:
        steps.append({"step": "count", "code": 0, "count": len(cards)})
        steps += [
            {"step": "device", "index": i, "name": name, "capability": list(cc), "memory": 8 << 30}
            for i, (name, cc) in enumerate(cards)
        ]
        steps.append({"step": "driver", "version": driver})
    steps.append({"step": "end"})
    return {"exit": 0, "stdout": "".join(json.dumps(step) + "\n" for step in steps)}


BARE: dict[str, Any] = {
    "machine": {
        "value": {"system": "Linux", "machine": "x86_64", "cpus": 8, "usable_cpus": 8, "uid": 1000, "home": "/home/u"}
    },
    "project.folder": {"absent": True},
    "project.space": {"value": {"free": 100_000_000_000, "total": 200_000_000_000, "inodes_free": 1_000_000}},
    "project.venv": {"absent": True},
    "project.venv_python": {"absent": True},
    "project.state": {"absent": True},
    "project.requirements": {"absent": True},
    "project.pyproject": {"absent": True},
    "project.lock_gpu": {"absent": True},
    "project.lock_cpu": {"absent": True},
    "project.lock_gpu_kepler": {"absent": True},
    "project.lock_gpu_maxwell": {"absent": True},
    "project.lock_gpu_pascal": {"absent": True},
    "project.lock_gpu_volta": {"absent": True},
    "project.venvs": {"absent": True},
    "mounts": {
        "text": "22 1 8:1 / / rw,relatime - ext4 /dev/sdc rw\n30 22 0:50 / /mnt/c rw - 9p drvfs rw,aname=drvfs\n"
    },
    "python.programs": {"value": {"python3.12": "/usr/bin/python3.12"}},
    "python.probe.python3.12": python_answer("3.12.3"),
    "python.uv": {"value": {"uv": "/usr/bin/uv"}},
    "cuda.probe": cuda_answer(code=100),
}


@pytest.fixture
def facts_of() -> Callable[..., Facts]:
    """facts_of({want id: answer}, side="wsl"): a synthetic machine, BARE but for what is given."""

    def make(changes: Mapping[str, Any] | None = None, *, side: str = "wsl", folder: str = FOLDER) -> Facts:
        document = {"schema": "wslgpu.recording/1", "side": side, "answers": {**BARE, **(changes or {})}}
        return gather(read_recording(document, "test"), folder)

    return make
