"""`wslgpu setup` on Windows: the Windows half of the way, then the rest inside the distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from wslgpu.checks.halves import judge_both
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.cli import exit_codes
from wslgpu.cli.doctor_windows import folder_inside, look_from_windows
from wslgpu.plan.windows import (
    AddPython,
    Command,
    SetUpInside,
    Step,
    WindowsPlan,
    WindowsRefusal,
    WriteConfig,
    plan_windows,
)
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.local import LocalHost
from wslgpu.system.recording import RecordingHost
from wslgpu.system.visible import run_visible

NEW_FOLDER = "~/wslgpu-train"
FAILED_HINT = "run the same command again to go on; `wslgpu doctor` says what is wrong"


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
    while True:
        exe, plan = _look_and_plan(folder, arguments, for_cpu=options.for_cpu)
        if isinstance(plan, WindowsRefusal):
            return _refuse(plan)
        if plan == before:
            click.echo(f"wslgpu: that did not change what WSL looks like; {FAILED_HINT}", err=True)
            return exit_codes.FAILED
        before = plan
        text = _describe(plan)
        if options.only_plan:
            click.echo(text, nl=False)
            return exit_codes.OK
        click.echo(text, err=True, nl=False)
        mine = [step for step in plan.steps if not _is_for_administrator(step)]
        if mine and not options.yes:
            _agree()
        for step in mine:
            code = _do(step, exe)
            if code != exit_codes.OK or isinstance(step, SetUpInside):
                return code
        if len(mine) < len(plan.steps):
            return exit_codes.RESTART


def _look_and_plan(
    folder: str, arguments: tuple[str, ...], *, for_cpu: bool
) -> tuple[str, WindowsPlan | WindowsRefusal]:
    click.echo("wslgpu: looking at Windows and WSL ...", err=True)
    host = RecordingHost(LocalHost())
    facts = look_from_windows(host, folder, None)
    findings = judge_both(facts, CHECKS, CAUSES)
    exe = _exe(host)
    return exe, plan_windows(facts, findings, exe, arguments, for_cpu=for_cpu)


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


def _describe(plan: WindowsPlan) -> str:
    lines = ["On Windows:"]
    for number, step in enumerate(plan.steps, 1):
        lines.append(f"  {number}. {step.title}")
        if isinstance(step, Command):
            place = "PowerShell as administrator" if _is_for_administrator(step) else "wslgpu runs"
            lines.append(f"       {place}: {_shown(step.argv)}")
        if isinstance(step, Command) and step.restart:
            lines.append("       then restart Windows (Restart, not Shut down) and run wslgpu setup again")
    if plan.waits and not any(_is_for_administrator(step) for step in plan.steps):
        lines.append("  then wslgpu looks again and says the rest")
    return "\n".join(lines) + "\n"


def _shown(argv: Sequence[str]) -> str:
    from subprocess import list2cmdline

    return list2cmdline(["wsl.exe", *argv[1:]])


def _is_for_administrator(step: Step) -> bool:
    return isinstance(step, Command) and step.by == "administrator"


def _agree() -> None:
    from wslgpu.cli.setup import agree

    agree()


def _do(step: Step, exe: str) -> int:
    click.echo(f"wslgpu: {step.title} ...", err=True)
    if isinstance(step, WriteConfig):
        return _write_config(step)
    if isinstance(step, Command):
        return _told(step.title, run_visible(step.argv))
    if isinstance(step, AddPython):
        from wslgpu.apply.carry import ADD_PYTHON

        argv = (exe, "-d", step.distribution, "-u", "root", "-e", "sh")
        return _told(step.title, run_visible(argv, stdin=ADD_PYTHON.encode()))
    from wslgpu.apply.carry import write_script

    # The exit code is that of the setup inside, which has said itself what failed.
    code = run_visible((exe, "-d", step.distribution, "-e", "sh"), stdin=write_script(step.arguments))
    return code % 256 if isinstance(code, int) else _told(step.title, code)


def _write_config(step: WriteConfig) -> int:
    from wslgpu.plan.render import render

    text = render(
        "wsl/.wslconfig.j2",
        total_gb=step.total_gb,
        memory_gb=step.memory_gb,
        swap_gb=step.swap_gb,
        keep_running=False,
    )
    path = Path("~/.wslconfig").expanduser()
    try:
        with path.open("x", encoding="utf-8", newline="\r\n") as file:
            file.write(text)
    except OSError as error:
        click.echo(
            f"wslgpu: {path} could not be written ({error.strerror}); WSL goes on with half of the memory", err=True
        )
    else:
        click.echo(f"wslgpu: {path} holds from WSL's next start on (wsl.exe --shutdown)", err=True)
    return exit_codes.OK


def _told(title: str, code: int | Absent | Unknown) -> int:
    if code == 0:
        return exit_codes.OK
    how = f"it ended with {code}" if isinstance(code, int) else str(code) if isinstance(code, Unknown) else "no wsl.exe"
    click.echo(f"wslgpu: could not {title}: {how}; {FAILED_HINT}", err=True)
    return exit_codes.FAILED
