"""`wslgpu onboard`: a page for a new developer, and files for machines that set themselves up."""

from __future__ import annotations

import datetime
import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from wslgpu.cli import exit_codes
from wslgpu.errors import UserError


@click.command("onboard")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=".", help="The folder that they are written to."
)
@click.option("--unattended", is_flag=True, help="Also write cloud-init's user-data and a winget configuration.")
@click.option(
    "--user", metavar="NAME", default="developer", show_default=True, help="With --unattended: the Linux user."
)
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--yes", is_flag=True, help="Agree to the changes of files that are there, as they are shown.")
def command(folder: Path, output: Path, unattended: bool, user: str, only_plan: bool, yes: bool) -> int:
    """Write onboarding.md and onboarding.html for the project in DIR, from its wslgpu.toml and locks.

    The HTML page needs nothing else: send it by mail, open it offline. DIR/templates/onboarding/ may hold the team's
    own onboarding.md.j2 or page.html.j2; wslgpu.toml may name another folder for them (onboarding.templates).

    \b
    Example:
      wslgpu onboard
      wslgpu onboard ~/our-project -o docs
      wslgpu onboard --unattended --user student -o /mnt/usb
    """
    project = folder.expanduser().absolute()
    if not project.is_dir():
        raise UserError(f"{folder} is not a folder; name the team's project, or leave it out to take this one")
    target = output.expanduser().absolute()
    texts = _render(project)
    if unattended:
        from wslgpu.cli.onboard_unattended import render_unattended

        texts = {**texts, **render_unattended(project, user)}
    changes = {name: text for name, text in texts.items() if _read(target / name) != text}
    replaced = {name: text for name, text in changes.items() if (target / name).exists()}
    for name, text in replaced.items():
        click.echo(show_change(target / name, _read(target / name) or "", text), err=not only_plan)
    if only_plan:
        for name in texts:
            how = "changes" if name in replaced else "new" if name in changes else "as it is"
            click.echo(f"  {target / name}  ({how})")
        return exit_codes.OK
    if replaced and not yes:
        if not sys.stdin.isatty():
            names = ", ".join(replaced)
            raise UserError(
                f"{names}: there already, and different as shown; add --yes to replace, or -o another folder"
            )
        if not click.confirm("Replace what is there?", default=False, err=True):
            raise click.Abort
    for name, text in changes.items():
        write(target / name, text)
    for name in texts:
        click.echo(f"{target / name}{'' if name in changes else '  (as it was)'}")
    return exit_codes.OK


def show_change(path: Path, before: str, after: str) -> str:
    """A unified diff, cut where it is longer than a person reads."""
    lines = list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), f"{path} (new)", lineterm="", n=1)
    )
    shown = [line if len(line) <= WIDTH else line[:WIDTH] + "..." for line in lines[:LINES]]
    return "\n".join(shown + ([f"... and {len(lines) - LINES} lines more"] if len(lines) > LINES else []))


WIDTH, LINES = 160, 60


def write(path: Path, text: str) -> None:
    """Write UTF-8 into a folder that is made where it is missing; a UserError names what could not be written."""
    from wslgpu.cli.files import write_output

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make {path.parent}: {error.strerror}; name another folder with -o") from None
    write_output(path, text)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} is there and cannot be read ({error}); move it away, or name another folder with -o"
        ) from None


def _render(project: Path) -> Mapping[str, str]:
    from wslgpu.facts.team import TeamFault, read_team
    from wslgpu.output.markdown_html import render_markdown_html
    from wslgpu.output.text_report import show_command
    from wslgpu.plan.onboarding import Subject, name_of, read_remote, render_frame, render_onboarding

    text = _read(project / "wslgpu.toml")
    team = read_team(text)
    if isinstance(team, TeamFault):
        raise UserError(team.sentence)
    locked = tuple(name for name in ("gpu", "cpu") if (project / f"requirements/{name}.lock").is_file())
    config = project / ".git/config"
    subject = Subject(
        name=name_of(project.name) if text is not None else "wslgpu-train",
        team=team,
        remote=read_remote(_read(config)) if text is not None and config.is_file() else None,
        locked=locked,
        generic=text is None,
    )
    over = str(project / (team.onboarding_templates or "templates"))
    today = datetime.date.today().isoformat()
    page = render_onboarding(subject, today=today, show=show_command, over=over)
    body = render_markdown_html(page)
    return {
        "onboarding.md": page,
        "onboarding.html": render_frame(body, f"From a Windows PC to training: {subject.name}", over=over),
    }
