"""The environment's CUDA packages: all there, of one CUDA, and of one cuDNN that TensorFlow takes?

Judged by what is installed; where the venv could be asked which files win, libraries.py and winning_cudnn.py decide.
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from wslgpu.checks.cards import installed_release
from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.checks.venv_release import NO_TENSORFLOW, known_release
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown

# What every TensorFlow brings along: a list without them is an excerpt that somebody wrote down.
OWN_NEEDS = frozenset(("absl-py", "h5py", "flatbuffers", "opt-einsum", "ml-dtypes"))


def judge_cpu_build(facts: Facts) -> Judgement:
    """tensorflow-cpu can never see a GPU."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    packages = known(facts.environment.packages)
    only = "tensorflow-cpu" in packages and "tensorflow" not in packages
    return found(version=packages["tensorflow-cpu"]) if only else well()


def judge_extra(facts: Facts) -> Judgement:
    """`pip install tensorflow` without its extra brings no CUDA library (tensorflow/tensorflow#88676)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release, packages = known_release(facts), known(facts.environment.packages)
    if release is None or "tensorflow" not in packages:
        return skip(NO_TENSORFLOW)
    if release.cuda_from != "wheels":
        return skip(f"TensorFlow {release.version} has no such extra")
    wheels = [name for name in packages if re.fullmatch(r"nvidia-(cudnn|cuda-runtime|cublas)-cu\d+", name)]
    return well(wheels=len(wheels)) if wheels else found(version=packages["tensorflow"])


def judge_wheel_path(facts: Facts) -> Judgement:
    """Wheels that were built without the paths to all of their own libraries (tensorflow/tensorflow#63362).

    Setup links those into its own environments; only the files themselves can tell whether that was done.
    """
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release = known_release(facts)
    if release is None:
        return skip(NO_TENSORFLOW)
    packages = known(facts.environment.packages)
    lost = [name for name in release.runpath_lacks or () if f"nvidia-{name}-cu{release.cuda_major}" in packages]
    path = facts.variables.get("LD_LIBRARY_PATH")
    helped = isinstance(path, str) and "site-packages/nvidia" in path
    if lost and not helped and facts.project.venv_kind != "ours":
        return found(version=release.version, libraries=" ".join(lost))
    return well(version=release.version)


def judge_cuda_major(facts: Facts) -> Judgement:
    """One TensorFlow wants one major version of CUDA (tensorflow/tensorflow#59413)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release, packages = known_release(facts), known(facts.environment.packages)
    if release is None:
        return skip(NO_TENSORFLOW)
    wheels = {match[1] for name in packages if (match := re.search(r"^nvidia-.*-cu(\d+)$", name))}
    if wheels and str(release.cuda_major) not in wheels:
        return found(tensorflow=release.version, wants=release.cuda, has=f"CUDA {'/'.join(sorted(wheels))} wheels")
    if release.cuda_from == "system":
        other = _system_cuda(facts, release.cuda_major)
        if other is not None:
            return found(tensorflow=release.version, wants=release.cuda, has=other)
    return well(tensorflow=release.version, cuda=release.cuda)


def _system_cuda(facts: Facts, major: int) -> str | None:
    """A CUDA of another major version where LD_LIBRARY_PATH leads."""
    for folder, names in facts.variables.library_folders.items():
        for name in names if isinstance(names, tuple) else ():
            match = re.match(r"libcudart\.so\.(\d+)", name)
            if match and int(match[1]) != major:
                return f"{folder}/{name}"
        match = re.search(r"cuda-(\d+)", folder)
        if isinstance(names, Unknown) and match and int(match[1]) != major:
            return folder
    return None


def judge_cudnn(facts: Facts) -> Judgement:
    """cuDNN must be of the same major version and not older than what TensorFlow was built with."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release = known_release(facts)
    if release is None:
        return skip(NO_TENSORFLOW)
    package = f"nvidia-cudnn-cu{release.cuda_major}"
    installed = known(facts.environment.version(package))
    if installed is None:
        return skip(f"no {package} is installed")
    has, wants = _parse(installed), _parse(release.cudnn)
    if has is None or wants is None:
        return well(cudnn=installed)
    fits = has.major == wants.major and (has.major, has.minor) >= (wants.major, wants.minor)
    return well(cudnn=installed) if fits else found(cudnn=installed, wants=release.cudnn, tensorflow=release.version)


def judge_cudnn_autotune(facts: Facts) -> Judgement:
    """cuDNN 9.5 fails XLA's autotuning of fused convolutions (aws/deep-learning-containers#6432)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    for name, version in known(facts.environment.packages).items():
        if name.startswith("nvidia-cudnn-cu") and version.startswith("9.5."):
            return found(cudnn=version, package=name)
    return well()


def judge_libdevice(facts: Facts) -> Judgement:
    """XLA needs libdevice.10.bc, which the nvcc wheel brings (tensorflow/tensorflow#60254)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release, packages = known_release(facts), known(facts.environment.packages)
    if release is None or release.cuda_from != "wheels" or not any(n.startswith("nvidia-cudnn") for n in packages):
        return skip("no CUDA wheels here")
    package = f"nvidia-cuda-nvcc-cu{release.cuda_major}"
    if package not in packages and OWN_NEEDS.isdisjoint(packages):
        return skip("only some of the packages were told")
    lost = facts.environment.libdevice is False and package in packages
    return found(package=package) if package not in packages or lost else well()


def judge_ptxas(facts: Facts) -> Judgement:
    """An old ptxas of apt's cuda toolkit, found first on PATH (tensorflow/tensorflow#58681)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    typed = known(facts.pythons.typed)
    path = typed.get("ptxas")
    release = installed_release(facts)
    if path is None or release is None:
        return well(path=path or "none on PATH")
    match = re.search(r"cuda-(\d+)", path)
    other = match is not None and int(match[1]) != release.cuda_major
    if path.startswith("/usr/bin/"):
        return found(path=path, package="nvidia-cuda-toolkit")
    return found(path=path) if other else well(path=path)


def judge_torch(facts: Facts) -> Judgement:
    """Two frameworks pull at the same NVIDIA wheels (tensorflow/tensorflow#60913)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    packages = known(facts.environment.packages)
    both = "torch" in packages and "tensorflow" in packages
    return found(torch=packages["torch"], tensorflow=packages["tensorflow"]) if both else well()


def _parse(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


CHECKS = (
    Check("tf-cpu-build", "venv", BOTH, judge_cpu_build),
    Check("tf-cuda-extra-missing", "venv", BOTH, judge_extra),
    Check("cuda-major-mismatch", "venv", BOTH, judge_cuda_major),
    Check("cudnn-mismatch", "venv", BOTH, judge_cudnn),
    Check("tf-216-217-wheel-path", "venv", BOTH, judge_wheel_path),
    Check("libdevice-missing", "venv", BOTH, judge_libdevice),
    Check("torch-coinstall", "venv", BOTH, judge_torch),
    Check("cudnn-9.5-autotune", "venv", BOTH, judge_cudnn_autotune),
    Check("ptxas-wrong", "venv", BOTH, judge_ptxas),
)
