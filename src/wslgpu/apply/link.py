"""Links inside the venv to CUDA wheels that TensorFlow brings along and does not look into (2.16.1, 2.21.0).

What is needed is read off the venv itself (facts/libraries.py), so a release that looks everywhere gets no link.
"""

from __future__ import annotations

from pathlib import Path

from wslgpu.apply.model import StepFailed
from wslgpu.facts.libraries import Link, VenvLibraries, ask_libraries, links_needed, read_libraries
from wslgpu.system.answers import Unknown
from wslgpu.system.local import LocalHost

ROUNDS = 4  # a linked library asks for others beside the link; two rounds were enough for every release measured


def link_libraries(venv: Path) -> tuple[Link, ...]:
    """Make the links; returns those that were made. StepFailed where a library stays out of reach all the same."""
    made: list[Link] = []
    for _ in range(ROUNDS):
        found = _look(venv)
        needed = [link for link in links_needed(found) if not Path(link.path).exists()]
        if not needed:
            hinders = [library.soname for library in found.hinders if library.origin == "missing"]
            if hinders:
                raise StepFailed("linking the CUDA libraries", f"TensorFlow would not find {', '.join(hinders)}")
            return tuple(made)
        for link in needed:
            Path(link.path).symlink_to(link.target)
            made.append(link)
    raise StepFailed("linking the CUDA libraries", f"after {ROUNDS} rounds there are still libraries to link")


def _look(venv: Path) -> VenvLibraries:
    want = ask_libraries(str(venv / "bin/python"), deadline_s=60.0)
    found = read_libraries(LocalHost().ask([want]), want.id)
    if found is None or isinstance(found, Unknown):
        raise StepFailed("linking the CUDA libraries", f"the venv cannot be asked ({found or 'its python is gone'})")
    return found
