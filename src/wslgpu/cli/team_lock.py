"""`wslgpu team lock`: the same versions, with hashes, for everybody and for every Python that the team allows."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu.cli import exit_codes
from wslgpu.errors import UserError

if TYPE_CHECKING:
    from wslgpu.apply.uv import Uv
    from wslgpu.facts.model import Facts
    from wslgpu.plan.desired import Desired, WishedProfile
    from wslgpu.plan.lock import TeamLock


@click.command("lock", short_help="Pin every package, with hashes, for everybody.")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--profile", type=click.Choice(["gpu", "cpu"]), help="Only this profile's locks.")
@click.option("--upgrade", is_flag=True, help="Take newer versions where there are any; else those locked stay.")
@click.option("--check", is_flag=True, help="Change nothing: exit 1 where a lock is missing or out of date.")
def lock(folder: Path, profile: str | None, upgrade: bool, check: bool) -> int:
    """Write DIR/requirements/PROFILE.lock: every package with its version and hashes.

    For the lowest Python that wslgpu.toml allows and all above it. One lock more for each generation of cards that
    needs other packages (gpu-pascal.lock, gpu-volta.lock). `wslgpu setup` takes the lock that fits the machine.

    \b
    Example:
      wslgpu team lock
      wslgpu team lock --check      (in your CI: fails when wslgpu.toml was changed and the locks were not)
      wslgpu team lock --upgrade
    """
    from wslgpu.cli.setup_apply import tell_refusal
    from wslgpu.plan.lock import plan_locks
    from wslgpu.plan.model import Refusal

    if os.name == "nt":
        raise UserError("locks are made for Linux: open Ubuntu (`wsl`), and run it there")
    where = folder.expanduser().absolute()
    if not where.is_dir():
        raise UserError(f"{folder} is not a folder; name the folder of the project")
    facts, desired, profiles = _look(where, profile)
    planned = plan_locks(facts, desired, profiles, today=datetime.date.today().isoformat())
    if isinstance(planned, Refusal):
        return tell_refusal(planned)
    locks, notes = planned
    for note in notes:
        click.echo(f"wslgpu: {note}", err=True)
    if check:
        return _check(locks)
    return _write(where, facts, desired, locks, upgrade=upgrade)


def _look(where: Path, profile: str | None) -> tuple[Facts, Desired, tuple[WishedProfile, ...]]:
    from wslgpu.facts.gather import gather
    from wslgpu.facts.team import TeamFault, read_team
    from wslgpu.plan.desired import Desired, with_team
    from wslgpu.system.local import LocalHost

    facts = gather(LocalHost(), str(where))
    team = read_team(facts.project.team)
    if isinstance(team, TeamFault):
        raise UserError(team.sentence)
    wished = profile or team.profile
    profiles: tuple[WishedProfile, ...] = ("cpu", "gpu")
    if wished in ("cpu", "gpu"):
        profiles = ("cpu",) if wished == "cpu" else ("gpu",)
    return facts, with_team(Desired(str(where)), team), profiles


def _check(locks: tuple[TeamLock, ...]) -> int:
    stale = [one for one in locks if not one.current]
    for one in locks:
        click.echo(f"requirements/{one.name}.lock: {'up to date' if one.current else 'missing or out of date'}")
    if stale:
        click.echo("wslgpu: run `wslgpu team lock`, and commit requirements/", err=True)
    return exit_codes.FAILED if stale else exit_codes.OK


def _write(where: Path, facts: Facts, desired: Desired, locks: tuple[TeamLock, ...], *, upgrade: bool) -> int:
    from wslgpu.apply.diagnose import diagnose
    from wslgpu.apply.installer import read_settings
    from wslgpu.apply.model import StepFailed
    from wslgpu.apply.team_lock import write_team_lock
    from wslgpu.apply.uv import Uv
    from wslgpu.cli.setup_apply import tell_failure
    from wslgpu.output.progress import progress_for_stderr

    if not isinstance(facts.pythons.uv, str):
        raise UserError("team lock needs uv, which resolves for several Pythons at once: `pip install uv`, then again")
    uv: Uv = Uv(facts.pythons.uv, read_settings(dict(desired.variables)))
    progress = progress_for_stderr()
    for one in locks:
        try:
            changed = write_team_lock(one, where, uv, progress, before=facts.project.locks, upgrade=upgrade)
        except StepFailed as failure:
            return tell_failure(diagnose(failure, dict(desired.variables), str(where)))
        click.echo(f"requirements/{one.name}.lock: for {one.told}; Python {one.step.python}; {changed}")
    click.echo("commit wslgpu.toml and requirements/, and everybody's `wslgpu setup` installs the same")
    return exit_codes.OK
