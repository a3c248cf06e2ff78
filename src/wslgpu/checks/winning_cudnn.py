"""The cuDNN that TensorFlow would really load: does it fit TensorFlow, the card, and its own parts?

A package's version says what was installed, and another file may win: by LD_LIBRARY_PATH, from the system, or because
two packages (PyTorch's pin and TensorFlow's) wrote the same files. facts/venv_probe.py reads the version off the file.
"""

from __future__ import annotations

from typing import Any

from wslgpu.checks.cards import cards
from wslgpu.checks.model import Judgement, found, known, well
from wslgpu.checks.told_libraries import preset_libraries, release_told, short_path
from wslgpu.facts.libraries import Library, VenvLibraries
from wslgpu.facts.model import Facts
from wslgpu.knowledge.cuda_fit import judge_cudnn
from wslgpu.knowledge.gpus import generation_of
from wslgpu.system.answers import Unknown


def better_cudnn(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """The cuDNN that would be loaded, wherever it comes from, and its parts, which it opens by name."""
    release, cudnn = release_told(facts, told), told.find("cudnn")
    if cudnn is None or not cudnn.usable or cudnn.version is None:
        return None
    if cudnn.origin == "ld_library_path" and release.cuda_from == "wheels" and cudnn in preset_libraries(told):
        return None  # ld-path-foreign-cuda says it
    misfits = [misfit for misfit in judge_cudnn(release, cudnn.version) if misfit.kind in ("other-major", "older")]
    if misfits:
        return found(cudnn=cudnn.version, wants=release.cudnn, tensorflow=release.version, file=cudnn.path)
    for part in told.libraries:
        if part.name.startswith("cudnn_") and part.version is not None and not _same(part.version, cudnn.version):
            text = f"{cudnn.version} with {part.soname} of {part.version}"
            return found("fail", cudnn=text, wants=release.cudnn, tensorflow=release.version, file=part.path)
    return well(cudnn=cudnn.version)


def better_generation(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """Whether the cuDNN that wins has code for the card; None where none would be loaded (tf-cannot-dlopen says it)."""
    cudnn = told.find("cudnn")
    if cudnn is None or not cudnn.usable:
        return None
    release = release_told(facts, told)
    for name, capability in known(cards(facts)):
        generation = generation_of(capability)
        if generation is None or generation.cudnn_below is None:
            continue
        version = known(_version_of(cudnn))
        if any(misfit.kind == "drops-card" for misfit in judge_cudnn(release, version, capability)):
            evidence: dict[str, Any] = {"card": name, "generation": generation.name, "below": generation.cudnn_below}
            return found(cudnn=_spell(cudnn, told), **evidence, **_package(cudnn, release.cuda_major))
    return well(cudnn=cudnn.version or "any")


def better_autotune(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """cuDNN 9.5 by the file that wins; None where its version could not be read."""
    cudnn = told.find("cudnn")
    if cudnn is None or not cudnn.usable or cudnn.version is None:
        return None
    if not _same(cudnn.version, "9.5"):
        return well(cudnn=cudnn.version)
    return found(cudnn=_spell(cudnn, told), **_package(cudnn, release_told(facts, told).cuda_major))


def _version_of(cudnn: Library) -> str | Unknown:
    return cudnn.version or Unknown("failed", f"{cudnn.path} does not tell its version")


def _spell(cudnn: Library, told: VenvLibraries) -> str:
    """Its version, and its file where that is not the environment's own."""
    if cudnn.origin == "wheel":
        return str(cudnn.version)
    return f"{cudnn.version} in {short_path(cudnn.path or cudnn.soname, told)}"


def _package(cudnn: Library, cuda_major: int) -> dict[str, Any]:
    """What to install in its place; another package mends nothing where a file from outside the environment wins."""
    return {"package": f"nvidia-cudnn-cu{cuda_major}"} if cudnn.origin == "wheel" else {}


def _same(version: str, other: str) -> bool:
    length = min(len(version.split(".")), len(other.split(".")))
    return version.split(".")[:length] == other.split(".")[:length]
