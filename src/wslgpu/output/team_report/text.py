"""The team's report for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click

from wslgpu.output.glyphs import Glyphs
from wslgpu.output.team_report.model import (
    STATES,
    Machine,
    Team,
    rank_findings,
    rank_steps,
    say_count,
    say_names,
    say_source,
)

MARKS = {"failed": "fail", "missing": "unknown", "unknown": "unknown", "look": "warn", "healthy": "ok"}
COLOURS = {"failed": "red", "missing": "magenta", "unknown": "magenta", "look": "yellow", "healthy": "green"}
SHOWN_MACHINES, SHOWN_STEPS, SHOWN_FINDINGS = 30, 5, 12


def render_team_text(team: Team, glyphs: Glyphs, *, verbose: bool = False) -> str:
    """What to do first, what stands where, who drifted, then a line a machine; with `verbose` all lines."""
    lines = [_head(team), "", *_steps(team, glyphs, verbose), *_findings(team, verbose), *_drift(team)]
    return "\n".join([*lines, *_machines(team, glyphs, verbose)]) + "\n"


def count_states(team: Team) -> str:
    """ "12 machines: 3 failed, 9 healthy"."""
    parts = [f"{team.states[state]:,} {word}" for state, word in STATES.items() if team.states[state]]
    return f"{say_count(len(team.machines))}: {', '.join(parts)}"


def _head(team: Team) -> str:
    return click.style(count_states(team), bold=True)


def _steps(team: Team, glyphs: Glyphs, verbose: bool) -> Iterator[str]:
    ranked = rank_steps(team)
    if not ranked:
        return
    yield click.style("What to do first", bold=True)
    for step, names in ranked if verbose else ranked[:SHOWN_STEPS]:
        yield f"  {say_count(len(names))}: {step.title}  [{step.slug}]"
        yield f"    {say_names(names)}"
        where = f"{step.where}: " if step.where else ""
        yield f"    {glyphs.arrow} {where}{click.style(step.command or f'wslgpu explain {step.slug}', fg='cyan')}"
    if not verbose and len(ranked) > SHOWN_STEPS:
        yield f"  and {len(ranked) - SHOWN_STEPS:,} more, each for fewer machines (-v shows them)"
    yield ""


def _findings(team: Team, verbose: bool) -> Iterator[str]:
    ranked = rank_findings(team)
    if not ranked:
        return
    yield click.style("Which finding stands on how many machines", bold=True)
    width = len(f"{ranked[0][1]:,}")
    for slug, number, rooted in ranked if verbose else ranked[:SHOWN_FINDINGS]:
        follows = f"  (on {number - rooted:,} it follows from another)" if rooted < number else ""
        yield f"  {number:>{width},}  {slug}{follows}"
    if not verbose and len(ranked) > SHOWN_FINDINGS:
        yield f"  and {len(ranked) - SHOWN_FINDINGS:,} more (-v shows them)"
    yield ""


def _drift(team: Team) -> Iterator[str]:
    if team.drifted:
        yield f"{click.style('Drifted from the lock', bold=True)}: {say_names(team.drifted, 20)}"
        yield ""


def _machines(team: Team, glyphs: Glyphs, verbose: bool) -> Iterator[str]:
    """The machines that somebody must go to; all of them with -v."""
    wanted = [one for one in team.machines if verbose or one.state != "healthy"]
    if not wanted:
        return
    yield click.style("Machines", bold=True)
    shown = wanted if verbose else wanted[:SHOWN_MACHINES]
    width = min(max(len(one.name) for one in shown), 30)
    for machine in shown:
        mark = click.style(getattr(glyphs, MARKS[machine.state]), fg=COLOURS[machine.state])
        yield f"  {mark} {machine.name:<{width}}  {_say(machine, team.tool)}"
    if len(wanted) > len(shown):
        yield f"  and {len(wanted) - len(shown):,} more (-v shows them, --format html lets you filter)"


def _say(machine: Machine, tool: str) -> str:
    if machine.told == "nothing":
        return f"{STATES[machine.state]}: {machine.why}"
    roots = ", ".join(machine.roots[:3]) + (f" and {len(machine.roots) - 3} more" if len(machine.roots) > 3 else "")
    return f"{STATES[machine.state]}{f': {roots}' if roots else ''}  ({say_source(machine, tool)})"
