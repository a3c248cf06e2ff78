"""`wslgpu setup` on Windows: the Windows half of the way, then the rest inside the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from wslgpu.checks.halves import judge_both
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.checks.team_machine import machine_below_team
from wslgpu.cli import exit_codes
from wslgpu.cli.doctor_windows import folder_inside, look_from_windows
from wslgpu.cli.setup_windows_steps import FAILED_HINT, do_step
from wslgpu.cli.setup_windows_text import describe_plan, is_for_administrator
from wslgpu.errors import UserError
from wslgpu.facts.model import Facts
from wslgpu.facts.team import Team, TeamFault, read_team
from wslgpu.plan.windows import (
    SetUpInside,
    WindowsPlan,
    WindowsRefusal,
    WriteConfig,
    plan_windows,
)
from wslgpu.system.local import LocalHost
from wslgpu.system.recorded import RecordingHost

NEW_FOLDER = "~/wslgpu-train"


@dataclass(frozen=True)
class WindowsOptions:
    """What was typed after `setup`. `passed_on`: the options for the setup inside, as they were typed."""

    folder: str
    only_plan: bool
    yes: bool
    for_cpu: bool
    passed_on: tuple[str, ...] = ()


def run_windows_setup(options: WindowsOptions) -> int:
    """Look, plan, show, agree, do; again until the inside has done its part or a restart is needed (exit 5)."""
    folder = folder_inside(options.folder)
    arguments = (NEW_FOLDER if folder == "~" else folder, *options.passed_on)
    before: WindowsPlan | None = None
    shutdown = False  # what was written into .wslconfig holds once WSL starts anew
    while True:
        exe, plan = _look_and_plan(folder, arguments, for_cpu=options.for_cpu)
        if isinstance(plan, WindowsRefusal):
            return _refuse(plan)
        if plan == before:
            click.echo(f"wslgpu: that did not change what WSL looks like; {FAILED_HINT}", err=True)
            return exit_codes.FAILED
        before = plan
        text = describe_plan(plan)
        if options.only_plan:
            click.echo(text, nl=False)
            return exit_codes.OK
        click.echo(text, err=True, nl=False)
        mine = [step for step in plan.steps if not is_for_administrator(step)]
        if mine and not options.yes:
            _agree()
        for step in mine:
            code = do_step(step, exe)
            if isinstance(step, WriteConfig):
                shutdown |= code == exit_codes.OK
                if not step.before_the_rest:  # memory: WSL works with what it takes by itself
                    continue
                return _restart_wsl("then run the same command again") if code == exit_codes.OK else code
            if isinstance(step, SetUpInside) and code == exit_codes.OK and shutdown:
                return _restart_wsl("the environment is ready, and works until then, too")
            if code != exit_codes.OK or isinstance(step, SetUpInside):
                return code
        if len(mine) < len(plan.steps):
            click.echo(
                "wslgpu: nothing was changed; that line needs an administrator, and Windows a restart after it",
                err=True,
            )
            return exit_codes.RESTART


def _look_and_plan(
    folder: str, arguments: tuple[str, ...], *, for_cpu: bool
) -> tuple[str, WindowsPlan | WindowsRefusal]:
    click.echo("wslgpu: looking at Windows and WSL ...", err=True)
    here = _read_team(Path("wslgpu.toml"))
    host = RecordingHost(LocalHost())
    facts = look_from_windows(host, folder, here.distribution if here else None, must_exist=False)
    findings = judge_both(facts, CHECKS, CAUSES)
    exe = _exe(host)
    team = here or _team_inside(facts)
    _hold_to_team(facts, team)
    for_cpu = for_cpu or team.profile == "cpu"
    return exe, plan_windows(facts, findings, exe, arguments, for_cpu=for_cpu, team=team)


def _read_team(path: Path) -> Team | None:
    """A team's wslgpu.toml where PowerShell stands, which speaks for Windows; None where there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return _usable(read_team(text))


def _team_inside(facts: Facts) -> Team:
    """That of the project's folder in the distribution, where somebody looked inside."""
    inside = facts.windows is not None and facts.windows.visit.reached is True
    return _usable(read_team(facts.project.team)) if inside else Team()


def _usable(team: Team | TeamFault) -> Team:
    if isinstance(team, TeamFault):
        raise UserError(team.sentence)
    return team


def _hold_to_team(facts: Facts, team: Team) -> None:
    """A UserError where this machine is below what the team asks for."""
    below = machine_below_team(facts, team)
    if below:
        raise UserError(f"{below} (wslgpu.toml); mend that, or change the file")


def _exe(host: RecordingHost) -> str:
    from wslgpu.facts.windows_session import system_folder
    from wslgpu.system.answers import Answers

    return f"{system_folder(Answers(host.kept))}\\wsl.exe"


def _refuse(refusal: WindowsRefusal) -> int:
    from wslgpu.output.text_report import PLACES, show_command

    for finding in refusal.findings:
        click.echo(f"wslgpu: {finding.title}  [{finding.slug}]", err=True)
        for remedy in finding.remedies:
            click.echo(f"    {PLACES[remedy.where]}: {show_command(remedy)}", err=True)
        if not finding.remedies:
            click.echo(f"    wslgpu explain {finding.slug}", err=True)
    click.echo("wslgpu: setup cannot go on before that is mended; nothing was changed", err=True)
    return exit_codes.FAILED


def _agree() -> None:
    from wslgpu.cli.setup_apply import agree

    agree()


def _restart_wsl(then: str) -> int:
    """Only the user knows what else runs in WSL: it is for the user to stop it."""
    click.echo("wslgpu: .wslconfig holds from WSL's next start on. Save what is open in WSL and stop it", err=True)
    click.echo("    PowerShell: wsl.exe --shutdown", err=True)
    click.echo(f"wslgpu: {then}", err=True)
    return exit_codes.RESTART
