"""One look: ask in as few rounds as the answers allow, then read every subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wslgpu.facts import (
    advisories,
    cuda,
    data,
    debian,
    environment,
    gpu_device,
    kernel,
    kernelspecs,
    libraries,
    machine,
    memory,
    mirror,
    network,
    pythons,
    shell,
    variables,
    wsl_conf,
)
from wslgpu.facts.model import Facts, Profile
from wslgpu.facts.project import Project, read_project, wants_of_project
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.host import Host, Side
from wslgpu.system.wants import Want

LINUX_WANTS: tuple[Want, ...] = (
    *kernel.WANTS,
    *machine.WANTS,
    *gpu_device.WANTS,
    *pythons.WANTS,
    *memory.WANTS,
    *variables.WANTS,
    *wsl_conf.WANTS,
    *debian.WANTS,
    *network.WANTS,
    *shell.WANTS,
)


PASTED = "pasted."


def first_wants(folder: str) -> tuple[Want, ...]:
    """What every look begins with: nothing that takes long, for the other interpreters wait for it."""
    return (
        *LINUX_WANTS,
        *wants_of_project(folder),
        *environment.wants_of_venv(folder),
        *data.wants_of_data(folder),
    )


def follow_ups(answers: Answers, folder: str, side: Side = "wsl") -> tuple[Want, ...]:
    """What can only be asked once the first answers are there."""
    device, project = gpu_device.read_gpu_device(answers), read_project(answers, folder)
    for_gpu = read_profile(side, device, project, kernel.read_kernel(answers)) == "gpu"
    return (
        *(libraries.wants_of_libraries(answers, folder) if for_gpu else ()),
        *cuda.WANTS,
        *pythons.wants_of_interpreters(answers),
        *variables.wants_of_library_folders(answers),
        *debian.wants_of_sources(answers),
        *network.wants_of_certificates(answers),
        *shell.wants_of_start_files(answers),
        *environment.wants_of_packages(answers, folder),
        *environment.wants_of_conda(answers),
        *kernelspecs.wants_of_kernels(answers),
    )


def gather(host: Host, folder: str) -> Facts:
    """Look at a machine and at a project folder (absolute path) on it."""
    from_wsl = host.side == "wsl"
    answers = ask_all(host, folder, mirror_windows=from_wsl)
    facts = read_facts(host.side, answers, folder)
    return replace(facts, windows=mirror.read_mirror(answers)) if from_wsl else facts


def ask_all(host: Host, folder: str, *, mirror_windows: bool = False) -> Answers:
    """Every answer that `read_facts` needs; with `mirror_windows` what only Windows knows, too, asked from inside."""
    answers = host.ask(first_wants(folder))
    more = follow_ups(answers, folder, host.side)
    if mirror_windows:
        more = (*more, *mirror.wants_of_mirror(answers))
    answers = answers.merged(host.ask(more))
    last: tuple[Want, ...] = (*cuda.wants_of_broken_driver(answers), *kernelspecs.wants_of_specs(answers))
    if mirror_windows:
        last = (*last, *mirror.wants_of_user_files(answers))
    if last:
        answers = answers.merged(host.ask(last))
    return answers


def read_facts(side: Side, answers: Answers, folder: str) -> Facts:
    """All subjects, from answers alone."""
    device = gpu_device.read_gpu_device(answers)
    project = read_project(answers, folder)
    system = kernel.read_kernel(answers)
    return Facts(
        side=side,
        profile=read_profile(side, device, project, system),
        machine=machine.read_machine(answers),
        kernel=system,
        gpu_device=device,
        cuda=cuda.read_cuda(answers),
        pythons=pythons.read_pythons(answers),
        project=project,
        memory=memory.read_memory(answers),
        variables=variables.read_variables(answers),
        wsl_conf=wsl_conf.read_wsl_conf(answers),
        debian=debian.read_debian(answers),
        network=network.read_network(answers),
        shell=shell.read_shell(answers),
        environment=environment.read_environment(answers),
        kernelspecs=kernelspecs.read_kernelspecs(answers),
        data=data.read_data(answers, folder),
        libraries=libraries.read_libraries(answers),
        advisories=advisories.read_advisories(answers),
    )


def read_pasted(answers: Answers) -> tuple[str, ...]:
    """Logs and messages that a person put into a recording, in the order of their ids. No machine is asked for them."""
    texts = (answers.text(want_id) for want_id in sorted(answers) if want_id.startswith(PASTED))
    return tuple(text for text in texts if isinstance(text, str) and text.strip())


def read_profile(side: Side, device: gpu_device.GpuDevice, project: Project, system: kernel.Kernel) -> Profile:
    """What setup was told wins; else WSL is there for the GPU, and a Linux machine is a GPU machine if it has one.

    A container on WSL has one when it was given Windows' libraries (`docker run --gpus all`).
    """
    if project.state is not None and not isinstance(project.state, Unknown):
        chosen = project.state.get("profile")
        if chosen in ("gpu", "cpu"):
            return "gpu" if chosen == "gpu" else "cpu"
    if side == "linux":
        given = device.dxg is True and device.wsl_libcuda is True and system.wsl_generation == 2
        return "gpu" if device.nvidia is True or given else "cpu"
    return "gpu"


def known_ids() -> tuple[Sequence[str], Sequence[str]]:
    """Ids that a recording may hold, and beginnings of ids that end in a name of the machine's."""
    from wslgpu.facts import windows, windows_driver, windows_virtualization, windows_wsl, wslconfig

    fixed = [want.id for want in (*first_wants(""), *windows.FIRST, windows.VISIT)] + [
        windows_wsl.STATUS_ID,
        windows_wsl.WSL_EXE_ID,
        windows_driver.SMI_ID,
        windows_driver.BANNER_ID,
        windows_virtualization.WMI_ID,
        wslconfig.FILE_ID,
        wslconfig.TXT_ID,
        "windows.services",
        cuda.PROBE.id,
        cuda.WSL_SMI.id,
        environment.PACKAGES_ID,
        libraries.WANT_ID,
        advisories.WANT_ID,
        "venv.libdevice",
        "venv.ptxas",
        "conda.packages",
        "jupyter.kernels",
        *shell.FILES,
    ]
    return fixed, (PASTED, "mirror.", "python.probe.", "ld.folder:", "apt.source:", "certificate:", "jupyter.kernel:")
