"""The short look with which setup begins: a run that has nothing to do must cost next to nothing."""

from __future__ import annotations

from wslgpu.facts import cuda, gpu_device, machine
from wslgpu.facts.gather import read_facts
from wslgpu.facts.model import Facts
from wslgpu.facts.project import wants_of_project
from wslgpu.system.host import Host


def gather_for_setup(host: Host, folder: str, *, ask_cuda: bool) -> Facts:
    """The little that tells whether setup has anything to do; the rest reads Unknown (not recorded)."""
    wants = (*machine.WANTS, *gpu_device.WANTS, *wants_of_project(folder), *(cuda.WANTS if ask_cuda else ()))
    return read_facts(host.side, host.ask(wants), folder)
