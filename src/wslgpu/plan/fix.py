"""What `doctor --fix` would do: the remedies that mend by themselves, and what is left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wslgpu.checks.model import Finding, Remedy, Where
from wslgpu.system.host import Side

PLACE_OF: dict[Side, Where] = {"wsl": "ubuntu", "linux": "ubuntu", "windows": "powershell"}
# What takes something away or stops what runs is only done for a finding that was named.
ONLY_NAMED = ("removes", "restarts")


@dataclass(frozen=True)
class FixStep:
    """One command for one finding. `needs_root`: it begins with sudo, which may ask for a password."""

    slug: str
    title: str
    argv: tuple[str, ...]
    effect: str
    needs_root: bool


@dataclass(frozen=True)
class LeftOut:
    """A finding that is not mended here, and why."""

    slug: str
    why: str


@dataclass(frozen=True)
class FixPlan:
    """Commands in the order of the findings, and what is left."""

    steps: tuple[FixStep, ...]
    left: tuple[LeftOut, ...]


def plan_fixes(findings: Sequence[Finding], side: Side, named: Sequence[str], *, is_root: bool) -> FixPlan:
    """One command a finding that failed or warned and follows from no other one; what follows is looked at again.

    `named`: slugs that the user gave by --only; only for them something is removed or restarted.
    """
    steps: list[FixStep] = []
    left: list[LeftOut] = []
    for finding in findings:
        if finding.status not in ("fail", "warn") or finding.cause is not None:
            continue
        remedy = next((one for one in finding.remedies if one.fix and one.where == PLACE_OF[side]), None)
        if remedy is None:
            left.append(LeftOut(finding.slug, _why_by_hand(finding, side)))
        elif remedy.effect in ONLY_NAMED and finding.slug not in named:
            left.append(LeftOut(finding.slug, f"it {remedy.effect} something: add --only {finding.slug}"))
        else:
            steps.append(_step(finding, remedy, is_root))
    return FixPlan(tuple(steps), tuple(left))


def _step(finding: Finding, remedy: Remedy, is_root: bool) -> FixStep:
    root = remedy.argv[0] == "sudo"
    argv = remedy.argv[1:] if root and is_root else remedy.argv
    return FixStep(finding.slug, finding.title, argv, remedy.effect, root and not is_root)


def _why_by_hand(finding: Finding, side: Side) -> str:
    if not finding.remedies:
        return f"by hand: wslgpu explain {finding.slug}"
    place = finding.remedies[0].where
    return "in the other half of this PC" if place != PLACE_OF[side] and place != "browser" else "by hand, as shown"
