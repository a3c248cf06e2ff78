"""The team's report as Markdown, redacted as doctor's is: the machines' names are those of their files."""

from __future__ import annotations

from collections.abc import Iterator

from wslgpu.output.redact import redact
from wslgpu.output.team_report.model import STATES, Team, rank_findings, rank_steps, say_count, say_names, say_source
from wslgpu.output.team_report.text import count_states


def render_team_markdown(team: Team) -> str:
    """Sums first, then a table with one line a machine."""
    lines = [f"### wslgpu team report {team.tool}", "", count_states(team), "", *_sums(team)]
    lines += ["| machine | state | findings | do first | judged |", "|---|---|---|---|---|"]
    for one in team.machines:
        first = f"{one.first.where}: `{_cell(one.first.command)}`" if one.first and one.first.command else ""
        found = ", ".join(f"`{slug}`" for slug in one.roots)
        lines.append(
            f"| {_cell(one.name)} | {STATES[one.state]} | {found} | {redact(first)} "
            f"| {_cell(redact(say_source(one, team.tool)))} |"
        )
    return "\n".join(lines) + "\n"


def _sums(team: Team) -> Iterator[str]:
    for step, names in rank_steps(team):
        command = f"; {step.where}: `{step.command}`" if step.command else ""
        told = redact(f"- {say_count(len(names))} first: {step.title} (`{step.slug}`){command}")
        yield f"{told}; {say_names(names)}"
    yield ""
    for slug, number, rooted in rank_findings(team):
        follows = f", on {number - rooted:,} it follows from another" if rooted < number else ""
        yield f"- `{slug}`: on {say_count(number)}{follows}"
    if team.drifted:
        yield f"- drifted from the lock: {say_names(team.drifted, 50)}"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
