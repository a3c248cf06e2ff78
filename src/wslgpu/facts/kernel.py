"""The kernel: is this WSL, which generation, which release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile

OSRELEASE = ReadFile("kernel.osrelease", "/proc/sys/kernel/osrelease")
VERSION = ReadFile("kernel.version", "/proc/version")
DOCKER = Inspect("container.docker", "/.dockerenv")
PODMAN = Inspect("container.podman", "/run/.containerenv")
WANTS = (OSRELEASE, VERSION, DOCKER, PODMAN)


@dataclass(frozen=True)
class Kernel:
    """`wsl_generation`: 1, 2, or 0 where this is no WSL. `numbers`: the release as integers, to compare."""

    release: str | Unknown
    wsl_generation: Literal[0, 1, 2] | Unknown
    in_container: bool

    @property
    def numbers(self) -> tuple[int, ...] | Unknown:
        """(5, 15, 167, 4) of 5.15.167.4-microsoft-standard-WSL2."""
        if isinstance(self.release, Unknown):
            return self.release
        return tuple(int(part) for part in re.findall(r"\d+", self.release.split("-")[0]))


def read_kernel(answers: Answers) -> Kernel:
    """WSL 2 kernels call themselves `microsoft`, WSL 1 says `Microsoft` and 3.4 or 4.4 (microsoft/WSL#4071)."""
    release = answers.text(OSRELEASE.id)
    in_container = any(answers.value(want.id) not in (None,) and _there(answers, want.id) for want in (DOCKER, PODMAN))
    if release is None:
        return Kernel(Unknown("not_applicable", "no /proc/sys/kernel/osrelease here"), 0, in_container)
    if isinstance(release, Unknown):
        return Kernel(release, release, in_container)
    return Kernel(release.strip(), read_generation(release.strip()), in_container)


def _there(answers: Answers, want_id: str) -> bool:
    value = answers.value(want_id)
    return value is not None and not isinstance(value, Unknown)


def read_generation(release: str) -> Literal[0, 1, 2]:
    """The WSL generation that a kernel release tells of."""
    if "microsoft" not in release.lower():
        return 0
    if re.match(r"(3\.4|4\.4)\.", release) and "standard" not in release:
        return 1
    return 2
