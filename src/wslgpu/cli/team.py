"""`wslgpu team`: one environment for everybody, pinned and carried along."""

from __future__ import annotations

from pathlib import Path

import click

from wslgpu.cli import exit_codes
from wslgpu.cli.team_lock import lock
from wslgpu.cli.team_report import report
from wslgpu.cli.team_sources import sources
from wslgpu.errors import UserError

HERE = click.Path(path_type=Path)


@click.group("team")
def command() -> None:
    """One environment for a whole team: wslgpu.toml, locks, and a bundle for machines without a network.

    \b
    Example:
      wslgpu team init          write wslgpu.toml from this machine's environment
      wslgpu team lock          pin every package, for every Python that wslgpu.toml allows
      wslgpu team bundle -o /mnt/usb/wheels
      wslgpu team report reports/ --format html -o team.html
    """


command.add_command(lock)
command.add_command(report)
command.add_command(sources)


@command.command("init", short_help="Write wslgpu.toml.")
@click.argument("folder", metavar="[DIR]", default=".", type=HERE)
def init(folder: Path) -> int:
    """Write DIR/wslgpu.toml from the environment that stands there.

    \b
    Example:
      wslgpu team init ~/train
    """
    from wslgpu.facts.gather_setup import gather_for_setup
    from wslgpu.plan.render import render
    from wslgpu.system.answers import Unknown
    from wslgpu.system.local import LocalHost

    target = folder.expanduser().absolute() / "wslgpu.toml"
    if target.exists():
        raise UserError(f"{target} is there already; edit it, or move it away")
    project, _, _ = gather_for_setup(LocalHost(), str(target.parent), ask_cuda=False)
    state = project.state
    if state is None or isinstance(state, Unknown):
        raise UserError(f"{target.parent} has no environment of wslgpu yet; run `wslgpu setup {folder}` first")
    wanted = {key: state.get(key, "") for key in ("tensorflow", "python", "profile")}
    text = render("team/wslgpu.toml.j2", **wanted)
    target.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"wrote {target}; commit it together with requirements/, and everybody's setup makes the same")
    return exit_codes.OK


@command.command("bundle", short_help="Carry it all to machines without a network.")
@click.argument("folder", metavar="[DIR]", default=".", type=HERE)
@click.option("-o", "--output", type=HERE, required=True, help="The folder for the wheels.")
@click.option("--profile", type=click.Choice(["gpu", "cpu"]), help="Refuse where the environment is of another.")
def bundle(folder: Path, output: Path, profile: str | None) -> int:
    """Download every wheel of DIR's lock, and wslgpu itself, for machines without a network.

    \b
    Example:
      wslgpu team bundle -o /mnt/usb/bundle
      sh /mnt/usb/bundle/wslgpu/provision/ubuntu.sh --yes --offline /mnt/usb/bundle ~/train     (there)
    """
    from wslgpu.apply.bundle import fill_bundle
    from wslgpu.apply.diagnose import diagnose
    from wslgpu.apply.installer import read_settings
    from wslgpu.apply.model import StepFailed
    from wslgpu.cli.setup_apply import tell_failure
    from wslgpu.facts.team import TeamFault, read_team
    from wslgpu.output.progress import progress_for_stderr
    from wslgpu.plan.desired import Desired, with_team
    from wslgpu.plan.sizes import spell_bytes

    where = folder.expanduser().absolute()
    lock = _find_lock(where, profile)
    python = where / ".venv/bin/python"
    if not python.exists():
        raise UserError(f"{where} has no environment; run `wslgpu setup {folder}` first")
    team = read_team((where / "wslgpu.toml").read_text(encoding="utf-8") if (where / "wslgpu.toml").is_file() else None)
    if isinstance(team, TeamFault):
        raise UserError(team.sentence)
    settings_of = dict(with_team(Desired(str(where)), team).variables)
    settings = read_settings(settings_of)
    try:
        size = fill_bundle(python, lock, output.expanduser().absolute(), settings, progress_for_stderr())
    except StepFailed as failure:
        return tell_failure(diagnose(failure, settings_of, str(where)))
    click.echo(f"{spell_bytes(size)} in {output}, for the Python of {python}. Where there is no network:")
    click.echo("  sh BUNDLE/wslgpu/provision/ubuntu.sh --yes --offline BUNDLE DIR")
    return exit_codes.OK


def _find_lock(folder: Path, profile: str | None) -> Path:
    """The lock of the environment that stands there, unless another profile is named."""
    from wslgpu.apply.venv_state import read_state

    state = read_state(folder / ".venv")
    name = str(state.get("lock") or state.get("profile") or "")
    if profile and not name.startswith(profile):
        raise UserError(f"the environment of {folder} is not of profile {profile}, whose pip would fetch the wheels")
    lock = folder / f"requirements/{name}.lock"
    if not name or not lock.is_file():
        raise UserError(f"{folder}/requirements has no lock for its environment; `wslgpu setup {folder}` makes one")
    return lock
