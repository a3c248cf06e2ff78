"""The door of the command line: commands are loaded when they are called, faults end with the codes of the contract."""

from __future__ import annotations

import importlib
import signal
import sys
from typing import NoReturn

import click

from wslgpu import __version__
from wslgpu.cli import exit_codes
from wslgpu.errors import Interrupted, UserError

# Name -> what `wslgpu --help` says of it; the module is cli/<name>.py and its command is called `command`.
COMMANDS = {
    "doctor": "Look at this machine and say what is wrong, and the one command that mends it.",
    "setup": "Make a TensorFlow environment in a folder, and prove it.",
    "smoke": "Train on a Sequence through fork, and show that it worked.",
    "run": "Run a training command under a watchdog: fit raises instead of hanging.",
    "audit": "Is my Sequence safe in threads, under fork, under spawn? Run it and see.",
    "tune": "Which mode and how many workers are fastest for my Sequence? Measure it.",
    "explain": "Explain a finding, an error code, a TensorFlow version, or pasted text.",
    "team": "One environment for everybody: wslgpu.toml, locks, bundles.",
    "onboard": "Write a page for a new developer: what to type where, and what to see.",
    "uninstall": "Say and remove everything that wslgpu made.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported one by one: `--help` costs click and nothing else."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command's module, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"wslgpu.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 nothing failed, 1 something failed, 2 usage, 3 wslgpu itself broke, 4 inconclusive, "
    "5 done but a restart is needed, 130 interrupted.",
)
@click.version_option(__version__, prog_name="wslgpu")
def program() -> None:
    """From a Windows PC with an NVIDIA card to TensorFlow training on its GPU in WSL 2, proved by training.

    \b
    Example:
      wslgpu doctor             what is wrong here?
      wslgpu setup ~/train      make an environment and prove it
    """


def main() -> NoReturn:
    """Run the command line and end with the code of the contract, never with a traceback for bad input."""
    _make_streams_safe()
    for name in ("SIGTERM", "SIGHUP"):  # a service manager's stop ends like Ctrl-C: children gone, nothing half-made
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    sys.exit(_run())


def _stop(number: int, frame: object) -> NoReturn:
    raise Interrupted


def _run() -> int:
    try:
        # On Windows click would make C:\Users\me\train of ~/train, which means a folder in Ubuntu.
        code = program.main(standalone_mode=False, prog_name="wslgpu", windows_expand_args=False)
        sys.stdout.flush()
    except UserError as error:
        return _say(f"wslgpu: {error}", exit_codes.USAGE)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt, Interrupted):
        return _say("wslgpu: interrupted", exit_codes.INTERRUPTED)
    except BrokenPipeError:
        sys.stdout = None  # the reader has gone; nothing is left to flush
        return exit_codes.OK
    except Exception:
        from wslgpu.cli.crash import report_crash

        return report_crash()
    return code if isinstance(code, int) else exit_codes.OK


def _say(sentence: str, code: int) -> int:
    click.echo(sentence, err=True)
    return code


def _make_streams_safe() -> None:
    """A character that a cp1252 or cp437 pipe lacks is escaped; it must never cost the report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
