"""The short look with which setup begins: a run that has nothing to do must cost next to nothing."""

from __future__ import annotations

from wslgpu.facts import cuda, libraries, machine
from wslgpu.facts.cuda import CudaDriver
from wslgpu.facts.environment import Environment, read_environment, wants_of_packages, wants_of_venv
from wslgpu.facts.libraries import VenvLibraries
from wslgpu.facts.machine import MachineFacts
from wslgpu.facts.project import Project, read_project, wants_of_project
from wslgpu.system.answers import Unknown
from wslgpu.system.host import Host


def gather_for_setup(host: Host, folder: str, *, ask_cuda: bool) -> tuple[Project, CudaDriver, MachineFacts]:
    """The project, the driver, the machine; no interpreter is asked."""
    wants = (machine.MACHINE, *wants_of_project(folder), *(cuda.WANTS if ask_cuda else ()))
    answers = host.ask(wants)
    return read_project(answers, folder), cuda.read_cuda(answers), machine.read_machine(answers)


def ask_packages(host: Host, folder: str) -> Environment:
    """What is installed in DIR/.venv, by the names of folders: asked where a lock stands beside it."""
    answers = host.ask(wants_of_venv(folder))
    return read_environment(answers.merged(host.ask(wants_of_packages(answers, folder))))


def ask_environment(host: Host, folder: str) -> VenvLibraries | Unknown | None:
    """What DIR/.venv's python would load: asked where setup would else say that there is nothing to do."""
    want = libraries.ask_libraries(f"{folder}/.venv/bin/python")
    return libraries.read_libraries(host.ask([want]), want.id)
