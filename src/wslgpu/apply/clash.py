"""Say which two requirements clash, in place of a resolver's essay."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from wslgpu.apply.model import StepFailed
from wslgpu.plan.model import Resolve
from wslgpu.plan.own import project_dependencies

NO_WHEEL = ("no usable wheels", "Wheels are required for", "(from versions: none)")


def lacks_wheels(failure: StepFailed) -> bool:
    """Whether a resolver that may not build anything stopped for that; pip's words may mean something else, too."""
    return any(sign in failure.tail for sign in NO_WHEEL)


def explain_clash(failure: StepFailed, step: Resolve, folder: Path) -> StepFailed:
    """The same failure, told by two requirements that clash, or by the resolver's own words."""
    own = _own_lines(folder, step.sources)
    pair = find_clash(step.text.splitlines(), own) or read_clash(failure.tail, own)
    if pair is not None:
        ours, theirs = pair
        ways = (
            f"change `{theirs}` in {step.sources[0]}",
            "or name the TensorFlow that fits it, with --tensorflow VERSION",
        )
        return StepFailed(failure.step, f"{ours} and `{theirs}` ({step.sources[0]}) clash", failure.tail, ways)
    hint = ("the lines above name the requirements that do not fit together",) if step.sources else ()
    return StepFailed(failure.step, failure.why, failure.tail, hint)


def find_clash(ours: list[str], theirs: list[str]) -> tuple[str, str] | None:
    """Two requirements on one package of which each forbids the version that the other one pins."""
    pinned = {r.name.lower().replace("tensorflow-cpu", "tensorflow"): r for r in _requirements(ours)}
    for requirement in _requirements(theirs):
        own = pinned.get(requirement.name.lower().replace("tensorflow-cpu", "tensorflow"))
        if own is None:
            continue
        exact = next((s.version for s in own.specifier if s.operator == "=="), None)
        if exact and not requirement.specifier.contains(exact, prereleases=True):
            return f"`{own}` (wslgpu)", str(requirement)
    return None


def read_clash(said: str, theirs: list[str]) -> tuple[str, str] | None:
    """Two requirements on one package, as uv ("a==1 depends on b>=2") and pip ("a 1 depends on b>=2") tell of them."""
    for requirement in _requirements(theirs):
        name = re.escape(requirement.name)
        needs = re.search(rf"([\w.-]+(?:==| )[\w.]+) depends on ({name}\b[^\s;]*)", said, re.IGNORECASE)
        if needs:
            return f"`{needs[2].rstrip(',')}` (needed by {needs[1]})", str(requirement)
    return None


def _requirements(lines: list[str]) -> list[Requirement]:
    found = []
    for line in lines:
        try:
            found.append(Requirement(line.split(" #")[0].strip()))
        except InvalidRequirement:
            continue
    return found


def _own_lines(folder: Path, sources: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for source in sources:
        text = (folder / source).read_text(encoding="utf-8", errors="replace")
        lines += project_dependencies(text) if source == "pyproject.toml" else text.splitlines()
    return lines
