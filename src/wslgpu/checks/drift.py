"""The environment against the lock that it was made from, package by package."""

from __future__ import annotations

from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.environment import Environment
from wslgpu.facts.locks import Drift, find_drift, read_lock_header
from wslgpu.facts.model import Facts
from wslgpu.facts.project import Project
from wslgpu.system.answers import Unknown

IN_TITLE = 3


def drift_of(project: Project, environment: Environment, machine: str | Unknown) -> Drift | Unknown | None:
    """None where there is nothing to compare: no environment of wslgpu's, or no lock of wslgpu's for it."""
    state = project.state
    if project.venv_kind != "ours" or state is None or isinstance(state, Unknown):
        return None
    name = str(state.get("lock") or state.get("profile") or "")
    text = project.locks.get(name, "")
    if read_lock_header(text)[0] is None:
        return None
    if isinstance(environment.packages, Unknown):
        return environment.packages
    python = environment.python if isinstance(environment.python, tuple) else _read_minor(str(state.get("python", "")))
    return find_drift(name, text, environment.packages, python, "x86_64" if isinstance(machine, Unknown) else machine)


def judge_drift(facts: Facts) -> Judgement:
    """A colleague's lock that was pulled, or a `pip install` by hand: two people no longer have the same."""
    drift = known(drift_of(facts.project, facts.environment, facts.machine.architecture))
    if drift is None:
        return skip("there is no lock of wslgpu's here with an environment of its own")
    lines = drift.lines()
    if not lines:
        return well(lock=f"requirements/{drift.lock}.lock")
    rest = f"; and {len(lines) - IN_TITLE} more" if len(lines) > IN_TITLE else ""
    return found(
        None if drift.differs else "info",
        lock=f"requirements/{drift.lock}.lock",
        count="1 package differs" if len(lines) == 1 else f"{len(lines)} packages differ",
        first="; ".join(lines[:IN_TITLE]) + rest,
        packages="; ".join(lines),
    )


def _read_minor(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


CHECKS = (Check("lock-drift", "venv", BOTH, judge_drift),)
