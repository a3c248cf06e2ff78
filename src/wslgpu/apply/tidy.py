"""Remove what a killed setup left, and environments that nothing needs any more."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from wslgpu.apply.venv_state import NAME, is_whole

# Files that are written beside their final place and renamed; the number is that of the process.
ASIDE = re.compile(r"\.[\w.-]+\.\d+$")


def remove_venv(venv: Path) -> None:
    """What makes it whole goes first: killed half-way, it is never taken for an environment to go back to."""
    (venv / NAME).unlink(missing_ok=True)
    shutil.rmtree(venv, ignore_errors=True)


def remove_unfinished(venvs: Path) -> None:
    """Venvs that setup never came to the end with."""
    if not venvs.is_dir():
        return
    for venv in venvs.iterdir():
        if not is_whole(venv):
            shutil.rmtree(venv, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Links and files that a killed setup had made beside the place where they belong. Call it under the lock."""
    own, requirements = folder / ".wslgpu", folder / "requirements"
    (own / "resolving.lock").unlink(missing_ok=True)
    for place in (own, requirements, *(own / "venvs").glob("*")):
        for path in place.iterdir() if place.is_dir() else ():
            if ASIDE.fullmatch(path.name) and path.is_file():
                path.unlink(missing_ok=True)
    for path in (*folder.glob(".venv.wslgpu-*"), *folder.glob(".venv.before-wslgpu-*")):
        if path.is_symlink() and str(path.readlink()).startswith(".wslgpu/venvs/"):
            path.unlink(missing_ok=True)


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
