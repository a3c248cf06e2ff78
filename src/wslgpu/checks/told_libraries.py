"""What the venv's own python told of its libraries, and the words in which judges speak of it."""

from __future__ import annotations

from wslgpu.checks.cards import installed_release
from wslgpu.facts.libraries import Library, VenvLibraries
from wslgpu.facts.model import Facts
from wslgpu.knowledge.releases import TensorFlowRelease, find_release, newest_stable


def told_libraries(facts: Facts) -> VenvLibraries | None:
    """What a venv with a GPU build told; None where none was asked, or it gave no answer."""
    told = facts.libraries
    if facts.profile == "cpu" or not isinstance(told, VenvLibraries):
        return None
    return told if told.tensorflow is not None and told.tensorflow.gpu_build else None


def release_told(facts: Facts, told: VenvLibraries) -> TensorFlowRelease:
    """The row of the TensorFlow whose files were looked at."""
    version = told.tensorflow.version if told.tensorflow else None
    row = find_release(version) or find_release(".".join(version.split(".")[:2])) if version else None
    return row or installed_release(facts) or newest_stable()


def preset_libraries(told: VenvLibraries) -> list[Library]:
    """The CUDA libraries that LD_LIBRARY_PATH brings from outside the environment."""
    ours = (f"{told.prefix}/",) if told.prefix else ()
    return [
        library
        for library in told.libraries
        if library.origin == "ld_library_path"
        and library.name != "cuda"
        and not any((library.path or "").startswith(prefix) for prefix in ours)
    ]


def short_path(path: str, told: VenvLibraries) -> str:
    """Inside the environment: as the user sees it, through .venv."""
    return ".venv" + path.removeprefix(told.prefix) if told.prefix and path.startswith(told.prefix + "/") else path
