"""What to ask the installer for, so that a release works on this machine, each line with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from wslgpu.knowledge.drivers import Side, driver_floor, driver_key
from wslgpu.knowledge.gpus import generation_of, judge_gpu, spell
from wslgpu.knowledge.releases import Footprint, Profile, TensorFlowRelease, package_for, plain_machine, pythons_of

UNMEASURED = Footprint(None, None, "not measured")


@dataclass(frozen=True)
class Pin:
    """One requirement, as an installer reads it, and why it stands there."""

    requirement: str
    reason: str
    source: str


@dataclass(frozen=True)
class Pins:
    """`problems` are reasons why this will not work whatever is installed; `notes` are worth a line, no more.

    `generation`: of the card ("pascal"), where its requirements are not those of every other card.
    """

    requirements: tuple[Pin, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    generation: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The requirement strings alone."""
        return tuple(pin.requirement for pin in self.requirements)


def pins_for(
    release: TensorFlowRelease,
    *,
    profile: Profile,
    machine: str,
    compute_capability: tuple[int, int] | None = None,
    driver: str | None = None,
    side: Side = "wsl",
) -> Pins:
    """The requirements for a release on a machine.

    `driver` is the driver's version as nvidia-smi prints it: on side wsl that of Windows. None: not known, not judged.
    """
    package = package_for(release, profile=profile, machine=machine)
    reason = _package_reason(release, profile, machine)
    pins = [Pin(f"{package}=={release.version}", reason, release.source)]
    pins += [Pin(extra.requirement, extra.reason, extra.source) for extra in release.extra_pins]
    problems: list[str] = []
    notes: list[str] = []
    if not pythons_of(release, profile=profile, machine=machine):
        problems.append(
            f"{package} {release.version} cannot be installed on {plain_machine(machine)}: no Python has wheels"
        )
    special = ""
    if profile == "gpu":
        problems += _gpu_problems(release, compute_capability, driver, side)
        held_back = _cudnn_pin(release, compute_capability)
        generation = generation_of(compute_capability) if compute_capability and held_back else None
        special = generation.name.lower() if generation else ""
        pins += held_back
        if release.cuda_from == "system":
            notes.append(
                f"TensorFlow {release.version} brings no CUDA libraries: CUDA {release.cuda} and cuDNN {release.cudnn} "
                "have to be on the machine"
            )
        elif not release.and_cuda_exact:
            notes.append("the CUDA libraries are ranges here: lock them, or two machines get different ones")
        if release.runpath_lacks:
            lacking = ", ".join(release.runpath_lacks)
            notes.append(
                f"TensorFlow {release.version} does not look into these CUDA wheels, links are needed: {lacking}"
            )
    return Pins(tuple(pins), tuple(problems), tuple(notes), special)


def footprint(release: TensorFlowRelease, profile: Profile) -> Footprint:
    """Bytes to download and bytes on disk, each None where nobody measured, and how they were measured."""
    return release.footprints.get(profile, UNMEASURED)


def _package_reason(release: TensorFlowRelease, profile: Profile, machine: str) -> str:
    if profile == "gpu" and release.cuda_from == "wheels":
        return "TensorFlow with the CUDA libraries that it was built for, inside the venv"
    if profile == "gpu":
        return f"the GPU build; it looks for CUDA {release.cuda} on the machine"
    if package_for(release, profile=profile, machine=machine) == "tensorflow-cpu":
        return "the CPU build: a fraction of the download"
    return f"on {plain_machine(machine)} this package is the CPU build"


def _cudnn_pin(release: TensorFlowRelease, compute_capability: tuple[int, int] | None) -> list[Pin]:
    """cuDNN dropped generations that TensorFlow still has kernels for; where the extra gives a range, hold it back."""
    if compute_capability is None or release.cuda_from != "wheels" or release.and_cuda_exact:
        return []
    generation = generation_of(compute_capability)
    if generation is None or generation.cudnn_below is None or not judge_gpu(release, compute_capability).works:
        return []
    package = f"nvidia-cudnn-cu{release.cuda_major}"
    if Version(release.cudnn) >= Version(generation.cudnn_below):
        return []
    reason = (
        f"cuDNN {generation.cudnn_below} and later have no kernels for {generation.name} ({spell(compute_capability)})"
    )
    return [Pin(f"{package}<{generation.cudnn_below}", reason, generation.source)]


def _gpu_problems(
    release: TensorFlowRelease,
    compute_capability: tuple[int, int] | None,
    driver: str | None,
    side: Side,
) -> list[str]:
    problems: list[str] = []
    if compute_capability is not None:
        judgement = judge_gpu(release, compute_capability)
        if judgement.works is False:
            problems.append(judgement.title)
    floor = driver_floor(release, side, compute_capability)
    if driver is not None and floor is not None and driver_key(driver) < driver_key(floor.version):
        where = "the Windows driver" if side == "wsl" else "the driver"
        problems.append(f"{where} {driver} is older than {floor.version}: {floor.reason}")
    return problems
