"""Everything that was read off one machine, subject by subject. A field is known or Unknown, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

# The subjects are named only: a look from Windows starts before those of Linux are loaded.
if TYPE_CHECKING:
    from wslgpu.facts.advisories import Advisories
    from wslgpu.facts.cuda import CudaDriver
    from wslgpu.facts.data import Data
    from wslgpu.facts.debian import Debian
    from wslgpu.facts.environment import Environment
    from wslgpu.facts.gpu_device import GpuDevice
    from wslgpu.facts.kernel import Kernel
    from wslgpu.facts.kernelspecs import Kernelspecs
    from wslgpu.facts.libraries import VenvLibraries
    from wslgpu.facts.machine import MachineFacts
    from wslgpu.facts.memory import Memory
    from wslgpu.facts.network import Network
    from wslgpu.facts.project import Project
    from wslgpu.facts.pythons import Pythons
    from wslgpu.facts.shell import Shell
    from wslgpu.facts.variables import Variables
    from wslgpu.facts.windows import WindowsFacts
    from wslgpu.facts.wsl_conf import WslConf
    from wslgpu.system.answers import Unknown
    from wslgpu.system.host import Side

Profile = Literal["gpu", "cpu"]


@dataclass(frozen=True)
class Facts:
    """One look at one machine. `profile` is what this machine is meant for: a CPU machine lacks no GPU.

    `libraries`: what the venv's TensorFlow would load; not asked for the CPU, nor where no venv stands.
    `advisories`: None where nobody asked for them.
    `windows`: what is known of Windows; on side windows all else is of the distribution that was looked into.
    """

    side: Side
    profile: Profile
    machine: MachineFacts
    kernel: Kernel
    gpu_device: GpuDevice
    cuda: CudaDriver
    pythons: Pythons
    project: Project
    memory: Memory
    variables: Variables
    wsl_conf: WslConf
    debian: Debian
    network: Network
    shell: Shell
    environment: Environment
    kernelspecs: Kernelspecs
    data: Data
    libraries: VenvLibraries | Unknown | None = None
    windows: WindowsFacts | None = None
    advisories: Advisories | Unknown | None = None
