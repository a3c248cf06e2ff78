"""One step of the setup on Windows, done: through wsl.exe, with its output on the screen, or a file of the user's."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from wslgpu.cli import exit_codes
from wslgpu.plan.windows import AddPython, Command, Step, WriteConfig, WriteWslConf
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.visible import run_visible

FAILED_HINT = "run the same command again to go on; `wslgpu doctor` says what is wrong"


def do_step(step: Step, exe: str) -> int:
    """The exit code that it means; what went wrong is said here."""
    click.echo(f"wslgpu: {step.title} ...", err=True)
    if isinstance(step, WriteConfig):
        return exit_codes.OK if write_wslconfig(step) else exit_codes.FAILED
    if isinstance(step, Command):
        return _told(step.title, run_visible(step.argv))
    if isinstance(step, WriteWslConf):
        from wslgpu.apply.carry import write_file_script

        argv = (exe, "-d", step.distribution, "-u", "root", "-e", "sh")
        script = write_file_script(step.change.name, step.change.after, _stamp())
        failed = _told(step.title, run_visible(argv, stdin=script))
        return failed or _told(f"stop {step.distribution}", run_visible((exe, "--terminate", step.distribution)))
    if isinstance(step, AddPython):
        from wslgpu.apply.carry import ADD_PYTHON

        argv = (exe, "-d", step.distribution, "-u", "root", "-e", "sh")
        return _told(step.title, run_visible(argv, stdin=ADD_PYTHON.encode()))
    from wslgpu.apply.carry import write_script

    # The exit code is that of the setup inside, which has said itself what failed.
    code = run_visible((exe, "-d", step.distribution, "-e", "sh"), stdin=write_script(step.arguments))
    return code % 256 if isinstance(code, int) else _told(step.title, code)


def write_wslconfig(step: WriteConfig) -> bool:
    """Whether it was written; the user reads why not, and where the old file is."""
    from wslgpu.apply.config_file import write_config

    path = Path("~/.wslconfig").expanduser()
    try:
        backup = write_config(path, step.change, when=_stamp())
    except (OSError, ValueError) as error:
        click.echo(f"wslgpu: {path} could not be written ({error}); nothing of it was changed", err=True)
        return False
    kept = f"; the old one is {backup}" if backup else ""
    click.echo(f"wslgpu: wrote {path}{kept}", err=True)
    return True


def _stamp() -> str:
    return datetime.datetime.now().strftime("%Y%m%d-%H%M%S")


def _told(title: str, code: int | Absent | Unknown) -> int:
    if code == 0:
        return exit_codes.OK
    how = f"it ended with {code}" if isinstance(code, int) else str(code) if isinstance(code, Unknown) else "no wsl.exe"
    click.echo(f"wslgpu: could not {title}: {how}; {FAILED_HINT}", err=True)
    return exit_codes.FAILED
