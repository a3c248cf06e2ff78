"""Checks of other packages: entry points of the group `wslgpu.checks`, each a `Check` or an iterable of them.

Such a check carries its page (`Check.page`, the text of a findings page). One that does not load is itself a finding:
a check that is silently gone would read as health.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wslgpu.checks.catalog import parse_doc
from wslgpu.checks.model import Check, Judgement
from wslgpu.facts.model import Facts

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "wslgpu.checks"
METADATA = (".dist-info", ".egg-info", "EGG-INFO")


def load_foreign(points: Iterable[EntryPoint] | None = None) -> tuple[Check, ...]:
    """Every check that an installed package adds, in the order of their names."""
    if points is None:
        if not may_be_there(tuple(sys.path)):
            return ()
        from importlib.metadata import entry_points

        points = entry_points(group=GROUP)
    return tuple(check for point in sorted(points, key=lambda point: point.name) for check in _load(point))


@cache
def may_be_there(path: tuple[str, ...]) -> bool:
    """Whether a package on `path` names our group. importlib.metadata knows, and loads longer than doctor looks."""
    for folder in path:
        try:
            names = os.listdir(folder or ".")
        except NotADirectoryError:  # a zip file of packages; only importlib.metadata looks into those
            return True
        except OSError:
            continue
        if any(name.endswith(METADATA) and _names_our_group(Path(folder, name, "entry_points.txt")) for name in names):
            return True
    return False


def _names_our_group(entry_points: Path) -> bool:
    try:
        return GROUP.encode() in entry_points.read_bytes()
    except OSError:
        return False


def _load(point: EntryPoint) -> Iterator[Check]:
    try:
        loaded = point.load()
        checks = [loaded] if isinstance(loaded, Check) else list(loaded)
        for check in checks:
            if not isinstance(check, Check):
                raise TypeError(f"{point.value} holds a {type(check).__name__}, not a wslgpu.checks.model.Check")
            if not check.page:
                raise ValueError(f"the check {check.slug} carries no page")
            parse_doc(check.slug, check.page)
    except Exception as error:  # whatever a stranger's module raises
        yield _broken(point.name, error)
        return
    yield from checks


def _broken(name: str, error: Exception) -> Check:
    def judge(facts: Facts) -> Judgement:
        raise error

    return Check(name, "wslgpu", ("windows", "wsl", "linux"), judge)
