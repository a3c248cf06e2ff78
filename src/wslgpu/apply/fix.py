"""Does what plan/fix.py planned: one command after the other, in sight of the user; what fails stops nothing else."""

from __future__ import annotations

from collections.abc import Callable

from wslgpu.plan.fix import FixPlan, FixStep
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.visible import run_visible


def apply_fixes(plan: FixPlan, tell: Callable[[FixStep], None]) -> tuple[tuple[FixStep, str], ...]:
    """Run every step; the answer names those that did not end well, and how."""
    failed = []
    for step in plan.steps:
        tell(step)
        ended = run_visible(step.argv)
        if isinstance(ended, Absent):
            failed.append((step, f"there is no {step.argv[0]} here"))
        elif isinstance(ended, Unknown):
            failed.append((step, str(ended)))
        elif ended != 0:
            failed.append((step, f"it ended with {ended}"))
    return tuple(failed)
