"""Whether the CUDA wheels and the cuDNN of an environment fit what a TensorFlow was built with, and the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from packaging.version import InvalidVersion, Version

from wslgpu.knowledge.gpus import generation_of, spell
from wslgpu.knowledge.releases import TensorFlowRelease

if TYPE_CHECKING:
    from packaging.requirements import Requirement

Kind = Literal["absent", "out-of-range", "other-major", "older", "drops-card", "autotune-fault", "unreadable"]


@dataclass(frozen=True)
class Misfit:
    """One thing that does not fit. `requirement` is what an installer should be asked for instead."""

    kind: Kind
    requirement: str
    installed: str | None
    because: str


def judge_wheels(release: TensorFlowRelease, distributions: Mapping[str, str]) -> tuple[Misfit, ...]:
    """The wheels of the extra and-cuda that are absent, or in another version than the release asks for."""
    from packaging.requirements import Requirement  # a grammar, which most looks of doctor do without

    misfits = []
    for requirement in map(Requirement, release.and_cuda):
        installed = distributions.get(requirement.name)
        if installed is None:
            because = f"TensorFlow {release.version} takes it from a wheel, which is not installed"
            misfits.append(Misfit("absent", str(requirement), None, because))
        elif not _contains(requirement, installed):
            because = f"TensorFlow {release.version} asks for {requirement.specifier}"
            misfits.append(Misfit("out-of-range", str(requirement), installed, because))
    return tuple(misfits)


def judge_cudnn(
    release: TensorFlowRelease, version: str, compute_capability: tuple[int, int] | None = None
) -> tuple[Misfit, ...]:
    """What is against this cuDNN ("9.28.0.42"), whatever it came with: its major number, its age, the card."""
    package = f"nvidia-cudnn-cu{release.cuda_major}"
    built = Version(release.cudnn)
    try:
        found = Version(version)
    except InvalidVersion:
        return (Misfit("unreadable", f"{package}>={built}", version, f"{version!r} is no version of cuDNN"),)
    misfits = []
    if found.major != built.major:
        because = f"TensorFlow {release.version} is built with cuDNN {built}, and the major numbers have to be the same"
        misfits.append(Misfit("other-major", f"{package}>={built},<{built.major + 1}", version, because))
    elif found < built:
        because = f"TensorFlow {release.version} is built with cuDNN {built}, and an older one is refused"
        misfits.append(Misfit("older", f"{package}>={built},<{built.major + 1}", version, because))
    generation = generation_of(compute_capability) if compute_capability else None
    if generation and compute_capability and generation.cudnn_below and found >= Version(generation.cudnn_below):
        because = f"cuDNN {generation.cudnn_below} and later have no kernels for {generation.name}"
        requirement = f"{package}<{generation.cudnn_below}"
        misfits.append(Misfit("drops-card", requirement, version, f"{because} ({spell(compute_capability)})"))
    if (found.major, found.minor) == (9, 5):
        because = "XLA's autotuning of fused convolutions fails with cuDNN 9.5 (aws/deep-learning-containers#6432)"
        misfits.append(Misfit("autotune-fault", f"{package}>=9.6,<10", version, because))
    return tuple(misfits)


def _contains(requirement: Requirement, installed: str) -> bool:
    try:
        return requirement.specifier.contains(Version(installed), prereleases=True)
    except InvalidVersion:
        return False
