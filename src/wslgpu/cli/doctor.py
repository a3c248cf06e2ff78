"""`wslgpu doctor`: look, judge, show."""

from __future__ import annotations

import datetime
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu import __version__
from wslgpu.cli.files import put_out, write_output
from wslgpu.errors import UserError
from wslgpu.system.host import Host
from wslgpu.system.local import LocalHost
from wslgpu.system.recorded import RecordedHost, RecordingHost
from wslgpu.system.secrets import hide_logins

if TYPE_CHECKING:
    from wslgpu.checks.model import Check, Finding
    from wslgpu.facts.model import Facts
    from wslgpu.output.report import Report

FORMATS = ("text", "json", "markdown", "html", "junit")


@click.command("doctor")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("-d", "--distribution", metavar="NAME", help="On Windows: look into this distribution.")
@click.option("-v", "--verbose", is_flag=True, help="Show what is well, too.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to a file.")
@click.option("--only", multiple=True, metavar="SLUG", help="Judge only this finding (may be given again).")
@click.option("--skip", multiple=True, metavar="SLUG", help="Leave this finding out (may be given again).")
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@click.option("--record", type=click.Path(path_type=Path), help="Write every answer to a file that --replay reads.")
@click.option("--replay", type=click.Path(path_type=Path), help="Judge a recording instead of this machine.")
@click.option("--audit-packages", is_flag=True, help="Look known vulnerabilities up, with pip-audit (sends names out).")
@click.option("--fix", "mend", is_flag=True, help="Mend what can be mended safely here, after asking.")
@click.option("--yes", is_flag=True, help="Agree to what --fix shows.")
def command(
    folder: Path,
    distribution: str | None,
    verbose: bool,
    form: str,
    output: Path | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    strict: bool,
    record: Path | None,
    replay: Path | None,
    audit_packages: bool,
    mend: bool,
    yes: bool,
) -> int:
    """Look at this machine, and at DIR's environment, and say what is wrong.

    \b
    Example:
      wslgpu doctor
      wslgpu doctor --format json -o report.json
      wslgpu doctor --record machine.json      (send that file to whoever helps you)
      wslgpu doctor --fix
      wslgpu doctor --audit-packages
    """
    began = time.monotonic()
    if only or skip:
        select(only, skip)
    recorded = open_recording(replay) if replay is not None else None
    if mend and recorded is not None:
        raise UserError("--fix mends this machine and --replay shows another one; leave one of them out")
    where = recorded.project if recorded else str(folder.expanduser().absolute())
    recorder = RecordingHost(recorded or LocalHost())
    if recorder.side == "windows" and recorded is None:
        from wslgpu.cli.doctor_windows import folder_inside

        where = folder_inside(str(folder))
    facts, findings = look_and_judge(recorder, where, distribution, only, skip)
    if audit_packages and recorded is None:
        from wslgpu.cli.doctor_audit import ask_advisories

        facts = ask_advisories(recorder, facts)
        findings = judge_look(recorder, facts, select(only, skip), only, skip)
    if mend:
        from wslgpu.cli.fix import fix

        if fix(findings, recorder.side, only, yes=yes):
            recorder = RecordingHost(LocalHost())
            facts, findings = look_and_judge(recorder, where, distribution, only, skip)
    from wslgpu.checks.engine import exit_code
    from wslgpu.output.report import Report

    code = exit_code(findings, strict=strict)
    home = home_of(facts)
    report = Report(__version__, recorder.side, facts.profile, findings, code, time.monotonic() - began, home)
    if record is not None:
        from wslgpu.system.recording import write_recording

        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        write_output(record, write_recording(recorder, project=where, when=now), private=True)
        click.echo(f"recorded: {record}", err=True)
    show(report, form, output, verbose)
    return code


def home_of(facts: Facts) -> str:
    """The home folder that the facts tell of; "" where nobody looked into a Linux."""
    if facts.side == "windows" and (facts.windows is None or facts.windows.visit.reached is not True):
        return ""
    return facts.machine.home if isinstance(facts.machine.home, str) else ""


def look_and_judge(
    host: RecordingHost, where: str, distribution: str | None, only: tuple[str, ...], skip: tuple[str, ...]
) -> tuple[Facts, tuple[Finding, ...]]:
    """One look and its findings; on Windows of both halves, and with what was pasted into a recording."""
    if host.side == "windows":
        from wslgpu.cli.doctor_windows import look_from_windows

        facts = look_from_windows(host, where, distribution)
    elif distribution is not None:
        raise UserError("-d names a distribution of Windows; here you are inside one: run wslgpu doctor without it")
    else:
        facts = gather_meanwhile(host, where)
    return facts, judge_look(host, facts, checks_for(facts, only, skip), only, skip)


def judge_look(
    host: RecordingHost,
    facts: Facts,
    checks: tuple[Check, ...],
    only: tuple[str, ...] = (),
    skip: tuple[str, ...] = (),
) -> tuple[Finding, ...]:
    """The findings of a look that was taken: of both halves from Windows, and of what was pasted into a recording."""
    from wslgpu.checks.halves import judge_both, judge_from_inside
    from wslgpu.checks.windows_causes import CAUSES

    judge = judge_both if host.side == "windows" else judge_from_inside
    findings = judge(facts, checks, CAUSES)
    if not isinstance(host.inner, RecordedHost):
        return findings
    from wslgpu.facts.gather import read_pasted

    pasted = read_pasted(host.inner.answers)
    if pasted:
        from wslgpu.checks.pasted import add_pasted
        from wslgpu.checks.registry import CHECKS

        every = add_pasted(findings, pasted, CHECKS, CAUSES)
        findings = tuple(one for one in every if one.slug not in skip and (not only or one.slug in only))
    return findings


def checks_for(facts: Facts, only: tuple[str, ...], skip: tuple[str, ...]) -> tuple[Check, ...]:
    """What --only and --skip leave; of a Windows with nothing to look into, the Windows half alone is loaded."""
    if only or skip or facts.side != "windows" or facts.windows is None or facts.windows.visit.reached is not None:
        return select(only, skip)
    from wslgpu.checks.foreign import load_foreign
    from wslgpu.checks.windows_registry import WINDOWS_CHECKS

    return (*WINDOWS_CHECKS, *load_foreign())


def select(only: tuple[str, ...], skip: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks that --only and --skip leave; a UserError names a slug that is not there."""
    from wslgpu.checks import registry
    from wslgpu.checks.foreign import load_foreign

    return registry.select((*registry.CHECKS, *load_foreign()), only, skip)


def gather_meanwhile(host: Host, folder: str) -> Facts:
    """The look in a thread of its own; this one loads meanwhile what judging needs, which takes as long."""
    from wslgpu.facts.gather import gather

    done: list[Facts | BaseException] = []

    def look() -> None:
        try:
            done.append(gather(host, folder))
        except BaseException as error:  # raised again below, where it is seen
            done.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    from wslgpu.checks.engine import load_pages
    from wslgpu.checks.foreign import may_be_there
    from wslgpu.checks.registry import CHECKS
    from wslgpu.knowledge.releases import newest_stable

    newest_stable()
    may_be_there(tuple(sys.path))
    load_pages(check for check in CHECKS if host.side in check.sides)
    looking.join()
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def open_recording(path: Path) -> RecordedHost:
    """The recorded machine, short forms written out; ids that no question has are named on stderr."""
    from difflib import get_close_matches

    from wslgpu.facts.by_hand import tidy
    from wslgpu.facts.gather import known_ids
    from wslgpu.system.recording import load_recording

    recorded = load_recording(path)
    fixed, beginnings = known_ids()
    for want_id in recorded.answers:
        if want_id not in fixed and not want_id.startswith(tuple(beginnings)):
            near = get_close_matches(want_id, fixed, n=1)
            hint = f"; did you mean {near[0]}?" if near else " (docs/recordings.md lists them)"
            click.echo(f"wslgpu: {path.name}: no question is called {want_id!r}{hint}", err=True)
    recorded.answers = tidy(recorded.answers)
    return recorded


def show(report: Report, form: str, output: Path | None, verbose: bool) -> None:
    """Render in the wanted format, to the wanted place; a renderer is imported when it is used."""
    from wslgpu.output.glyphs import UNICODE, glyphs_for

    if form == "text":
        from wslgpu.output.text_report import render_text

        glyphs = UNICODE if output else glyphs_for(sys.stdout.encoding)
        text = render_text(report, glyphs, verbose=verbose)
    elif form == "json":
        from wslgpu.output.json_report import render_json

        text = render_json(report)
    elif form == "markdown":
        from wslgpu.output.markdown_report import render_markdown

        text = render_markdown(report)
    elif form == "html":
        from wslgpu.output.html_report import render_html

        text = render_html(report)
    else:
        from wslgpu.output.junit_report import render_junit

        text = render_junit(report)
    text = hide_logins(text)  # evidence quotes lines of other programs' files
    put_out(text, form, output)
