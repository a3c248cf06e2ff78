"""Every check, in the order in which a person should read them, and which finding explains which."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from wslgpu.checks import driver, platform, pythons
from wslgpu.checks.causes import CAUSES
from wslgpu.checks.model import Check
from wslgpu.errors import UserError

CHECKS: tuple[Check, ...] = (*platform.CHECKS, *driver.CHECKS, *pythons.CHECKS)

__all__ = ["CAUSES", "CHECKS", "select"]


def select(checks: Sequence[Check], only: Sequence[str], skip: Sequence[str]) -> tuple[Check, ...]:
    """The checks that --only and --skip leave; a slug that is not there is a UserError that names the nearest."""
    slugs = [check.slug for check in checks]
    for slug in (*only, *skip):
        if slug not in slugs:
            near = get_close_matches(slug, slugs, n=3, cutoff=0.4)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UserError(f"there is no check {slug!r}{hint}")
    return tuple(check for check in checks if (not only or check.slug in only) and check.slug not in skip)
