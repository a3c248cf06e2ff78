"""Finish what a killed setup had left to do after its swap: the new environment stands, older ones were to go."""

from __future__ import annotations

from pathlib import Path

from wslgpu.apply.journal import Journal, was_cut_off
from wslgpu.apply.lock import try_lock
from wslgpu.apply.tidy import remove_leftovers, remove_unfinished, remove_venv
from wslgpu.apply.venv_state import is_whole, read_state
from wslgpu.errors import UserError


def settle(folder: Path) -> None:
    """Leave the environment in use and the last good one. Does nothing while another setup is at work."""
    own, link = folder / ".wslgpu", folder / ".venv"
    if not was_cut_off(own) or not link.is_symlink() or not is_whole(link):
        return
    try:
        with try_lock(own / "lock") as held:
            if not held:
                return
            keep = {link.readlink().name, str(read_state(link).get("replaced", ""))}
            remove_unfinished(own / "venvs")
            remove_leftovers(folder)
            for venv in (own / "venvs").iterdir():
                if venv.name not in keep:
                    remove_venv(venv)
            Journal(own).write("end", "settled")
    except (OSError, UserError):
        return  # a disk that cannot be written: the next run that makes something tells of it
