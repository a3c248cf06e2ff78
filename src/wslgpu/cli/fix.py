"""`wslgpu doctor --fix`: the plan, the question, the doing. Everything on stderr: stdout is the report's."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from wslgpu.apply.fix import apply_fixes
from wslgpu.checks.model import Finding, Remedy
from wslgpu.errors import UserError
from wslgpu.output.text_report import PLACES, show_command
from wslgpu.plan.fix import PLACE_OF, FixPlan, FixStep, plan_fixes
from wslgpu.system.host import Side


def fix(findings: Sequence[Finding], side: Side, named: Sequence[str], *, yes: bool) -> bool:
    """Show the plan, ask, do it. True where something was done, so that the machine has to be looked at again.

    Without a terminal nothing is asked: a UserError names the flag that agrees.
    """
    is_root = sys.platform != "win32" and os.getuid() == 0
    plan = plan_fixes(findings, side, named, is_root=is_root)
    _show(plan, side)
    if not plan.steps:
        return False
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("nobody is here to agree to this; add --yes to agree")
        if not click.confirm("Do this?", err=True):
            return False
    failed = apply_fixes(plan, lambda step: click.echo(f"wslgpu: {_command(step, side)}", err=True))
    for step, why in failed:
        click.echo(f"wslgpu: {step.slug} was not mended: {why}", err=True)
    return True


def _show(plan: FixPlan, side: Side) -> None:
    place = PLACES[PLACE_OF[side]]
    click.echo(
        f"To do here ({place}):" if plan.steps else "There is nothing that wslgpu mends by itself here.", err=True
    )
    for step in plan.steps:
        root = ", as root" if step.needs_root else ""
        click.echo(f"  {step.slug} ({step.effect}{root}): {_command(step, side)}", err=True)
    for left in plan.left:
        click.echo(f"  left: {left.slug}: {left.why}", err=True)


def _command(step: FixStep, side: Side) -> str:
    return show_command(Remedy(PLACE_OF[side], step.argv))
