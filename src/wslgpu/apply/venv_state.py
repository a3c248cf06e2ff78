"""What is written into a venv that setup finished: its presence is what makes a venv whole."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "wslgpu.json"
SCHEMA = "wslgpu.venv/1"
KEPT_WISHES = 8


def write_state(venv: Path, state: Mapping[str, Any]) -> None:
    """Written aside, flushed to the disk and renamed: a crash leaves all of it or nothing."""
    write_atomically(venv / NAME, json.dumps({"schema": SCHEMA, **state}, indent=1, ensure_ascii=False) + "\n")


def read_state(venv: Path) -> dict[str, Any]:
    """What setup wrote; empty where it cannot be read."""
    try:
        state = json.loads((venv / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def remember_wish(venv: Path, wish: str) -> None:
    """Another way to ask for the same: the next run that asks so finds at once that there is nothing to do."""
    state = read_state(venv)
    if not state:
        return
    with contextlib.suppress(OSError):  # it only saves a moment
        write_state(venv, {**state, "wishes": [*state.get("wishes", []), wish][-KEPT_WISHES:]})


def is_whole(venv: Path) -> bool:
    """Setup came to its end with this one."""
    return (venv / NAME).is_file()


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's text with one rename, flushed first."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    for last in (False, False, True):
        try:
            with open(aside, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            return
        except FileNotFoundError:
            # Another setup, which has the lock, took the file for what a killed one left: not all is written under it.
            if last or not path.parent.is_dir():
                raise
        finally:
            aside.unlink(missing_ok=True)
