"""One setup at a time in a folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.2


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold it if nobody does; yields whether it is held."""
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def hold_lock(path: Path, tell: Callable[[str], None]) -> Iterator[bool]:
    """Hold a lock file; the system lets go of it when this process ends, however it ends.

    Yields whether somebody else was at work before: then what was looked at may have changed.
    """
    with open(path, "a+", encoding="utf-8") as file:
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    file.seek(0)
                    tell(f"another setup is at work here (process {file.read().strip() or 'unknown'}); waiting for it")
                    told = True
                time.sleep(POLL_S)
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield told
