"""Which profile, which TensorFlow, which interpreter: pure choices, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from wslgpu.facts.cuda import Gpu
from wslgpu.facts.locks import LOCK_NAMES
from wslgpu.facts.model import Facts
from wslgpu.facts.pythons import Python
from wslgpu.knowledge.compat import (
    Pins,
    TensorFlowRelease,
    choose_python,
    find_release,
    generation_of,
    nearest_releases,
    newest_stable,
    pins_for,
    pythons_of,
    releases,
)
from wslgpu.plan.desired import Desired
from wslgpu.plan.model import Profile, Refusal
from wslgpu.plan.python_wish import allows, is_range
from wslgpu.system.answers import Unknown

OLDEST_WITH_CUDA_WHEELS = Version("2.14")  # before it, CUDA had to be on the machine


@dataclass(frozen=True)
class Target:
    """What will be installed, and why. `lock`: the name of its lock, one a generation of cards where they differ."""

    profile: Profile
    release: TensorFlowRelease
    pins: Pins
    reasons: tuple[str, ...]
    lock: str


def choose_target(facts: Facts, desired: Desired, own_requirements: Sequence[str]) -> Target | Refusal:
    """The profile and the release. What was asked for is kept, or refused; what was left open is chosen to work."""
    own_requirements = (*own_requirements, *desired.packages)
    wished = _wished_release(desired, own_requirements)
    if isinstance(wished, Refusal):
        return wished
    gpu, why_not = usable_gpu(facts)
    if desired.profile == "cpu":
        why = f"profile cpu: {_asker(desired)}"
        return _cpu_target(facts, desired, own_requirements, wished, why)
    if desired.profile == "auto" and gpu is None:
        return _cpu_target(facts, desired, own_requirements, wished, f"profile cpu: {why_not}")
    candidates = [wished] if wished else _gpu_candidates()
    if gpu is None and desired.smoke:
        ways = (
            "`wslgpu doctor` says what is missing",
            "--no-smoke makes a gpu environment all the same (for another machine, or before the driver is there)",
            "--profile cpu makes one that works here now",
        )
        return Refusal("gpu-profile-impossible", f"profile gpu could not be proved here: {why_not}", ways)
    told = f"profile gpu: cuInit answers, {gpu.name}" if gpu else f"profile gpu: {_asker(desired)}"
    first: Pins | None = None
    for release in candidates:
        pins = _pins(facts, release, "gpu", gpu)
        if not pins.problems:
            older = () if release is candidates[0] or first is None else (f"not the newest: {first.problems[0]}",)
            reasons = (told, _told_release(release, desired, own_requirements), *older)
            return Target("gpu", release, pins, reasons, _gpu_lock(pins, gpu, newest=release is candidates[0]))
        first = first or pins
    problem = first.problems[0] if first else "no release of TensorFlow has a GPU build for this machine"
    if desired.profile == "auto":
        return _cpu_target(facts, desired, own_requirements, wished, f"profile cpu: {problem}")
    return Refusal(
        "gpu-profile-impossible",
        f"profile gpu cannot work here: {problem}",
        ("take --profile cpu, or --profile auto, which decides by itself", "wslgpu doctor says what the GPU lacks"),
    )


def usable_gpu(facts: Facts) -> tuple[Gpu | None, str]:
    """The first card that CUDA shows, or why there is none."""
    code, gpus = facts.cuda.init_code, facts.cuda.gpus
    if code is None:
        return None, "there is no CUDA driver (libcuda.so.1) here"
    if isinstance(code, Unknown):
        return None, f"the CUDA driver does not answer ({code})"
    if code != 0:
        return None, f"the CUDA driver does not start (cuInit says {code})"
    if isinstance(gpus, Unknown) or not gpus:
        return None, "the CUDA driver shows no card"
    return gpus[0], ""


def choose_interpreter(
    facts: Facts, desired: Desired, target: Target, *, with_uv: bool, preferred: str | None = None
) -> Python | None:
    """The interpreter to build the venv with; None where none that is here fits. `preferred` is a lock's version."""
    pythons = facts.pythons.found
    if isinstance(pythons, Unknown):
        return None
    usable = [python for python in pythons if _is_usable(python, with_uv)]
    machine = _machine(facts)
    for wish in (desired.python, preferred):
        if wish is not None:
            fitting = [python for python in usable if allows(wish, python.version)]
            if fitting or wish is desired.python:
                usable = fitting
    versions = [python.version[:2] for python in usable]
    best = choose_python(versions, target.release, machine=machine, profile=target.profile)
    return next((python for python in usable if python.version[:2] == best), None)


def fetchable_versions(facts: Facts, desired: Desired, target: Target) -> tuple[str, ...]:
    """The Pythons worth fetching for a target, best first."""
    served = pythons_of(target.release, profile=target.profile, machine=_machine(facts))
    if desired.python is not None and not is_range(desired.python):
        return (desired.python,) if any(allows(desired.python, version) for version in served) else ()
    ordered = []
    left = [version for version in served if desired.python is None or allows(desired.python, version)]
    while left and (best := choose_python(left, target.release, machine=_machine(facts), profile=target.profile)):
        ordered.append(f"{best[0]}.{best[1]}")
        left.remove(best)
    return tuple(ordered[:2])


def own_tensorflow(own_requirements: Sequence[str]) -> Requirement | None:
    """The project's own requirement on TensorFlow, if it states one."""
    for line in own_requirements:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.name.lower() in ("tensorflow", "tensorflow-cpu"):
            return requirement
    return None


def _wished_release(desired: Desired, own_requirements: Sequence[str]) -> TensorFlowRelease | Refusal | None:
    if desired.tensorflow is not None:
        release = find_release(desired.tensorflow)
        if release is None:
            near = ", ".join(near.version for near in nearest_releases(desired.tensorflow))
            why = f"TensorFlow {desired.tensorflow} is not a release that wslgpu knows"
            return Refusal("unknown-tensorflow", why, (f"the nearest are {near}",), usage=True)
        return release
    own = own_tensorflow(own_requirements)
    if own is None or not own.specifier:
        return None
    for release in reversed(releases()):
        if not release.prerelease and own.specifier.contains(release.version):
            return release
    return None


def _cpu_target(
    facts: Facts, desired: Desired, own_requirements: Sequence[str], wished: TensorFlowRelease | None, why: str
) -> Target | Refusal:
    release = wished or newest_stable()
    pins = _pins(facts, release, "cpu", None)
    if pins.problems:
        ways = ("wslgpu explain tensorflow lists the releases and what each has wheels for",)
        return Refusal("no-wheel-for-machine", pins.problems[0], ways)
    return Target("cpu", release, pins, (why, _told_release(release, desired, own_requirements)), "cpu")


def _gpu_lock(pins: Pins, gpu: Gpu | None, *, newest: bool) -> str:
    """ "gpu", or "gpu-pascal": a card that holds cuDNN back, or for which only an older release has kernels."""
    generation = generation_of(gpu.capability) if gpu and not newest else None
    special = pins.generation or (generation.name.lower() if generation else "")
    return f"gpu-{special}" if f"gpu-{special}" in LOCK_NAMES else "gpu"


def _gpu_candidates() -> list[TensorFlowRelease]:
    stable = [release for release in releases() if not release.prerelease]
    return [release for release in reversed(stable) if Version(release.version) >= OLDEST_WITH_CUDA_WHEELS]


def _told_release(release: TensorFlowRelease, desired: Desired, own_requirements: Sequence[str]) -> str:
    if desired.tensorflow:
        return f"TensorFlow {release.version}: {_asker(desired)}"
    own = own_tensorflow(own_requirements)
    if own is not None and own.specifier:
        return f"TensorFlow {release.version}: the project requires {own}"
    return f"TensorFlow {release.version}: the newest stable release"


def _asker(desired: Desired) -> str:
    return "what the bundle holds" if desired.bundled else "asked for"


def _pins(facts: Facts, release: TensorFlowRelease, profile: Profile, gpu: Gpu | None) -> Pins:
    driver = facts.cuda.driver
    return pins_for(
        release,
        profile=profile,
        machine=_machine(facts),
        compute_capability=gpu.capability if gpu else None,
        driver=driver if isinstance(driver, str) and gpu else None,
        side="linux" if facts.side == "linux" else "wsl",
    )


def _machine(facts: Facts) -> str:
    architecture = facts.machine.architecture
    return "x86_64" if isinstance(architecture, Unknown) else architecture


def _is_usable(python: Python, with_uv: bool) -> bool:
    """uv makes venvs with any CPython; `python -m venv` needs venv and ensurepip (Debian splits them off)."""
    plain = python.implementation == "CPython" and python.bits == 64 and not python.free_threaded
    return plain and not python.prerelease and not python.is_conda and (with_uv or python.can_make_venvs)
