"""`wslgpu setup`: look and decide; setup_apply.py shows, asks, acts and proves."""

from __future__ import annotations

import datetime
import importlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu.cli import exit_codes
from wslgpu.cli.setup_apply import show_and_apply, tell_refusal
from wslgpu.errors import UserError
from wslgpu.plan.desired import Desired, with_team

if TYPE_CHECKING:
    from wslgpu.facts.project import Project
    from wslgpu.plan.editor import Tool
    from wslgpu.plan.model import Plan
    from wslgpu.system.answers import Unknown
    from wslgpu.system.host import Host


@click.command("setup")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Agree to the plan that is shown.")
@click.option("--replace", is_flag=True, help="Move a .venv that wslgpu did not make aside.")
@click.option("--profile", type=click.Choice(["auto", "gpu", "cpu"]), default="auto", show_default=True)
@click.option("--tensorflow", metavar="VERSION", help="This TensorFlow, not the newest stable one that fits.")
@click.option("--python", metavar="VERSION", help="This Python, such as 3.12.")
@click.option("--no-smoke", is_flag=True, help="Do not prove the environment by training.")
@click.option("--offline", type=click.Path(path_type=Path), help="Install from a folder of wheels, with no network.")
@click.option("--rollback", is_flag=True, help="Go back to the last good environment.")
@click.option("--clean", is_flag=True, help="Remove environments that are not in use.")
@click.option("--vscode/--no-vscode", default=None, help="Write the interpreter into VS Code's settings; take it back.")
@click.option("--jupyter/--no-jupyter", default=None, help="Register a Jupyter kernel; take it back.")
def command(
    folder: Path,
    only_plan: bool,
    yes: bool,
    replace: bool,
    profile: str,
    tensorflow: str | None,
    python: str | None,
    no_smoke: bool,
    offline: Path | None,
    rollback: bool,
    clean: bool,
    vscode: bool | None,
    jupyter: bool | None,
) -> int:
    """Make a TensorFlow environment in DIR/.venv, and prove it by training through fork.

    What works there now keeps working until the new environment has passed; then one rename swaps them.

    \b
    Example:
      wslgpu setup ~/train --plan
      wslgpu setup ~/train --yes
      wslgpu setup ~/train --rollback
      wslgpu setup ~/train --vscode --jupyter
    """
    tools: dict[Tool, bool | None] = {"vscode": vscode, "jupyter": jupyter}
    if os.name == "nt":
        from wslgpu.cli.setup_windows import WindowsOptions, run_windows_setup

        if offline is not None:
            raise UserError("--offline is for the setup inside the distribution: open Ubuntu (`wsl`) and run it there")
        switches = {"--replace": replace, "--no-smoke": no_smoke, "--rollback": rollback, "--clean": clean}
        for name, wanted in tools.items():
            switches |= {f"--{name}": wanted is True, f"--no-{name}": wanted is False}
        values = {"--profile": profile, "--tensorflow": tensorflow, "--python": python}
        passed_on = (
            *(name for name, on in switches.items() if on),
            *(word for name, value in values.items() if value not in (None, "auto") for word in (name, str(value))),
        )
        return run_windows_setup(WindowsOptions(str(folder), only_plan, yes, profile == "cpu", passed_on))
    if rollback or clean:
        from wslgpu.cli.setup_kept import run_clean, run_rollback

        run = run_rollback if rollback else run_clean
        return run(folder.expanduser().absolute(), yes=yes, only_plan=only_plan)
    where = str(folder.expanduser().absolute())
    if False in tools.values() and True not in tools.values():
        return _tell_editor(where, tools, only_plan=only_plan, yes=yes)
    desired = Desired(
        folder=where,
        profile="gpu" if profile == "gpu" else "cpu" if profile == "cpu" else "auto",
        tensorflow=tensorflow,
        python=_read_python_version(python),
        replace=replace,
        smoke=not no_smoke,
        offline=_read_bundle(offline),
        notebook=_wants_kernel(where, jupyter),
    )
    code = _make(desired, only_plan=only_plan, yes=yes)
    if code == exit_codes.OK and any(wanted is not None for wanted in tools.values()):
        return _tell_editor(where, tools, only_plan=only_plan, yes=yes)
    return code


def _make(desired: Desired, *, only_plan: bool, yes: bool) -> int:
    from wslgpu.apply.model import PlanOutdated

    while True:
        told = look_first(desired)
        if told is None:
            return exit_codes.OK
        decided = decide(told)
        if isinstance(decided, int):
            return decided
        try:
            return show_and_apply(decided, only_plan=only_plan, yes=yes)
        except PlanOutdated:  # it waited for another setup, which may have done the work
            click.echo("wslgpu: the other setup has ended; looking again", err=True)


def _wants_kernel(folder: str, jupyter: bool | None) -> bool:
    """Once asked for, ipykernel stays in the environment, so that a plain setup does not make it anew without."""
    if not jupyter and not Path(folder, ".wslgpu/editor.json").exists():
        return False
    from wslgpu.apply.editor import has_kernel_package

    return bool(jupyter) or has_kernel_package(folder)


def _tell_editor(folder: str, tools: dict[Tool, bool | None], *, only_plan: bool, yes: bool) -> int:
    from wslgpu.cli.setup_editor import run_editor

    return run_editor(folder, tools, only_plan=only_plan, yes=yes)


def look_first(desired: Desired) -> Desired | None:
    """The short look: the wish with what the team says; None where the environment that stands there is the wish."""
    from wslgpu.facts.gather_setup import gather_for_setup
    from wslgpu.facts.team import TeamFault, read_team
    from wslgpu.output.glyphs import glyphs_for
    from wslgpu.output.next_lines import render_up_to_date
    from wslgpu.plan.current import digest_wish, find_current
    from wslgpu.system.local import LocalHost

    host = LocalHost()
    if host.side == "windows":
        raise UserError("setup makes the environment inside Ubuntu: open Ubuntu (`wsl`), and run it there")
    project, cuda, machine = gather_for_setup(host, desired.folder, ask_cuda=desired.profile != "cpu")
    team = read_team(project.team)
    if isinstance(team, TeamFault):
        raise UserError(team.sentence)
    desired = with_team(desired, team)
    current = find_current(desired, project, digest_wish(desired, project, cuda, machine))
    if current is None or _is_damaged(host, project, current.profile, machine.architecture):
        return desired
    if Path(desired.folder, ".wslgpu/journal.jsonl").exists():
        from wslgpu.apply.settle import settle

        settle(Path(desired.folder))
    click.echo(render_up_to_date(current, glyphs_for(sys.stdout.encoding)), nl=False)
    return None


def _is_damaged(host: Host, project: Project, profile: str, machine: str | Unknown) -> bool:
    """Packages that are not the lock's, or a GPU environment that lost a library since; the CPU's has none."""
    from wslgpu.facts.gather_setup import ask_environment, ask_packages
    from wslgpu.plan.whole import describe_damage, describe_drift

    if project.locks and describe_drift(project, ask_packages(host, project.folder), machine):
        return True
    return profile == "gpu" and bool(describe_damage(ask_environment(host, project.folder), project))


def decide(desired: Desired) -> Plan | int:
    """The plan; or the exit code, when there is nothing to do after all or the wish is refused."""
    from wslgpu.apply.venv_state import remember_wish
    from wslgpu.facts.gather import gather
    from wslgpu.output.glyphs import glyphs_for
    from wslgpu.output.next_lines import render_up_to_date
    from wslgpu.plan.current import digest_wish
    from wslgpu.plan.desired import UpToDate
    from wslgpu.plan.model import Refusal
    from wslgpu.system.local import LocalHost

    # While the interpreters and the driver are asked, what decides and acts is loaded.
    for module in ("wslgpu.plan.build", "wslgpu.plan.requirements", "wslgpu.apply.setup", "jinja2"):
        threading.Thread(target=importlib.import_module, args=(module,), daemon=True).start()
    host = LocalHost()
    facts = gather(host, desired.folder)
    bundle = None
    if desired.offline is not None:
        from wslgpu.facts.bundle import read_bundle, wants_of_bundle

        bundle = read_bundle(host.ask(wants_of_bundle(desired.offline)), desired.offline)
    from wslgpu.plan.build import build_plan

    decided = build_plan(facts, desired, today=datetime.date.today().isoformat(), bundle=bundle)
    if isinstance(decided, UpToDate):
        wish = digest_wish(desired, facts.project, facts.cuda, facts.machine)
        remember_wish(Path(desired.folder, ".venv"), wish)
        click.echo(render_up_to_date(decided, glyphs_for(sys.stdout.encoding)), nl=False)
        return exit_codes.OK
    if isinstance(decided, Refusal):
        return tell_refusal(decided)
    return decided


def _read_python_version(text: str | None) -> str | None:
    if text is None:
        return None
    parts = text.removeprefix("python").split(".")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        raise UserError(f"--python {text}: name a version such as 3.12")
    return ".".join(parts)


def _read_bundle(folder: Path | None) -> str | None:
    if folder is None:
        return None
    found = folder.expanduser().absolute()
    if not any(found.glob("*.whl")):
        raise UserError(f"--offline {folder}: there is no wheel in that folder; `wslgpu team bundle` makes one")
    return str(found)
