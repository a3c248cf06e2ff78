"""`wslgpu run -- COMMAND`: run a training under supervision."""

from __future__ import annotations

import sys

import click

from wslgpu.cli import exit_codes
from wslgpu.errors import UserError


@click.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--deadline", type=click.FloatRange(min=1), help="End it after so many seconds.  [default: no limit]")
@click.option(
    "--stuck-after",
    type=click.FloatRange(min=1),
    default=300.0,
    show_default=True,
    help="Seconds that one batch may take in a worker.",
)
@click.option(
    "--start-method",
    type=click.Choice(["auto", "fork", "spawn", "forkserver"]),
    default="auto",
    show_default=True,
    help="How Keras starts its workers. auto: as the program would, but fork where Python 3.14 changed the default.",
)
@click.argument("argv", metavar="-- COMMAND", nargs=-1, type=click.UNPROCESSED)
def command(deadline: float | None, stuck_after: float, start_method: str, argv: tuple[str, ...]) -> int:
    """Run COMMAND; name a worker that died, hangs or deadlocks, make fit raise, and leave nothing behind.

    COMMAND's own exit code is given; 128 + n where signal n ended it; 1 where wslgpu had to.

    \b
    Example:
      wslgpu run -- python train.py --epochs 5
      wslgpu run --stuck-after 60 -- python train.py
    """
    if sys.platform == "win32" and start_method not in ("auto", "spawn"):
        raise UserError(
            f"Windows cannot start processes by {start_method}; leave --start-method out, or train in Ubuntu"
        )
    if not argv:
        raise UserError("no command was given; for example: wslgpu run -- python train.py")
    from wslgpu.training.supervise import run_command

    result = run_command(
        argv,
        deadline_s=deadline,
        stuck_after_s=stuck_after,
        start_method=start_method,
        say=lambda text: click.echo(f"wslgpu: {text}", err=True),
    )
    if result.exit_code == exit_codes.INTERRUPTED:
        click.echo("wslgpu: interrupted", err=True)
    return result.exit_code
