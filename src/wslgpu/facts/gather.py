"""One look: ask in as few rounds as the answers allow, then read every subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wslgpu.facts import cuda, gpu_device, kernel, machine, memory, pythons
from wslgpu.facts.model import Facts, Profile
from wslgpu.facts.project import Project, read_project, wants_of_project
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.host import Host, Side
from wslgpu.system.wants import Want

LINUX_WANTS: tuple[Want, ...] = (
    *kernel.WANTS,
    *machine.WANTS,
    *gpu_device.WANTS,
    *cuda.WANTS,
    *pythons.WANTS,
    *memory.WANTS,
)
# What can only be asked once the first answers are there.
FOLLOW_UPS: tuple[Callable[[Answers], Sequence[Want]], ...] = (pythons.wants_of_interpreters,)


def gather(host: Host, folder: str) -> Facts:
    """Look at a machine and at a project folder (absolute path) on it."""
    answers = host.ask((*LINUX_WANTS, *wants_of_project(folder)))
    more = [want for follow_up in FOLLOW_UPS for want in follow_up(answers)]
    if more:
        answers = answers.merged(host.ask(more))
    return read_facts(host.side, answers, folder)


def gather_for_setup(host: Host, folder: str, ask_cuda: bool) -> Facts:
    """The little that tells whether setup has anything to do; the rest reads Unknown (not recorded)."""
    wants = (*machine.WANTS, *gpu_device.WANTS, *wants_of_project(folder), *(cuda.WANTS if ask_cuda else ()))
    return read_facts(host.side, host.ask(wants), folder)


def read_facts(side: Side, answers: Answers, folder: str) -> Facts:
    """All subjects, from answers alone."""
    device = gpu_device.read_gpu_device(answers)
    project = read_project(answers, folder)
    return Facts(
        side=side,
        profile=read_profile(side, device, project),
        machine=machine.read_machine(answers),
        kernel=kernel.read_kernel(answers),
        gpu_device=device,
        cuda=cuda.read_cuda(answers),
        pythons=pythons.read_pythons(answers),
        project=project,
        memory=memory.read_memory(answers),
    )


def read_profile(side: Side, device: gpu_device.GpuDevice, project: Project) -> Profile:
    """What setup was told wins; else WSL is there for the GPU, and a Linux machine is a GPU machine if it has one."""
    if project.state is not None and not isinstance(project.state, Unknown):
        chosen = project.state.get("profile")
        if chosen in ("gpu", "cpu"):
            return "gpu" if chosen == "gpu" else "cpu"
    if side == "linux":
        return "gpu" if device.nvidia is True else "cpu"
    return "gpu"
