"""Is there anything to do at all? The quick answer, from a short look and without the tables of what fits with what.

A "nothing" here is certain: the same wish, on the same driver and card, with the same tables and requirements of the
project, ended in the venv that stands there. Anything else goes the long way, which may still find nothing to do.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from wslgpu import __version__
from wslgpu.facts.cuda import CudaDriver
from wslgpu.facts.machine import MachineFacts
from wslgpu.facts.project import Project
from wslgpu.plan.desired import Desired, UpToDate
from wslgpu.system.answers import Unknown

TABLES = Path(__file__).resolve().parent.parent / "knowledge" / "compat.toml"


def digest_wish(desired: Desired, project: Project, cuda: CudaDriver, machine: MachineFacts) -> str:
    """Hex SHA-256 of the wish and of everything that could change what comes of it, but for the interpreters."""
    gpus = cuda.gpus if not isinstance(cuda.gpus, Unknown) else ()
    document = {
        "wish": [desired.profile, desired.tensorflow, desired.python, desired.packages],
        "cuda": [] if desired.profile == "cpu" else [str(cuda.init_code), str(cuda.driver), [str(gpu) for gpu in gpus]],
        "machine": str(machine.architecture),
        "own": [str(project.requirements), str(project.pyproject)],
        "tool": [__version__, hashlib.sha256(TABLES.read_bytes()).hexdigest()],
    }
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def find_current(desired: Desired, project: Project, wish: str) -> UpToDate | None:
    """The environment that stands there, if it was made of this wish and is whole."""
    state = project.state
    if state is None or isinstance(state, Unknown) or wish not in state.get("wishes", ()):
        return None
    if not stands(project) or (desired.smoke and not state.get("smoked")):
        return None
    return told(desired, project)


def stands(project: Project) -> bool:
    """The link is setup's own, and the interpreter behind it is there."""
    return project.venv_kind == "ours" and project.python_runs is True


def told(desired: Desired, project: Project) -> UpToDate:
    """What setup wrote of the environment."""
    state = project.state if project.state is not None and not isinstance(project.state, Unknown) else {}
    names = (str(state.get(key, "?")) for key in ("profile", "tensorflow", "python"))
    return UpToDate(desired.folder, *names)
