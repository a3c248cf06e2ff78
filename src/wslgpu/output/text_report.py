"""A report for a person at a terminal: what is well in a line, what is not with the one thing to do."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import join as join_posix
from subprocess import list2cmdline

import click

from wslgpu.checks.model import Finding, Remedy, Where
from wslgpu.output.glyphs import Glyphs
from wslgpu.output.report import Report, count, next_step

PLACES: dict[Where, str] = {
    "powershell": "PowerShell",
    "powershell-admin": "PowerShell, as administrator",
    "ubuntu": "Ubuntu",
    "browser": "browser",
}
COLOURS = {"ok": "green", "info": "blue", "warn": "yellow", "fail": "red", "unknown": "magenta", "skip": None}
OPEN = ("fail", "warn", "unknown")


def render_text(report: Report, glyphs: Glyphs, *, verbose: bool = False) -> str:
    """The whole report, styled with ANSI (click takes it out where the stream is no terminal)."""
    lines = [*_areas(report, glyphs, verbose), *_open_findings(report, glyphs), *_closing(report, glyphs)]
    return "\n".join(lines) + "\n"


def show_command(remedy: Remedy) -> str:
    """A remedy as one line to paste, quoted for the shell of its place."""
    if remedy.where == "browser":
        return remedy.argv[0]
    return join_posix(remedy.argv) if remedy.where == "ubuntu" else list2cmdline(remedy.argv)


def _areas(report: Report, glyphs: Glyphs, verbose: bool) -> Iterator[str]:
    """One line an area with what its checks found well; every line of it with -v."""
    for area in dict.fromkeys(finding.area for finding in report.findings if finding.area):
        members = [finding for finding in report.findings if finding.area == area]
        worst = next(
            (s for s in ("fail", "warn", "unknown") if any(m.status == s and not m.cause for m in members)), "ok"
        )
        good = [member.title for member in members if member.status == "ok"]
        if verbose:
            yield f"{_mark(worst, glyphs)} {area}"
            for member in members:
                if member.status not in OPEN:
                    yield f"    {_mark(member.status, glyphs)} {member.title}"
        else:
            notes = [member.title for member in members if member.status == "info"]
            yield f"{_mark(worst, glyphs)} {area:<9} {'; '.join([*good[:3], *notes[:2]]) or _summary(members)}"


def _summary(members: list[Finding]) -> str:
    return next((member.title for member in members if member.status != "skip"), "not looked at here")


def _open_findings(report: Report, glyphs: Glyphs) -> Iterator[str]:
    for finding in report.findings:
        if finding.status not in OPEN or finding.cause is not None:
            continue
        yield ""
        yield f"{_mark(finding.status, glyphs)} {click.style(finding.title, bold=True)}  [{finding.slug}]"
        if finding.status == "unknown":
            yield f"    {finding.evidence.get('reason', '')}"
        for remedy in finding.remedies:
            yield f"    {glyphs.arrow} {PLACES[remedy.where]}: {click.style(show_command(remedy), fg='cyan')}"
        for follower in report.findings:
            if _root(follower, report) == finding.slug and follower.slug != finding.slug:
                yield f"    {glyphs.follows} follows from it: {follower.title}  [{follower.slug}]"


def _root(finding: Finding, report: Report) -> str:
    """The slug at the beginning of a finding's chain of causes."""
    causes = {other.slug: other.cause for other in report.findings}
    slug, seen = finding.slug, {finding.slug}
    while (cause := causes.get(slug)) and cause not in seen:
        seen.add(cause)
        slug = cause
    return slug


def _closing(report: Report, glyphs: Glyphs) -> Iterator[str]:
    counts = count(report.findings)
    told = ", ".join(f"{counts[s]} {word}" for s, word in WORDS if counts[s])
    yield ""
    yield f"{told} ({report.seconds:.1f} s, side {report.side}, profile {report.profile})"
    step = next_step(report)
    if step is not None:
        finding, remedy = step
        where = f"{PLACES[remedy.where]}: {show_command(remedy)}" if remedy else f"wslgpu explain {finding.slug}"
        yield f"Next {glyphs.arrow} {where}"
    elif counts["unknown"]:
        yield f"Next {glyphs.arrow} nothing failed; `wslgpu doctor -v` shows what could not be told"


WORDS = (("fail", "failed"), ("warn", "to look at"), ("unknown", "unknown"), ("ok", "well"), ("info", "notes"))


def _mark(status: str, glyphs: Glyphs) -> str:
    return click.style(getattr(glyphs, status), fg=COLOURS.get(status), bold=status in ("fail", "warn"))
