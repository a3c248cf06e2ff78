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
from wslgpu.cli.files import write_output
from wslgpu.errors import UserError
from wslgpu.facts.gather import gather, read_pasted
from wslgpu.facts.model import Facts
from wslgpu.system.host import Host
from wslgpu.system.local import LocalHost
from wslgpu.system.recording import RecordedHost, RecordingHost, load_recording, write_recording

if TYPE_CHECKING:
    from wslgpu.checks.model import Check
    from wslgpu.output.report import Report

FORMATS = ("text", "json", "markdown", "junit")


@click.command("doctor")
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@click.option("-d", "--distribution", metavar="NAME", help="On Windows: look into this distribution.")
@click.option("-v", "--verbose", is_flag=True, help="Show what is well, too.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to a file.")
@click.option("--only", multiple=True, metavar="SLUG", help="Judge only this finding (may be given again).")
@click.option("--skip", multiple=True, metavar="SLUG", help="Leave this finding out (may be given again).")
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@click.option("--record", type=click.Path(path_type=Path), help="Write every answer to a file that --replay reads.")
@click.option("--replay", type=click.Path(path_type=Path), help="Judge a recording instead of this machine.")
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
) -> int:
    """Look at this machine, and at FOLDER's environment, and say what is wrong.

    \b
    Example:
      wslgpu doctor
      wslgpu doctor --format json -o report.json
      wslgpu doctor --record machine.json      (send that file to whoever helps you)
    """
    began = time.monotonic()
    if only or skip:
        select(only, skip)
    host: Host
    recorded: RecordedHost | None = None
    if replay is not None:
        recorded = open_recording(replay)
        host, where = recorded, recorded.project
    else:
        host, where = LocalHost(), str(folder.expanduser().absolute())
    recorder = RecordingHost(host)
    if host.side == "windows":
        from wslgpu.cli.doctor_windows import folder_inside, look_from_windows

        where = where if replay is not None else folder_inside(str(folder))
        facts = look_from_windows(recorder, where, distribution)
    elif distribution is not None:
        raise UserError("-d names a distribution of Windows; here you are inside one: run wslgpu doctor without it")
    else:
        facts = gather_meanwhile(recorder, where)
    from wslgpu.checks.engine import exit_code
    from wslgpu.checks.halves import judge_both, judge_from_inside
    from wslgpu.checks.registry import CAUSES, CHECKS
    from wslgpu.output.report import Report

    checks = select(only, skip)
    findings = (judge_both if host.side == "windows" else judge_from_inside)(facts, checks, CAUSES)
    pasted = read_pasted(recorded.answers) if recorded is not None else ()
    if pasted:
        from wslgpu.checks.pasted import add_pasted

        findings = tuple(
            finding
            for finding in add_pasted(findings, pasted, CHECKS, CAUSES)
            if finding.slug not in skip and (not only or finding.slug in only)
        )
    code = exit_code(findings, strict=strict)
    home = facts.machine.home if isinstance(facts.machine.home, str) else ""
    report = Report(__version__, host.side, facts.profile, findings, code, time.monotonic() - began, home)
    if record is not None:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        write_output(record, write_recording(recorder, project=where, when=now))
        click.echo(f"recorded: {record}", err=True)
    show(report, form, output, verbose)
    return code


def select(only: tuple[str, ...], skip: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks that --only and --skip leave; a UserError names a slug that is not there."""
    from wslgpu.checks import registry
    from wslgpu.checks.foreign import load_foreign

    return registry.select((*registry.CHECKS, *load_foreign()), only, skip)


def gather_meanwhile(host: Host, folder: str) -> Facts:
    """The look in a thread of its own; this one loads meanwhile what judging needs, which takes as long."""
    done: list[Facts | BaseException] = []

    def look() -> None:
        try:
            done.append(gather(host, folder))
        except BaseException as error:  # raised again below, where it is seen
            done.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    import wslgpu.checks.foreign
    import wslgpu.checks.registry  # noqa: F401
    from wslgpu.knowledge.releases import newest_stable

    newest_stable()
    looking.join()
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def open_recording(path: Path) -> RecordedHost:
    """The recorded machine, short forms written out; ids that no question has are named on stderr."""
    from difflib import get_close_matches

    from wslgpu.facts.by_hand import tidy
    from wslgpu.facts.gather import known_ids

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
    else:
        from wslgpu.output.junit_report import render_junit

        text = render_junit(report)
    if output is not None:
        write_output(output, click.unstyle(text))
    elif form == "text":
        click.echo(text, nl=False)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
