"""Checks of other packages: entry points of the group `wslgpu.checks`, each a `Check` or an iterable of them.

Such a check carries its page (`Check.page`, the text of a findings page). One that does not load is itself a finding:
a check that is silently gone would read as health.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points

from wslgpu.checks.catalog import parse_doc
from wslgpu.checks.model import Check, Judgement
from wslgpu.facts.model import Facts

GROUP = "wslgpu.checks"


def load_foreign(points: Iterable[EntryPoint] | None = None) -> tuple[Check, ...]:
    """Every check that an installed package adds, in the order of their names."""
    found = entry_points(group=GROUP) if points is None else points
    return tuple(check for point in sorted(found, key=lambda point: point.name) for check in _load(point))


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
