"""Is there a Python that a stable TensorFlow has wheels for, and can it make a venv?"""

from __future__ import annotations

from wslgpu.checks.model import Check, Judgement, found, known, well
from wslgpu.facts.model import Facts

OLDEST, NEWEST = (3, 10), (3, 13)


def judge_python(facts: Facts) -> Judgement:
    """3.14 must not end in a release candidate: pip takes one without being asked (knowledge: compat.toml)."""
    pythons = known(facts.pythons.found)
    fitting = [python for python in pythons if OLDEST <= python.version[:2] <= NEWEST]
    if not fitting:
        return found(found=", ".join(".".join(map(str, python.version)) for python in pythons) or "none")
    best = fitting[0]
    return well(version=".".join(map(str, best.version)), path=best.path)


CHECKS = (Check("python-unsupported", "python", ("wsl", "linux"), judge_python, vital=True),)
