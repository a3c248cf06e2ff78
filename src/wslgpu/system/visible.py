"""Run a program whose output the user watches: its streams are ours, and nothing of it outlives us."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.process import changed_environment, end_group


def run_visible(
    argv: Sequence[str], *, stdin: bytes | None = None, env: Mapping[str, str] | None = None
) -> int | Absent | Unknown:
    """The exit code of `argv`, with stdout and stderr inherited. `stdin` is what it reads; without it, nothing.

    No deadline: an installation takes as long as it takes, and the user sees it. Ctrl-C reaches the child, too; it is
    ended with its descendants when ours comes.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            env=changed_environment(env),
        )
    except FileNotFoundError:
        return Absent()
    except OSError as error:
        return Unknown("denied", f"{argv[0]}: {error}")
    try:
        process.communicate(stdin)
    except BaseException:
        end_group(process)
        raise
    return process.returncode
