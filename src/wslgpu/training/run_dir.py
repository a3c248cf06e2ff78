"""The folder that a training's own files go into while it lasts."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from wslgpu.errors import UserError

NEEDED = 4 * 2**20  # the payload and its events take less than one of these


def make_run_dir(kind: str) -> Path:
    """A new folder where temporary files go; UserError where there is none with `NEEDED` bytes of room.

    The caller removes it. A disk that is full would else show half-way, as a training that broke.
    """
    try:
        made = Path(tempfile.mkdtemp(prefix=f"wslgpu-{kind}-"))
    except OSError as error:
        why = error.strerror or "none can be written"
        raise UserError(f"no folder for temporary files ({why}); export TMPDIR=/a/folder/of/yours") from None
    room = shutil.disk_usage(made).free
    if room < NEEDED:
        made.rmdir()
        free = f"{room // 1024} kB"
        raise UserError(
            f"{made.parent}, where temporary files go, has {free} of room; export TMPDIR=/a/folder/with/room"
        )
    return made
