"""Put a new venv in place of the old one, with one rename."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h; renameat2(2)


def swap_link(link: Path, target: str) -> None:
    """Make `link` point to `target` (relative to its folder). There is no moment in which it points nowhere."""
    aside = link.with_name(f".venv.wslgpu-{os.getpid()}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    try:
        aside.replace(link)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def set_aside(source: Path, target: Path, new_target: str) -> Path:
    """Put a link to `new_target` where a foreign environment stands, and the environment at `target`; says where.

    The two change places in one system call where the kernel and the file system can do that (Linux 3.15, ext4).
    """
    free = next(path for n in range(1, 10_000) if not os.path.lexists(path := _numbered(target, n)))
    free.symlink_to(new_target)
    if not _exchange(source, free):
        free.unlink()
        source.rename(free)
        swap_link(source, new_target)
    return free


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.name}-{number}")


def _exchange(first: Path, second: Path) -> bool:
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done: int = renameat2(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE)
    return done == 0
