"""The kernel: is this WSL, which generation, which release, and does it know the GPU?"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from wslgpu.facts.shapes import read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile

OSRELEASE = ReadFile("kernel.osrelease", "/proc/sys/kernel/osrelease")
VERSION = ReadFile("kernel.version", "/proc/version")
CONFIG = ReadFile("kernel.config", "/proc/config.gz")
INIT = ReadFile("kernel.init", "/proc/1/comm")
DOCKER = Inspect("container.docker", "/.dockerenv")
PODMAN = Inspect("container.podman", "/run/.containerenv")
WANTS = (OSRELEASE, VERSION, CONFIG, INIT, DOCKER, PODMAN)


@dataclass(frozen=True)
class Kernel:
    """`wsl_generation`: 1, 2, or 0 where this is no WSL. `has_dxg`: built with the GPU driver of WSL (CONFIG_DXGKRNL).

    `init`: the name of process 1.
    """

    release: str | Unknown
    wsl_generation: Literal[0, 1, 2] | Unknown
    in_container: bool
    has_dxg: bool | Unknown
    init: str | Unknown

    @property
    def numbers(self) -> tuple[int, ...] | Unknown:
        """(5, 15, 167, 4) of 5.15.167.4-microsoft-standard-WSL2."""
        if isinstance(self.release, Unknown):
            return self.release
        return tuple(int(part) for part in re.findall(r"\d{1,9}", self.release.split("-")[0]))


def read_kernel(answers: Answers) -> Kernel:
    """WSL 2 kernels call themselves `microsoft`, WSL 1 says `Microsoft` and 3.4 or 4.4 (microsoft/WSL#4071)."""
    in_container = any(read_thing(answers, want.id) and _told(answers, want.id) for want in (DOCKER, PODMAN))
    release = _read_release(answers)
    init = answers.text(INIT.id)
    return Kernel(
        release=release,
        wsl_generation=release if isinstance(release, Unknown) else read_generation(release),
        in_container=in_container,
        has_dxg=_read_dxg(answers.data(CONFIG.id)),
        init=init.strip() if isinstance(init, str) else init or Unknown("not_applicable", "no /proc/1/comm here"),
    )


def _told(answers: Answers, want_id: str) -> bool:
    return not isinstance(answers.value(want_id), Unknown)


def _read_release(answers: Answers) -> str | Unknown:
    """From the kernel's own file, else from a line as /proc/version and `uname -a` print it."""
    text = answers.text(OSRELEASE.id)
    if not isinstance(text, str) or not text.strip():
        longer = answers.text(VERSION.id)
        text = longer if isinstance(longer, str) else text
    if isinstance(text, Unknown):
        return text
    match = re.search(r"(?<![\w.])\d{1,3}\.\d{1,4}(?:\.\d{1,9})*[\w.+-]*", text or "")
    return match[0] if match else Unknown("not_applicable", "no kernel release here")


def read_generation(release: str) -> Literal[0, 1, 2]:
    """The WSL generation that a kernel release tells of."""
    if "microsoft" not in release.lower() and "wsl2" not in release.lower():
        return 0
    if re.match(r"(3\.4|4\.4)\.", release) and "standard" not in release:
        return 1
    return 2


@lru_cache(2)  # it is read twice in each look, and to unpack it costs more than all else of a recording
def _read_dxg(data: bytes | Unknown | None) -> bool | Unknown:
    if data is None or isinstance(data, Unknown):
        return data or Unknown("not_applicable", "this kernel does not show its configuration")
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(31).decompress(data, 2_000_000)
        except zlib.error as error:
            return Unknown("undecodable", f"/proc/config.gz: {error}")
    return re.search(rb"\nCONFIG_DXGKRNL=[ym]", b"\n" + data) is not None
