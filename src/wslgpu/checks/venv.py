"""The project's environment: what stands there, and do its packages fit together?"""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from wslgpu.checks.cards import TENSORFLOWS, installed_release
from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.knowledge.releases import TensorFlowRelease
from wslgpu.system.answers import Unknown

# What every TensorFlow brings along: a list without them is an excerpt that somebody wrote down.
OWN_NEEDS = frozenset(("absl-py", "h5py", "flatbuffers", "opt-einsum", "ml-dtypes"))
NO_VENV, NO_TENSORFLOW = "there is no environment in this folder", "no TensorFlow that is known is installed here"


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


def _release(facts: Facts) -> TensorFlowRelease | None:
    known(facts.environment.packages)
    return installed_release(facts)


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
    release, packages = _release(facts), known(facts.environment.packages)
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
    release = _release(facts)
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
    release, packages = _release(facts), known(facts.environment.packages)
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
    release = _release(facts)
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


def judge_unpinned(facts: Facts) -> Judgement:
    """From 2.20 on the extra names ranges: two people get two cuDNNs. A lock file settles it."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if not known(facts.environment.there):
        return skip(NO_VENV)
    release = _release(facts)
    if release is None or release.cuda_from != "wheels" or release.and_cuda_exact:
        return well()
    if facts.project.locks:
        return well()
    team = isinstance(facts.project.team, str)
    return found("warn" if team else "info", tensorflow=release.version)


def judge_libdevice(facts: Facts) -> Judgement:
    """XLA needs libdevice.10.bc, which the nvcc wheel brings (tensorflow/tensorflow#60254)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release, packages = _release(facts), known(facts.environment.packages)
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


def _bounds(release: TensorFlowRelease, package: str) -> str:
    own = release.numpy if package == "numpy" else release.protobuf
    extra = [pin.requirement for pin in release.extra_pins if re.match(rf"{package}(?![\w-])", pin.requirement)]
    return ",".join([own, *(requirement[len(package) :] for requirement in extra)])


def _judge_bounds(facts: Facts, package: str) -> Judgement:
    release = _release(facts)
    if release is None:
        return skip(NO_TENSORFLOW)
    installed, bounds = known(facts.environment.version(package)), _bounds(release, package)
    version = _parse(installed) if installed is not None else None
    try:
        fits = version is None or SpecifierSet(bounds).contains(version, prereleases=True)
    except InvalidSpecifier:
        return well(installed=installed or "none")
    if fits:
        return well(installed=installed or "none")
    return found(installed=installed, wants=bounds, tensorflow=release.version)


def judge_numpy(facts: Facts) -> Judgement:
    """TensorFlow to 2.17 was built for NumPy 1 (tensorflow/tensorflow#90245)."""
    return _judge_bounds(facts, "numpy")


def judge_protobuf(facts: Facts) -> Judgement:
    """Generated code and runtime of protobuf must fit (tensorflow/tensorflow#56266)."""
    return _judge_bounds(facts, "protobuf")


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


def judge_torch(facts: Facts) -> Judgement:
    """Two frameworks pull at the same NVIDIA wheels (tensorflow/tensorflow#60913)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    packages = known(facts.environment.packages)
    both = "torch" in packages and "tensorflow" in packages
    return found(torch=packages["torch"], tensorflow=packages["tensorflow"]) if both else well()


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


def _parse(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


CHECKS = (
    Check("venv-base-gone", "venv", BOTH, judge_base),
    Check("tensorflow-gpu-package", "venv", BOTH, judge_gpu_package),
    Check("venv-without-tensorflow", "venv", BOTH, judge_tensorflow),
    # What breaks the import stands before what costs the GPU.
    Check("numpy2-abi", "venv", BOTH, judge_numpy),
    Check("protobuf-clash", "venv", BOTH, judge_protobuf),
    Check("keras-36-epoch-hang", "venv", BOTH, judge_keras_hang),
    Check("tf-cpu-build", "venv", BOTH, judge_cpu_build),
    Check("tf-cuda-extra-missing", "venv", BOTH, judge_extra),
    Check("cuda-major-mismatch", "venv", BOTH, judge_cuda_major),
    Check("cudnn-mismatch", "venv", BOTH, judge_cudnn),
    Check("tf-216-217-wheel-path", "venv", BOTH, judge_wheel_path),
    Check("libdevice-missing", "venv", BOTH, judge_libdevice),
    Check("torch-coinstall", "venv", BOTH, judge_torch),
    Check("cudnn-9.5-autotune", "venv", BOTH, judge_cudnn_autotune),
    Check("ptxas-wrong", "venv", BOTH, judge_ptxas),
    Check("notebook-other-kernel", "venv", BOTH, judge_kernelspec),
    Check("and-cuda-unpinned", "venv", BOTH, judge_unpinned),
    Check("venv-foreign", "venv", BOTH, judge_foreign),
)
