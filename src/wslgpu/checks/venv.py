"""The project's environment: what stands there, and who uses it."""

from __future__ import annotations

import re

from wslgpu.checks import venv_bounds, venv_cuda
from wslgpu.checks.cards import TENSORFLOWS
from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.checks.venv_release import NO_VENV, known_release
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown


def judge_base(facts: Facts) -> Judgement:
    """A venv's python is a link to the interpreter that made it; an upgrade of the system may take that away."""
    if facts.environment.base_gone is True:
        return found(home=str(facts.environment.home or "its base interpreter"))
    return well() if known(facts.environment.there) else skip(NO_VENV)


def judge_foreign(facts: Facts) -> Judgement:
    """wslgpu never touches an environment that it did not make; that is no fault."""
    kind = facts.project.venv_kind
    return found() if kind == "foreign" else well() if kind == "ours" else skip(NO_VENV)


def judge_tensorflow(facts: Facts) -> Judgement:
    """An environment without TensorFlow is another project's, or was not finished."""
    if not known(facts.environment.there):
        return skip(NO_VENV)
    packages = known(facts.environment.packages)
    there = [f"{name} {packages[name]}" for name in TENSORFLOWS if name in packages]
    return well(tensorflow=", ".join(there)) if there else found()


def judge_unpinned(facts: Facts) -> Judgement:
    """From 2.20 on the extra names ranges: two people get two cuDNNs. A lock file settles it."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if not known(facts.environment.there):
        return skip(NO_VENV)
    release = known_release(facts)
    if release is None or release.cuda_from != "wheels" or release.and_cuda_exact:
        return well()
    if facts.project.locks:
        return well()
    team = isinstance(facts.project.team, str)
    return found("warn" if team else "info", tensorflow=release.version)


def judge_gpu_package(facts: Facts) -> Judgement:
    """tensorflow-gpu was withdrawn at 2.12; old tutorials still name it (tensorflow/tensorflow#60074)."""
    for name, text in (("requirements.txt", facts.project.requirements), ("pyproject.toml", facts.project.pyproject)):
        if isinstance(text, str) and re.search(r"^[\s\"'-]*tensorflow-gpu\b", text, re.MULTILINE):
            return found(where=name)
    version = facts.environment.version("tensorflow-gpu")
    if isinstance(version, str):
        return found(where=f"the environment (version {version})")
    named = isinstance(facts.project.requirements, str) or isinstance(facts.project.pyproject, str)
    return well() if named or facts.environment.there is True else skip(NO_VENV)


def judge_keras_hang(facts: Facts) -> Judgement:
    """Keras 3.6.0 stops at the end of the first epoch with more than one worker (keras-team/keras#20425)."""
    if not known(facts.environment.there):
        return skip(NO_VENV)
    version = known(facts.environment.version("keras"))
    return found(version=version) if version and re.match(r"3\.6(\.|$)", version) else well(version=version or "none")


def judge_kernelspec(facts: Facts) -> Judgement:
    """A notebook runs in the Python that its kernel names (microsoft/vscode-jupyter#4156)."""
    pythons, packages = facts.kernelspecs.pythons, facts.environment.packages
    if not known(facts.environment.there):
        return skip(NO_VENV)
    if not pythons or isinstance(packages, Unknown) or not ({"ipykernel", "notebook", "jupyterlab"} & packages.keys()):
        return well()
    folder = facts.project.folder.rstrip("/")
    if any(path.startswith((f"{folder}/.venv/", f"{folder}/.wslgpu/")) for path in pythons.values()):
        return well()
    name, python = next(iter(pythons.items()))
    return found("warn", kernel=name, python=python)


CHECKS = (
    Check("venv-base-gone", "venv", BOTH, judge_base),
    Check("tensorflow-gpu-package", "venv", BOTH, judge_gpu_package),
    Check("venv-without-tensorflow", "venv", BOTH, judge_tensorflow),
    # What breaks the import stands before what costs the GPU.
    *venv_bounds.CHECKS,
    Check("keras-36-epoch-hang", "venv", BOTH, judge_keras_hang),
    *venv_cuda.CHECKS,
    Check("notebook-other-kernel", "venv", BOTH, judge_kernelspec),
    Check("and-cuda-unpinned", "venv", BOTH, judge_unpinned),
    Check("venv-foreign", "venv", BOTH, judge_foreign),
)
