"""`wslgpu uninstall`: say everything that wslgpu made, and remove it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wslgpu.cli import exit_codes
from wslgpu.errors import UserError
from wslgpu.plan.sizes import spell_bytes


@click.command("uninstall")
@click.argument("folders", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Agree to the list that is shown.")
@click.option("--plan", "only_plan", is_flag=True, help="Show the list, and remove nothing.")
def command(folders: tuple[Path, ...], yes: bool, only_plan: bool) -> int:
    """Remove what wslgpu made: in each DIR alone; without DIR everywhere, and wslgpu itself.

    Your own files, and an environment that setup once moved aside, stay.

    \b
    Example:
      wslgpu uninstall --plan
      wslgpu uninstall ~/train --yes
    """
    from wslgpu.apply.uninstall import find_made, left_aside, remove
    from wslgpu.output.glyphs import glyphs_for

    where = [str(folder.expanduser().absolute()) for folder in folders] or None
    made, glyphs = find_made(where), glyphs_for(sys.stdout.encoding)
    if not made:
        click.echo(f"{glyphs.ok} nothing that wslgpu made is {'there' if where else 'known here'}")
        return exit_codes.OK
    listing = "\n".join(f"  {item.path}  ({item.what}{_told(item.size)})" for item in made)
    click.echo(f"wslgpu made, and would remove:\n{listing}", err=not only_plan)
    if only_plan:
        return exit_codes.OK
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("nobody is here to agree to this; add --yes to agree, or --plan to see it only")
        if not click.confirm("Remove all of this?", default=False, err=True):
            raise click.Abort
    aside = left_aside(where)
    failed = [f"{item.path}: {why}" for item, why in remove(made) if why]
    click.echo(f"{glyphs.ok} removed {len(made) - len(failed)} of {len(made)}{_told(sum(m.size for m in made))}")
    for path in aside:
        click.echo(f"{glyphs.info} your earlier environment is at {path}; rename it to .venv and it works again")
    click.echo(f"{glyphs.info} downloads and Pythons that uv keeps are uv's: `uv cache clean`, `uv python uninstall`")
    for line in failed:
        click.echo(f"{glyphs.fail} {line}", err=True)
    return exit_codes.FAILED if failed else exit_codes.OK


def _told(size: int) -> str:
    return f", {spell_bytes(size)}" if size >= 1_000_000 else ""
