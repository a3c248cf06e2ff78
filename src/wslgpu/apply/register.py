"""Which folders wslgpu provisioned: what `uninstall` has to know."""

from __future__ import annotations

import json
import os
from pathlib import Path

from wslgpu.apply.venv_state import write_atomically


def data_folder() -> Path:
    """Where wslgpu keeps what is its own: $XDG_DATA_HOME/wslgpu, as provision/ubuntu.sh does."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path("~").expanduser() / ".local/share") / "wslgpu"


def registered() -> tuple[str, ...]:
    """Provisioned folders, in the order in which they were made."""
    try:
        folders = json.loads((data_folder() / "projects.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(map(str, folders))


def register(folder: str) -> bool:
    """Remember a folder; False where that cannot be written (uninstall then has to be told of it)."""
    if folder in registered():
        return True
    try:
        data_folder().mkdir(parents=True, exist_ok=True)
        write_atomically(data_folder() / "projects.json", json.dumps([*registered(), folder], indent=1) + "\n")
    except OSError:
        return False
    return True


def forget(folder: str) -> None:
    """Strike a folder off the record."""
    left = [line for line in registered() if line != folder]
    if len(left) < len(registered()):
        write_atomically(data_folder() / "projects.json", json.dumps(left, indent=1) + "\n")
