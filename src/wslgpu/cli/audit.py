"""`wslgpu audit`: is this Sequence safe in threads, under fork, under spawn?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from wslgpu import __version__
from wslgpu.cli import exit_codes
from wslgpu.cli.files import put_out
from wslgpu.cli.target import check_arguments, check_target, find_user_python


@click.command("audit")
@click.argument("target", metavar="MODULE:NAME")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--args", "arguments", default="", metavar="LITERALS", help="Arguments for NAME, as in a call.")
@click.option("--python", metavar="PATH", help="The interpreter; else DIR's .venv, the active one, python3.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 600),
    default=8.0,
    show_default=True,
    help="To spend on threads, and as many on fork.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=5),
    default=150.0,
    show_default=True,
    help="In seconds, for each of its two processes.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="A warning fails, too.")
def command(
    target: str,
    folder: Path,
    arguments: str,
    python: str | None,
    seconds: float,
    deadline: float,
    form: str,
    strict: bool,
) -> int:
    """Run the Sequence, generator or function NAME of MODULE (in DIR), and say whether it is safe to run in parallel.

    It is imported and asked for batches: in order, shuffled, by several threads, by forked and by spawned workers.
    NAME may be a class, an object, or a function that returns one.

    \b
    Example:
      wslgpu audit data.pictures:MySequence ~/train --args '"train.csv", batch_size=8'
      wslgpu audit train.py:make_sequence --format json
    """
    check_target(target)
    check_arguments(arguments)
    project = Path(folder).expanduser().absolute()
    interpreter = find_user_python(project, python)
    from wslgpu.training.audit import run_audit
    from wslgpu.training.audit_text import as_document, render_audit

    audit = run_audit(
        interpreter,
        target,
        arguments=arguments,
        project=project,
        seconds=seconds,
        deadline_s=deadline,
        on_progress=lambda text: click.echo(f"audit: {text}", err=True),
    )
    statuses = {finding.status for finding in audit.findings}
    if "fail" in statuses or (strict and "warn" in statuses):
        code = exit_codes.FAILED
    else:
        code = exit_codes.INCONCLUSIVE if "unknown" in statuses else exit_codes.OK
    if form == "json":
        text = json.dumps(as_document(audit, __version__, code), indent=2, ensure_ascii=False)
    else:
        text = render_audit(audit)
    put_out(text + "\n", form, None)
    return code
