"""The requirements that wslgpu asks for, as a file that says where each line comes from."""

from __future__ import annotations

from shlex import join

from wslgpu import __version__
from wslgpu.facts.model import Facts
from wslgpu.knowledge.compat import Pin
from wslgpu.plan.choices import Target
from wslgpu.plan.desired import Desired
from wslgpu.plan.python_wish import is_range
from wslgpu.plan.render import render
from wslgpu.system.answers import Unknown

PIP = Pin("pip", "so that `pip install` in this venv is this venv's own", "wslgpu")


def render_requirements(facts: Facts, desired: Desired, target: Target, python: str, today: str) -> str:
    """templates/requirements/requirements.in.j2 for a target."""
    machine = facts.machine.architecture
    return render(
        "requirements/requirements.in.j2",
        wslgpu_version=__version__,
        made_on=today,
        profile=target.profile,
        python=python,
        machine="unknown" if isinstance(machine, Unknown) else machine,
        made_from=list(target.reasons),
        command="wslgpu team lock" if is_range(python) else setup_command(desired),
        pins=[*target.pins.requirements, PIP, *(Pin(line, "wslgpu.toml asks for it", "") for line in desired.packages)],
    )


def setup_command(desired: Desired) -> str:
    """The command line that asks for the same again, from inside the project's folder."""
    words = ["wslgpu", "setup", "."]
    if desired.profile != "auto":
        words += ["--profile", desired.profile]
    if desired.tensorflow:
        words += ["--tensorflow", desired.tensorflow]
    if desired.python:
        words += ["--python", desired.python]
    return join(words)
