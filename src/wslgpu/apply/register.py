"""Which folders wslgpu provisioned: what `uninstall` has to know."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wslgpu.apply.venv_state import write_atomically

NAME = "projects.json"


def data_folder() -> Path:
    """Where wslgpu keeps what is its own: $XDG_DATA_HOME/wslgpu, unless that is relative, as in provision/ubuntu.sh."""
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path("~").expanduser() / ".local/share") / "wslgpu"


def registered() -> tuple[str, ...]:
    """Provisioned folders, in the order in which they were made."""
    try:
        folders = json.loads((data_folder() / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(map(str, folders))


def register(folder: str) -> bool:
    """Remember a folder; False where that cannot be written (uninstall then has to be told of it)."""
    if folder in registered():
        return True
    try:
        data_folder().mkdir(parents=True, exist_ok=True)
        with _held():
            _write([*registered(), folder])
    except OSError:
        return False
    return True


def forget(folder: str) -> None:
    """Strike a folder off the record."""
    if folder in registered():
        with _held():
            _write([line for line in registered() if line != folder])


@contextmanager
def _held() -> Iterator[None]:
    """One writer at a time: of two setups that end at once, in two folders, neither strikes the other's off.

    Read again while it is held. The folder itself is locked, so that no file of its own is needed for it.
    """
    import fcntl  # Windows has none, and no record of folders either

    handle = os.open(data_folder(), os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: as it was without
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(folders: list[str]) -> None:
    write_atomically(data_folder() / NAME, json.dumps(folders, indent=1) + "\n")
