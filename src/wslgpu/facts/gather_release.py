"""The short look behind `wslgpu explain tensorflow`: what decides whether a release suits this machine."""

from __future__ import annotations

from typing import Literal

from wslgpu.facts import cuda, kernel, machine, pythons
from wslgpu.facts.cuda import CudaDriver
from wslgpu.facts.machine import MachineFacts
from wslgpu.facts.pythons import Pythons
from wslgpu.system.host import Host


def gather_for_release(host: Host) -> tuple[Literal["wsl", "linux"], MachineFacts, CudaDriver, Pythons]:
    """Whose driver counts (Windows' also in a container on WSL), the machine, the driver, the interpreters."""
    answers = host.ask((*machine.WANTS, *kernel.WANTS, *cuda.WANTS, pythons.FIND))
    answers = answers.merged(host.ask(pythons.wants_of_interpreters(answers)))
    of_windows = host.side == "wsl" or kernel.read_kernel(answers).wsl_generation == 2
    side: Literal["wsl", "linux"] = "wsl" if of_windows else "linux"
    return side, machine.read_machine(answers), cuda.read_cuda(answers), pythons.read_pythons(answers)
