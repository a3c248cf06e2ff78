"""What a project asks for by itself: its requirements.txt, or the dependencies of its pyproject.toml."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from wslgpu.facts.project import Project

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class OwnNeeds:
    """`lines`: requirements as written, to look at; `files`: what the resolver reads (names relative to the folder)."""

    lines: tuple[str, ...]
    files: tuple[str, ...]
    note: str = ""


def read_own_needs(project: Project) -> OwnNeeds:
    """requirements.txt if there is one, else pyproject.toml's [project] dependencies, else nothing."""
    if isinstance(project.requirements, str):
        lines = [line.split(" #")[0].strip() for line in project.requirements.splitlines()]
        kept = tuple(line for line in lines if line and not line.startswith(("#", "-")))
        return OwnNeeds(kept, ("requirements.txt",), "the project's requirements.txt is installed along")
    if isinstance(project.pyproject, str):
        dependencies = project_dependencies(project.pyproject)
        if dependencies:
            note = "the dependencies of the project's pyproject.toml are installed along (not the project itself)"
            return OwnNeeds(dependencies, ("pyproject.toml",), note)
    return OwnNeeds((), ())


def project_dependencies(text: str) -> tuple[str, ...]:
    """The dependencies in a pyproject.toml's [project] table; none where there is no such table."""
    try:
        table: Any = tomllib.loads(text).get("project", {})
    except tomllib.TOMLDecodeError:
        return ()
    return tuple(map(str, table.get("dependencies", ()))) if isinstance(table, dict) else ()
