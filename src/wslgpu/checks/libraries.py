"""What the files say that TensorFlow would load: better evidence than packages and folders, where the venv was asked.

Other checks judge the same findings by names of packages; where the venv's own python told which file would win, that
decides (`with_better_evidence`). A recording by hand that has packages only is judged by those, as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.loader_path import SYSTEM_FOLDERS, where_set
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.checks.told_libraries import preset_libraries, release_told, short_path, told_libraries
from wslgpu.checks.winning_cudnn import better_autotune, better_cudnn, better_generation
from wslgpu.facts.libraries import Library, Tool, VenvLibraries
from wslgpu.facts.model import Facts
from wslgpu.knowledge.cuda_fit import judge_wheels
from wslgpu.knowledge.releases import TensorFlowRelease
from wslgpu.system.answers import Unknown

Better = Callable[[Facts, VenvLibraries], Judgement | None]
WHEELS = {"cudart": "cuda-runtime", "cublasLt": "cublas", "nvrtc": "cuda-nvrtc", "cupti": "cuda-cupti"}
APT_TOOLKIT = "nvidia-cuda-toolkit"


def with_better_evidence(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The same checks; what the files say goes before what packages and folders let suppose."""
    return tuple(_improve(check, BETTER[check.slug]) if check.slug in BETTER else check for check in checks)


def _improve(check: Check, better: Better) -> Check:
    def judge(facts: Facts) -> Judgement:
        told = told_libraries(facts)
        judgement = better(facts, told) if told is not None else None
        return check.judge(facts) if judgement is None else judgement

    return replace(check, judge=judge)


def judge_cannot_dlopen(facts: Facts) -> Judgement:
    """TensorFlow itself says only "Cannot dlopen some GPU libraries" (tensorflow/tensorflow#117538)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if isinstance(facts.libraries, Unknown) and facts.libraries.reason == "not_recorded":
        return skip("no environment was asked for its libraries")
    told = known(facts.libraries)
    if told is None or told_libraries(facts) is None:
        return skip("there is no TensorFlow for the GPU here")
    if not told.hinders:
        return well(count=len(told.libraries))
    first, more = told.hinders[0], len(told.hinders) - 1
    return found(
        library=first.soname + (f" and {more} more" if more else ""),
        why=describe_fault(first, told, release_told(facts, told)),
        libraries=" ".join(library.soname for library in told.hinders),
        searched=", ".join(short_path(folder, told) for folder in first.searched) or "-",
        comes_from=wheel_of(first, release_told(facts, told)),
    )


def describe_fault(library: Library, told: VenvLibraries, release: TensorFlowRelease) -> str:
    """Why the loader does not get it, in words."""
    if library.origin == "missing":
        if library.present_at:
            return f"it lies in {short_path(library.present_at, told)}, where TensorFlow does not look"
        before = "LD_LIBRARY_PATH, " if told.ld_library_path else ""
        own = f"{len(library.searched)} folders of the environment, " if library.searched else ""
        return f"it is not in {before}{own}nor among the system's libraries; {wheel_of(library, release)} brings it"
    path = short_path(library.path or library.soname, told)
    return f"{path} is a stand-in to link with" if library.stub else f"{path} {library.fault}"


def wheel_of(library: Library, release: TensorFlowRelease) -> str:
    """The package that should bring a library."""
    name = "cudnn" if library.name.startswith("cudnn") else library.name
    return f"nvidia-{WHEELS.get(name, name.lower())}-cu{release.cuda_major}"


def better_foreign_cuda(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """LD_LIBRARY_PATH wins over RUNPATH, file by file; a folder that holds none of these files does no harm."""
    if release_told(facts, told).cuda_from == "system" or not told.ld_library_path:
        return None
    won = preset_libraries(told)
    if not won:
        return well(value=":".join(told.ld_library_path))
    version = won[0].version or (f"of CUDA {won[0].toolkit}" if won[0].toolkit else "of unknown version")
    return found(
        folder=str(PurePosixPath(won[0].path or "?").parent),
        library=f"{won[0].soname} ({version})",
        where=where_set(facts, "LD_LIBRARY_PATH"),
        libraries=" ".join(library.soname for library in won),
    )


def better_system_first(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """A library that one of Ubuntu's own folders brings, because LD_LIBRARY_PATH names it (microsoft/WSL#9099)."""
    for library in told.libraries:
        folder = str(PurePosixPath(library.path or "?").parent)
        if library.origin == "ld_library_path" and folder in SYSTEM_FOLDERS:
            return found(folder=folder, library=library.soname, where=where_set(facts, "LD_LIBRARY_PATH"))
    return None


def better_cuda_major(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """A library of another major version of CUDA, by the package that wrote it or by the toolkit's folder."""
    release = release_told(facts, told)
    for library in told.libraries:
        if library.origin == "wheel" and library.of_cuda not in (None, release.cuda_major):
            has = f"{library.soname} of {library.package} {library.version}"
            return found(tensorflow=release.version, wants=release.cuda, has=has)
    from_path = release.cuda_from == "system"  # with wheels, ld-path-foreign-cuda says it
    for library in told.libraries:
        other = library.toolkit is not None and int(library.toolkit.split(".")[0]) != release.cuda_major
        told_here = library.origin == "ld_cache" or (from_path and library.origin == "ld_library_path")
        if library.essential and told_here and other and not library.name.startswith("cudnn"):
            return found(
                tensorflow=release.version, wants=release.cuda, has=f"{library.path} of CUDA {library.toolkit}"
            )
    if from_path and told.libraries and not told.hinders:
        return well(tensorflow=release.version, cuda=release.cuda)
    return None


def better_stub(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """The libcuda that this TensorFlow would load, which need not be the one that doctor's own python loads."""
    cuda = told.find("cuda")
    return found(file=cuda.path) if cuda is not None and cuda.stub else None


def better_wheel_path(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """A wheel's library that is there and that nobody looks for: 2.16.1 has five, 2.21.0 has libcusolver."""
    if not told.libraries:
        return None
    version = release_told(facts, told).version
    strangers = {
        library.path for library in told.libraries if library.origin != "wheel"
    }  # these look beside themselves
    lost = [
        library
        for library in told.hinders
        if library.origin == "missing" and library.present_at and library.asked_by not in strangers
    ]
    if not lost:
        return well(version=version)
    return found(version=version, libraries=" ".join(library.soname for library in lost))


def better_libdevice(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """XLA looks in the folder of XLA_FLAGS, in /usr/local/cuda and in the nvcc wheel; the first one serves."""
    release = release_told(facts, told)
    if not told.looked_for_tools or release.cuda_from != "wheels":
        return None
    usable = [tool for tool in told.libdevice if tool.usable]
    if usable:
        return well(path=usable[0].path)
    return found(package=f"nvidia-cuda-nvcc-cu{release.cuda_major}")


def better_ptxas(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """XLA takes the ptxas of PATH before the wheel's own; none at all ends jit_compile=True (tensorflow#58681)."""
    release = release_told(facts, told)
    if not told.looked_for_tools or release.cuda_from != "wheels":
        return None
    tool = next((tool for tool in told.ptxas if tool.usable), None)
    if tool is None:
        return found(path=f"none is there, nvidia-cuda-nvcc-cu{release.cuda_major} should bring it")
    if tool.origin == "wheel":
        return well(path=short_path(tool.path, told))
    version = _version_of(tool)
    wanted = tuple(int(part) for part in re.findall(r"\d+", release.cuda)[:2])
    if version is not None and version[:1] == wanted[:1] and version >= wanted:
        return well(path=tool.path)
    spelt = ".".join(map(str, version)) if version else "of unknown version"
    told_path = f"{tool.path} ({spelt}, TensorFlow is built with {release.cuda})"
    if tool.path.startswith("/usr/bin/"):
        return found(path=told_path, package=APT_TOOLKIT)
    return found(path=told_path)


def _version_of(tool: Tool) -> tuple[int, ...] | None:
    text = tool.version or tool.toolkit
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2]) if text else None


def better_torch(facts: Facts, told: VenvLibraries) -> Judgement | None:
    """PyTorch beside TensorFlow does harm where it moved NVIDIA's packages; else it is worth a word, no more."""
    release, names = release_told(facts, told), told.distributions
    if "torch" not in names or release.cuda_from != "wheels" or not release.and_cuda:
        return None
    moved = [
        f"{misfit.requirement.partition('=')[0].partition('<')[0].rstrip('>~!')} {misfit.installed}"
        for misfit in judge_wheels(release, names)
        if misfit.kind == "out-of-range"
    ]
    return found(
        None if moved or told.hinders else "info",
        torch=names["torch"],
        tensorflow=release.version,
        moved=", ".join(moved) or "nothing",
    )


BETTER: Mapping[str, Better] = {
    "ld-path-foreign-cuda": better_foreign_cuda,
    "ld-path-system-first": better_system_first,
    "cuda-major-mismatch": better_cuda_major,
    "cudnn-mismatch": better_cudnn,
    "cudnn-drops-pascal": better_generation,
    "cudnn-9.5-autotune": better_autotune,
    "libcuda-stub": better_stub,
    "tf-216-217-wheel-path": better_wheel_path,
    "libdevice-missing": better_libdevice,
    "ptxas-wrong": better_ptxas,
    "torch-coinstall": better_torch,
}
CHECKS = (Check("tf-cannot-dlopen", "venv", BOTH, judge_cannot_dlopen),)
