"""`wslgpu setup --rollback` and `--clean`: environments that setup made before."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wslgpu.apply.rollback import Kept, clean, find_unfinished, list_kept, roll_back
from wslgpu.cli import exit_codes
from wslgpu.errors import UserError
from wslgpu.output.glyphs import glyphs_for
from wslgpu.plan.sizes import spell_bytes


def run_rollback(folder: Path, *, yes: bool, only_plan: bool) -> int:
    """Show where it goes back to, ask, and swap the link."""
    kept = list_kept(folder)
    back = next((venv for venv in kept if not venv.in_use), None)
    if back is None:
        raise UserError(f"{folder} has no earlier environment to go back to; setup keeps the last good one")
    click.echo(f"{folder}/.venv would go back to {back.told}", err=not only_plan)
    if only_plan:
        return exit_codes.OK
    _agree(yes)
    roll_back(folder, back, lambda text: click.echo(text, err=True))
    click.echo(f"{glyphs_for(sys.stdout.encoding).ok} {folder}/.venv is {back.told}; --rollback again goes forward")
    return exit_codes.OK


def run_clean(folder: Path, *, yes: bool, only_plan: bool) -> int:
    """Show what is not in use and what removing it frees, ask, and remove it."""
    kept = list_kept(folder)
    unused, cut_off = [venv for venv in kept if not venv.in_use], find_unfinished(folder)
    mark = glyphs_for(sys.stdout.encoding)
    if not unused and not cut_off:
        click.echo(f"{mark.ok} nothing to clean in {folder}: only the environment in use is there")
        return exit_codes.OK
    _list(unused, cut_off, only_plan)
    if only_plan:
        return exit_codes.OK
    _agree(yes)
    freed = clean(folder, kept, lambda text: click.echo(text, err=True))
    lost = "; there is nothing to roll back to now" if unused else ""
    click.echo(f"{mark.ok} removed {len(unused) + len(cut_off)}, {spell_bytes(freed)} free{lost}")
    return exit_codes.OK


def _list(unused: list[Kept], cut_off: tuple[tuple[Path, int], ...], only_plan: bool) -> None:
    click.echo("Not in use, and would be removed:", err=not only_plan)
    for venv in unused:
        click.echo(f"  {venv.path}  ({venv.told}, {spell_bytes(venv.size)})", err=not only_plan)
    for path, size in cut_off:
        click.echo(f"  {path}  (left by a setup that was cut off, {spell_bytes(size)})", err=not only_plan)


def _agree(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("nobody is here to agree to this; add --yes to agree, or --plan to see it only")
    if not click.confirm("Do this?", default=True, err=True):
        raise click.Abort
