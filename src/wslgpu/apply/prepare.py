"""Setup's own folder in the user's project: made, kept out of git, and taken back where nothing came of it."""

from __future__ import annotations

from pathlib import Path

from wslgpu.apply.journal import NAME
from wslgpu.apply.undo import Undo
from wslgpu.apply.venv_state import write_atomically
from wslgpu.errors import UserError


def prepare_folder(folder: Path, undo: Undo) -> Path:
    """DIR/.wslgpu; UserError where the folder cannot be written. `undo` remembers what was not there before."""
    own = folder / ".wslgpu"
    for made in (own / "venvs", folder / "requirements"):
        undo.making(made)
    journal = own / NAME
    for written in (own / ".gitignore", own / "lock", *(() if journal.exists() else (journal,))):
        undo.writing(written)
    try:
        (own / "venvs").mkdir(parents=True, exist_ok=True)
        write_atomically(own / ".gitignore", "*\n")
    except OSError as error:
        undo.take_back()
        raise UserError(f"{folder} cannot be written ({error.strerror}); name a folder of your own") from None
    return own
