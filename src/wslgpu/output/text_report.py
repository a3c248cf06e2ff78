"""A report for a person at a terminal: what is well in a line, what is not with the one thing to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from subprocess import list2cmdline

import click

from wslgpu.checks.model import Finding, Remedy, Where
from wslgpu.output.glyphs import Glyphs
from wslgpu.output.report import Report, count, is_open, next_step

PLACES: dict[Where, str] = {
    "powershell": "PowerShell",
    "powershell-admin": "PowerShell, as administrator",
    "ubuntu": "Ubuntu",
    "browser": "browser",
}
COLOURS = {"ok": "green", "info": "blue", "warn": "yellow", "fail": "red", "unknown": "magenta", "skip": None}
OPEN = ("fail", "warn", "unknown")
# The order of the areas, from the machine inwards, and the findings whose good news tells most.
AREAS = (
    "windows",
    "wsl",
    "gpu",
    "system",
    "driver",
    "card",
    "paths",
    "python",
    "venv",
    "disk",
    "memory",
    "network",
    "apt",
)
TELLING = (
    "wsl1-distro",
    "cuda-init-failed",
    "win-driver-too-old",
    "linux-driver-too-old",
    "no-nvidia-gpu",
    "blackwell-no-kernels",
    "ld-path-foreign-cuda",
    "python-unsupported",
    "venv-without-tensorflow",
    "cudnn-mismatch",
    "disk-full",
    "memory-low",
)
WIDTH = 108


def render_text(report: Report, glyphs: Glyphs, *, verbose: bool = False) -> str:
    """The whole report, styled with ANSI (click takes it out where the stream is no terminal)."""
    lines = [*_open_findings(report, glyphs), *_areas(report, glyphs, verbose), *_closing(report, glyphs)]
    return "\n".join(lines) + "\n"


def show_command(remedy: Remedy) -> str:
    """A remedy as one line to paste, quoted for the shell of its place."""
    if remedy.where == "browser":
        return remedy.argv[0]
    if remedy.where != "ubuntu":
        return list2cmdline(remedy.argv)
    from shlex import quote

    # A quoted ~ is a folder of that name: it stays bare, where nothing else in the word needs quoting.
    return " ".join(word if re.fullmatch(r"~[\w./-]*", word) else quote(word) for word in remedy.argv)


def _areas(report: Report, glyphs: Glyphs, verbose: bool) -> Iterator[str]:
    """One line an area with what its checks found well; every line of it with -v."""
    there = dict.fromkeys(finding.area for finding in report.findings if finding.area)
    for area in sorted(there, key=lambda name: AREAS.index(name) if name in AREAS else len(AREAS)):
        members = [finding for finding in report.findings if finding.area == area]
        worst = next((status for status in OPEN if any(m.status == status for m in members)), "ok")
        if verbose:
            yield f"{_mark(worst, glyphs)} {area}"
            for member in members:
                why = f"{member.slug}: " if member.status == "skip" else ""
                yield f"    {_mark(member.status, glyphs)} {why}{member.title}"
        elif any(member.status != "skip" for member in members):
            yield f"{_mark(worst, glyphs)} {area:<8} {_summary(members)}"


def _summary(members: list[Finding]) -> str:
    """What is well, then what is open, then notes, in one line."""
    good = [member for member in members if member.status == "ok"]
    telling = [member.title for member in good if member.slug in TELLING]
    parts = telling[:2] or [member.title for member in good[:1]]
    for status, word in (("fail", "failed"), ("warn", "to look at"), ("unknown", "not known")):
        number = sum(member.status == status for member in members)
        parts += [f"{number} {word}"] if number else []
    parts += [member.title for member in members if member.status == "info"][:2]
    text = "; ".join(parts)
    return text if len(text) <= WIDTH else text[: WIDTH - 3].rstrip() + "..."


def _open_findings(report: Report, glyphs: Glyphs) -> Iterator[str]:
    """Each cause with what follows from it folded under it; what could not be told, in one line at the end."""
    roots = [finding for finding in report.findings if is_open(finding) and finding.cause is None]
    for finding in roots:
        yield f"{_mark(finding.status, glyphs)} {click.style(finding.title, bold=True)}  [{finding.slug}]"
        for remedy in finding.remedies:
            yield f"    {glyphs.arrow} {PLACES[remedy.where]}: {click.style(show_command(remedy), fg='cyan')}"
        if _wants_words(finding):
            yield f"    {glyphs.arrow} {click.style(f'wslgpu explain {finding.slug}', fg='cyan')} says what to do"
        followers = [f for f in report.findings if f.slug != finding.slug and _root(f, report) == finding.slug]
        told = [follower for follower in followers if follower.status != "unknown"]
        for follower in told:
            yield f"    {glyphs.follows} follows from it: {follower.title}  [{follower.slug}]"
        if len(followers) > len(told):
            yield f"    {glyphs.follows} and {len(followers) - len(told)} questions that it leaves without an answer"
        yield ""
    unknown = [finding for finding in report.findings if finding.status == "unknown" and finding.cause is None]
    unknown = [finding for finding in unknown if finding not in roots]
    if unknown:
        yield f"{_mark('unknown', glyphs)} {click.style(_say_unknown(unknown), bold=not roots)}"
        for reason, slugs in _by_reason(unknown):
            yield f"    {reason}: {', '.join(slugs[:6])}{f' and {len(slugs) - 6} more' if len(slugs) > 6 else ''}"
        yield ""


def _wants_words(finding: Finding) -> bool:
    """Where a command alone does not mend it: it opens an editor, or there is none."""
    return not finding.remedies or finding.remedies[0].argv[0] == "notepad.exe"


def _say_unknown(unknown: list[Finding]) -> str:
    vital = [finding.slug for finding in unknown if finding.vital]
    needed = f", and this machine cannot be judged without {', '.join(vital)}" if vital else ""
    return f"{len(unknown)} questions have no answer{needed}"


def _by_reason(unknown: list[Finding]) -> list[tuple[str, list[str]]]:
    """Slugs by reason; a recording's missing answers are one reason, whatever they are called."""
    found: dict[str, list[str]] = {}
    for finding in unknown:
        reason = finding.evidence.get("reason", "")
        short = "not recorded" if reason.startswith("not recorded") else reason
        found.setdefault(short, []).append(finding.slug)
    return sorted(found.items(), key=lambda item: -len(item[1]))[:5]


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
    yield f"{told or 'nothing was looked at'} ({report.seconds:.1f} s, side {report.side}, profile {report.profile})"
    step = next_step(report)
    if step is not None:
        finding, remedy = step
        where = f"{PLACES[remedy.where]}: {show_command(remedy)}" if remedy else f"wslgpu explain {finding.slug}"
        words = f"   (what to do: wslgpu explain {finding.slug})" if remedy and _wants_words(finding) else ""
        yield f"Next {glyphs.arrow} {where}{words}"
    elif counts["unknown"]:
        yield f"Next {glyphs.arrow} nothing failed; wslgpu doctor -v shows what could not be told"
    else:
        yield f"Next {glyphs.arrow} nothing needs mending"


WORDS = (("fail", "failed"), ("warn", "to look at"), ("unknown", "unknown"), ("ok", "well"), ("info", "notes"))


def _mark(status: str, glyphs: Glyphs) -> str:
    return click.style(getattr(glyphs, status), fg=COLOURS.get(status), bold=status in ("fail", "warn"))
