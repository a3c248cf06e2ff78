"""Remove what a killed setup left, and environments that nothing needs any more."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from wslgpu.apply.venv_state import is_whole


def remove_unfinished(venvs: Path) -> None:
    """Venvs that setup never came to the end with."""
    if not venvs.is_dir():
        return
    for venv in venvs.iterdir():
        if not is_whole(venv):
            shutil.rmtree(venv, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes that removing a folder gives back: a file that the installer's cache shares is not counted."""
    freed = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                found = Path(parent, name).lstat()
            except OSError:
                continue
            if found.st_nlink == 1:
                freed += found.st_blocks * 512
    return freed
