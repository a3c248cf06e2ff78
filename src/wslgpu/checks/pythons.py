"""Is there a Python that a stable TensorFlow has wheels for, and can it make a venv?"""

from __future__ import annotations

import re

from wslgpu.checks.cards import TENSORFLOWS
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.facts.pythons import Python
from wslgpu.knowledge.releases import newest_stable, pythons_of
from wslgpu.system.answers import Unknown

PRERELEASE = re.compile(r"\d(a|b|rc|\.dev)\d")


def fitting(facts: Facts) -> list[Python]:
    """The interpreters that the newest stable TensorFlow has wheels for here."""
    architecture = facts.machine.architecture
    machine = "x86_64" if isinstance(architecture, Unknown) or not architecture else architecture
    newest = newest_stable()
    served = pythons_of(newest, profile=facts.profile, machine=machine) or newest.python
    return [
        python
        for python in known(facts.pythons.found)
        if python.version[:2] in served
        and python.implementation == "CPython"
        and python.bits == 64
        and not (python.free_threaded or python.prerelease)
    ]


def _spell(pythons: tuple[Python, ...]) -> str:
    return ", ".join(dict.fromkeys(".".join(map(str, python.version)) for python in pythons)) or "none"


def judge_python(facts: Facts) -> Judgement:
    """Only where neither of the two next ones says more."""
    fit, all_found = fitting(facts), known(facts.pythons.found)
    if fit:
        return well(version=".".join(map(str, fit[0].version)), path=fit[0].path)
    if _too_new(all_found) or _too_old(all_found):
        return skip("another finding says it")
    return found(found=_spell(all_found))


def _too_new(pythons: tuple[Python, ...]) -> bool:
    newest = max(newest_stable().python)
    return any(python.version[:2] > newest for python in pythons)


def _too_old(pythons: tuple[Python, ...]) -> bool:
    return bool(pythons) and all(python.version[:2] < min(newest_stable().python) for python in pythons)


def judge_prerelease_trap(facts: Facts) -> Judgement:
    """Where only pre-releases fit, pip takes one without being asked (python/cpython#149178; seen with pip 26.3)."""
    for name in TENSORFLOWS:
        version = facts.environment.version(name)
        if isinstance(version, str) and PRERELEASE.search(version):
            return found(what=f"{name} {version} is installed", newest=newest_stable().version)
    inside = facts.environment.python
    if isinstance(inside, tuple) and inside[:2] > max(newest_stable().python):
        what = f"the environment here is of Python {'.'.join(map(str, inside))}"
        return found(what=what, newest=newest_stable().version)
    all_found = known(facts.pythons.found)
    if not fitting(facts) and _too_new(all_found):
        return found(what=f"the only Python here is {_spell(all_found)}", newest=newest_stable().version)
    return well()


def judge_too_old(facts: Facts) -> Judgement:
    """pip then takes an old TensorFlow, and says nothing (tensorflow/tensorflow#53031)."""
    all_found = known(facts.pythons.found)
    oldest = ".".join(map(str, min(newest_stable().python)))
    return found(found=_spell(all_found), oldest=oldest) if _too_old(all_found) else well()


def judge_venv_module(facts: Facts) -> Judgement:
    """Debian and Ubuntu keep ensurepip in a package of its own; uv does without (tensorflow/docs#1585)."""
    fit = fitting(facts)
    if not fit or isinstance(facts.pythons.uv, str) or any(python.can_make_venvs for python in fit):
        return well()
    minor = ".".join(map(str, fit[0].version[:2]))
    return found(python=minor, package=f"python{minor}-venv")


def judge_managed(facts: Facts) -> Judgement:
    """pip refuses to install into the system's Python (PEP 668): a venv is compulsory, and wslgpu makes one."""
    managed = [python for python in known(facts.pythons.found) if python.managed]
    if not managed or facts.environment.there is True:
        return well()
    return found("info", python=managed[0].path)


def judge_stray(facts: Facts) -> Judgement:
    """TensorFlow in the system's Python or in ~/.local leaks into what is started outside a venv."""
    stray = [path for python in known(facts.pythons.found) for path in python.stray]
    return found(path=stray[0], count=len(stray)) if stray else well()


CHECKS = (
    Check("python-unsupported", "python", BOTH, judge_python, vital=True),
    Check("python-prerelease-trap", "python", BOTH, judge_prerelease_trap),
    Check("python-too-old", "python", BOTH, judge_too_old),
    Check("venv-module-missing", "python", BOTH, judge_venv_module),
    Check("pip-as-root", "python", BOTH, judge_stray),
    Check("pep668", "python", BOTH, judge_managed),
)
