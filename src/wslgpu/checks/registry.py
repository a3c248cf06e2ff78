"""Every check, in the order in which a person should read them, and which finding explains which."""

from __future__ import annotations

from collections.abc import Sequence

from wslgpu.checks import (
    advisories,
    apt,
    cards,
    cuda,
    drift,
    driver,
    knowledge,
    libraries,
    loader_path,
    network,
    platform,
    pythons,
    room,
    team_machine,
    venv,
)
from wslgpu.checks.model import Check
from wslgpu.checks.windows_causes import CAUSES
from wslgpu.checks.windows_registry import WINDOWS_CHECKS
from wslgpu.errors import UserError

CHECKS: tuple[Check, ...] = libraries.with_better_evidence(
    (
        *WINDOWS_CHECKS,
        *platform.CHECKS,
        *driver.CHECKS,
        *cuda.CHECKS,
        *cards.CHECKS,
        *loader_path.CHECKS,
        *pythons.CHECKS,
        *venv.CHECKS,
        *drift.CHECKS,
        *advisories.CHECKS,
        *libraries.CHECKS,
        *room.CHECKS,
        *team_machine.CHECKS,
        *network.CHECKS,
        *apt.CHECKS,
        *knowledge.CHECKS,
    )
)

__all__ = ["CAUSES", "CHECKS", "select"]


def select(checks: Sequence[Check], only: Sequence[str], skip: Sequence[str]) -> tuple[Check, ...]:
    """The checks that --only and --skip leave; a slug that is not there is a UserError that names the nearest."""
    if not only and not skip:
        return tuple(checks)
    from difflib import get_close_matches

    slugs = [check.slug for check in checks]
    for slug in (*only, *skip):
        if slug not in slugs:
            near = get_close_matches(slug, slugs, n=3, cutoff=0.4)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UserError(f"there is no check {slug!r}{hint}")
    return tuple(check for check in checks if (not only or check.slug in only) and check.slug not in skip)
