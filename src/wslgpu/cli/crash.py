"""wslgpu itself broke: say so, with everything that a bug report needs, and end with 3."""

from __future__ import annotations

import platform
import sys
import traceback

import click

from wslgpu import __version__
from wslgpu.cli import exit_codes
from wslgpu.system.secrets import hide_logins


def report_crash() -> int:
    """Print a paste-ready log of the exception that is being handled."""
    click.echo(
        hide_logins(
            "\n".join(
                [
                    "wslgpu broke. This is a fault of wslgpu, not of your machine. Please report it with these lines:",
                    "",
                    f"- wslgpu {__version__}, Python {platform.python_version()}, {platform.platform()}",
                    f"- command: wslgpu {' '.join(sys.argv[1:])}",
                    "",
                    "```",
                    traceback.format_exc().rstrip(),
                    "```",
                ]
            )
        ),
        err=True,
    )
    return exit_codes.BROKE
