"""The plan of the setup on Windows as text: each step, what it runs or changes, and who has to type it."""

from __future__ import annotations

from collections.abc import Sequence

from wslgpu.plan.windows import Command, SetUpInside, Step, WindowsPlan, WriteConfig, WriteWslConf


def describe_plan(plan: WindowsPlan) -> str:
    """Numbered lines, with the diff of every file that would change."""
    lines = ["On Windows:"]
    for number, step in enumerate(plan.steps, 1):
        lines.append(f"  {number}. {step.title}")
        if isinstance(step, Command):
            place = "PowerShell as administrator" if is_for_administrator(step) else "wslgpu runs"
            lines.append(f"       {place}: {_shown(step.argv)}")
        if isinstance(step, SetUpInside):
            lines.append(f"       in {step.distribution}: wslgpu setup {' '.join(step.arguments)}")
        if isinstance(step, (WriteConfig, WriteWslConf)):
            lines += [f"       {line}" for line in step.change.diff().splitlines()]
        if isinstance(step, Command) and step.restart:
            lines.append("       then restart Windows (Restart, not Shut down) and run wslgpu setup again")
    if plan.waits:
        lines.append("  Then wslgpu looks again. What is left, as far as it can be seen from here:")
        lines += [f"    - {title}" for title in plan.later]
    return "\n".join(lines) + "\n"


def _shown(argv: Sequence[str]) -> str:
    from subprocess import list2cmdline

    return list2cmdline(["wsl.exe", *argv[1:]])


def is_for_administrator(step: Step) -> bool:
    """wslgpu never runs it: it is printed."""
    return isinstance(step, Command) and step.by == "administrator"
