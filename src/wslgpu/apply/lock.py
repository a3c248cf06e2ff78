"""One setup at a time in a folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from wslgpu.errors import UserError

POLL_S = 0.2


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold it if nobody does; yields whether it is held."""
    with _opened(path) as file:
        held = _take(file)
        if held:
            _sign(file)
        yield held


@contextmanager
def hold_lock(path: Path, tell: Callable[[str], None]) -> Iterator[bool]:
    """Hold a lock file; the system lets go of it when this process ends, however it ends.

    Yields whether somebody else was at work before: then what was looked at may have changed. UserError where the file
    cannot be opened or locked.
    """
    with _opened(path) as file:
        told = False
        while not _take(file):
            if not told:
                file.seek(0)
                tell(f"another setup is at work here (process {file.read().strip() or 'unknown'}); waiting for it")
                told = True
            time.sleep(POLL_S)
        _sign(file)
        yield told


def _opened(path: Path) -> TextIO:
    try:
        return open(path, "a+", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}); run this as the owner of its folder") from None


def _take(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        why = f"{file.name} cannot be locked ({error.strerror}), so two setups at once could not be kept apart"
        raise UserError(f"{why}; name a folder of the Linux file system") from None
    return True


def _sign(file: TextIO) -> None:
    """Whose it is, for whoever waits: each holder signs, so that no number of an earlier one is told."""
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
