"""`wslgpu team report`: many recordings and reports in, one page about the team out."""

from __future__ import annotations

import datetime
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu import __version__
from wslgpu.cli.files import put_out
from wslgpu.errors import UserError
from wslgpu.output.report import SCHEMA as REPORT
from wslgpu.output.team_report.model import Machine, Team, describe_findings, exit_code, read_report, sum_up

if TYPE_CHECKING:
    from wslgpu.checks.model import Check

Named = tuple[str, str]
CHUNK = 40
ALONE = 60  # so few are judged before a second process has started


@click.command("report", short_help="One report of many machines.")
@click.argument("files", nargs=-1, metavar="FILES...")
@click.option("--expect", type=click.Path(path_type=Path), metavar="FILE", help="Names that must be there, one a line.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "html"]), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to a file.")
@click.option("-v", "--verbose", is_flag=True, help="Every machine and every finding.")
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes that judge; one a core unless given.")
def report(
    files: tuple[str, ...],
    expect: Path | None,
    form: str,
    output: Path | None,
    verbose: bool,
    strict: bool,
    jobs: int | None,
) -> int:
    """Say of many machines who is healthy, which finding stands on how many, and what to do first.

    FILES are recordings (`doctor --record`) and reports (`doctor --format json`), folders of them, or patterns. A
    recording is judged anew; a report is taken as it was judged then. A machine is called as its file is.

    With --expect, a name of that list that has no file is in the report, too; what stands after a tab says why.

    \b
    Example:
      wslgpu team report reports/
      wslgpu team report reports/ --format html -o team.html
    """
    named = name_machines(find_files(files, may_lack=expect is not None))
    machines = list(judge_all(named, jobs or count_cores()))
    if expect is not None:
        machines += find_missing(expect, machines)
    for one in machines:
        if one.told == "nothing":
            click.echo(f"wslgpu: {one.name}: {one.why}", err=True)
    if not any(one.told != "nothing" for one in machines) and expect is None:
        raise UserError("none of the files is a recording or a report; `wslgpu doctor --record FILE` writes one")
    team = sum_up(machines, __version__)
    show(team, form, output, verbose)
    return exit_code(team, strict=strict)


def count_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def find_files(given: Sequence[str], *, may_lack: bool = False) -> list[Path]:
    """Files as given; of a folder every .json below it; of a pattern what it fits (PowerShell does not expand it).

    A folder or a pattern without any file is a UserError, unless they `may_lack` them: then the names to expect say
    who is missing.
    """
    if not given:
        raise UserError("name recordings or reports, or a folder of them: wslgpu team report reports/")
    found: dict[Path, None] = {}
    for word in given:
        path = Path(word).expanduser()
        if path.is_dir():
            below = sorted(path.rglob("*.json"))
            if not below and not may_lack:
                raise UserError(f"{word} holds no .json file; `wslgpu doctor --record FILE` writes one")
            found.update(dict.fromkeys(below))
        elif not path.exists() and any(sign in word for sign in "*?["):
            import glob

            fitting = sorted(glob.glob(str(path), recursive=True))
            if not fitting and not may_lack:
                raise UserError(f"no file fits {word}")
            found.update((Path(one), None) for one in fitting)
        else:
            found[path] = None
    return list(found)


def name_machines(paths: Sequence[Path]) -> list[Named]:
    """Each path with its machine's name: the file's without .json, and its folder in front where that is not enough."""
    stems: dict[str, int] = {}
    for path in paths:
        stems[path.stem] = stems.get(path.stem, 0) + 1
    return [(str(path), path.stem if stems[path.stem] == 1 else f"{path.parent.name}/{path.stem}") for path in paths]


def judge_all(named: Sequence[Named], jobs: int) -> Iterator[Machine]:
    """A machine for each file, in the order of the files; with many of them, in several processes."""
    if len(named) <= ALONE or jobs == 1:
        yield from judge_some(named)
        return
    chunks = [named[at : at + CHUNK] for at in range(0, len(named), CHUNK)]
    with ProcessPoolExecutor(min(jobs, len(chunks)), initializer=_load) as pool:
        for machines in pool.map(judge_some, chunks):
            yield from machines


def _load() -> None:
    """What judging needs is loaded once, and the collector of garbage need not look at it again and again."""
    _checks()
    gc.collect()
    gc.freeze()


def judge_some(named: Sequence[Named]) -> list[Machine]:
    """One file after the other; one that cannot be read is a machine of which nothing is told."""
    machines = []
    for path, name in named:
        try:
            machines.append(judge_file(Path(path), name))
        except (UserError, ValueError) as error:
            machines.append(Machine(name, "nothing", "missing", why=str(error)))
    return machines


def judge_file(path: Path, name: str) -> Machine:
    """A recording judged anew, or a report as it is. UserError or ValueError where it is neither."""
    from wslgpu.checks.engine import exit_code as code_of
    from wslgpu.facts.by_hand import tidy
    from wslgpu.system.recording import load_document, read_recording

    try:
        document = load_document(path)
        if isinstance(document, dict) and document.get("schema") == REPORT:
            return read_report(document, name, _date_of(path))
        recorded = read_recording(document, str(path))
    except UserError as error:
        raise UserError(str(error).replace("is not a recording:", "is neither a recording nor a report:")) from None
    recorded.answers = tidy(recorded.answers)
    from wslgpu.cli.doctor import judge_look
    from wslgpu.cli.doctor_windows import look_from_windows
    from wslgpu.facts.gather import gather
    from wslgpu.system.recorded import RecordingHost

    host = RecordingHost(recorded)
    on_windows = recorded.side == "windows"
    facts = look_from_windows(host, recorded.project, None) if on_windows else gather(recorded, recorded.project)
    findings = judge_look(host, facts, _checks())
    when, tool = (str(document.get(key, "")) for key in ("recorded_at", "tool"))
    fields = describe_findings(findings, code_of(findings))
    return Machine(name, "recording", when=when, tool=tool, side=recorded.side, profile=facts.profile, **fields)


@cache
def _checks() -> tuple[Check, ...]:
    from wslgpu.cli.doctor import select

    return select((), ())


def _date_of(path: Path) -> str:
    """A report says no date; its file's stands in."""
    changed = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.timezone.utc)
    return changed.isoformat(timespec="seconds")


def find_missing(expect: Path, machines: Sequence[Machine]) -> Iterator[Machine]:
    """The machines of a list that have no file; of the reason after a tab only what is there is said."""
    try:
        lines = expect.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--expect {expect}: it cannot be read ({error}); it holds one name a line") from None
    there = {one.name for one in machines}
    for line in lines:
        name, _, why = line.strip().partition("\t")
        if name and not name.startswith("#") and name not in there:
            yield Machine(name, "nothing", "missing", why=why.strip() or "no report came from it")


def show(team: Team, form: str, output: Path | None, verbose: bool) -> None:
    """Render in the wanted format, to the wanted place."""
    if form == "text":
        from wslgpu.output.glyphs import UNICODE, glyphs_for
        from wslgpu.output.team_report.text import render_team_text

        text = render_team_text(team, UNICODE if output else glyphs_for(sys.stdout.encoding), verbose=verbose)
    elif form == "markdown":
        from wslgpu.output.team_report.markdown import render_team_markdown

        text = render_team_markdown(team)
    else:
        from wslgpu.output.team_report.html import render_team_html

        text = render_team_html(team)
    put_out(text, form, output)
