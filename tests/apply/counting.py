"""A setup that kills itself as its Nth line of the journal is written; as a script: N and then wslgpu's own words."""

from __future__ import annotations

import os
import signal
import sys

from wslgpu.apply.journal import Journal


def kill_at_line(last: int) -> None:
    """From now on this process gets SIGKILL, from itself, once it has written `last` lines. Never where that is < 1."""
    write, lines = Journal.write, 0

    def counted(self: Journal, event: str, step: str = "") -> None:
        nonlocal lines
        write(self, event, step)
        lines += 1
        if lines == last:
            os.kill(os.getpid(), signal.SIGKILL)

    Journal.write = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    kill_at_line(int(sys.argv.pop(1)))
    from wslgpu.cli.main import main

    main()
