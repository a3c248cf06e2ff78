"""Is the environment that stands there still whole? A record alone does not see what happened to it afterwards."""

from __future__ import annotations

import re

from wslgpu.checks.drift import drift_of
from wslgpu.facts.environment import Environment
from wslgpu.facts.libraries import VenvLibraries
from wslgpu.facts.project import Project
from wslgpu.system.answers import Unknown

LOCKED = re.compile(r"^(nvidia-[\w-]+|tensorflow)==([^\s;\\]+)", re.MULTILINE)


def describe_damage(libraries: VenvLibraries | Unknown | None, project: Project) -> str:
    """What a new environment would mend, in words; "" where nothing is known to be wrong.

    What LD_LIBRARY_PATH or the system bring instead is no damage of the environment: making it anew would not help.
    """
    if not isinstance(libraries, VenvLibraries) or libraries.tensorflow is None or not libraries.tensorflow.gpu_build:
        return ""
    for library in libraries.hinders:
        if library.origin in ("missing", "wheel"):
            return f"{library.soname} {library.fault or 'is not found'}"
    state = project.state if project.state is not None and not isinstance(project.state, Unknown) else {}
    locked = dict(LOCKED.findall(project.locks.get(str(state.get("lock") or "gpu"), "")))
    for name, version in locked.items():
        installed = libraries.distributions.get(name)
        if installed != version:
            return f"{name} is {installed or 'gone'}, the lock says {version}"
    for library in libraries.libraries:
        if locked and library.package is not None and library.package not in locked:
            return f"{library.package} has written its {library.soname} over the environment's own"
    if any(name.startswith("nvidia-cuda-nvcc") for name in locked) and libraries.looked_for_tools:
        for tools, name in ((libraries.ptxas, "ptxas"), (libraries.libdevice, "libdevice.10.bc")):
            if not any(tool.origin == "wheel" for tool in tools):
                return f"the environment's {name} is gone"
    return ""


def describe_drift(project: Project, environment: Environment, machine: str | Unknown) -> str:
    """In which package the environment is not what its lock says; "" where it is. More packages do no harm."""
    drift = drift_of(project, environment, machine)
    if drift is None or isinstance(drift, Unknown) or not drift.differs:
        return ""
    lines = drift.lines()
    count = len(drift.other) + len(drift.missing)
    return lines[0] + (f" (and {count - 1} more)" if count > 1 else "")
