"""`wslgpu setup --vscode --jupyter`, and `--no-...` of both: shown as a diff, agreed to, done."""

from __future__ import annotations

import sys
from shlex import quote

import click

from wslgpu.cli import exit_codes
from wslgpu.cli.onboard import show_change
from wslgpu.errors import UserError
from wslgpu.plan.editor import Tool, Written

NAMES: dict[Tool, str] = {"vscode": "VS Code's settings", "jupyter": "a Jupyter kernel"}


def run_editor(folder: str, tools: dict[Tool, bool | None], *, only_plan: bool, yes: bool) -> int:
    """Write for each tool that is True, take back for each that is False."""
    from pathlib import Path

    for tool in (name for name, wanted in tools.items() if wanted is False):
        _take_back(folder, tool, only_plan=only_plan)
    changes = [change for name, wanted in tools.items() if wanted for change in [_look(folder, name)]]
    for change in changes:
        if not change.changes:
            click.echo(f"{change.path}: as it should be")
            continue
        shown = show_change(Path(change.path), change.before or "", change.after)
        click.echo(f"{NAMES[change.tool]}:\n{shown}", err=not only_plan)
    todo = [change for change in changes if change.changes]
    if only_plan or not todo:
        return exit_codes.OK
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("nobody is here to agree to this change; add --yes to agree, or --plan to see it only")
        if not click.confirm("Write this?", default=True, err=True):
            raise click.Abort
    from wslgpu.apply.editor import write

    for change in todo:
        try:
            write(folder, change)
        except OSError as error:
            raise UserError(
                f"cannot write {change.path}: {error.strerror}; give yourself the right to, or leave it out"
            ) from None
        click.echo(f"wrote {change.path}; `wslgpu setup {quote(folder)} --no-{change.tool}` takes it back")
    return exit_codes.OK


def _look(folder: str, tool: Tool) -> Written:
    from wslgpu.apply.editor import look

    try:
        return look(folder, tool)
    except (OSError, ValueError) as error:
        where = f"{folder}/.vscode/settings.json" if tool == "vscode" else "the kernel that is registered"
        raise UserError(f"{where} cannot be read ({error}); mend it or move it away, then run this again") from None


def _take_back(folder: str, tool: Tool, *, only_plan: bool) -> None:
    from wslgpu.apply.editor import known, undo

    path = known(folder).get(tool)
    if path is None:
        click.echo(f"nothing of wslgpu's in {NAMES[tool]} of {folder}")
    elif only_plan:
        click.echo(f"would take back what wslgpu wrote into {path}")
    else:
        try:
            undo(folder, tool)
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read or written ({error}); mend it, then run this again") from None
        click.echo(f"took back what wslgpu wrote into {path}")
