"""Go back to the last good environment, and give back the room of those that nobody uses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wslgpu.apply.lock import hold_lock
from wslgpu.apply.swap import swap_link
from wslgpu.apply.tidy import remove_unfinished, size_of
from wslgpu.apply.venv_state import is_whole, read_state


@dataclass(frozen=True)
class Kept:
    """A whole environment of a folder. `told` says what it holds; `size` bytes that removing it gives back."""

    path: Path
    in_use: bool
    told: str
    made_at: str
    size: int


def list_kept(folder: Path) -> tuple[Kept, ...]:
    """Whole environments, the newest first."""
    venvs, link = folder / ".wslgpu" / "venvs", folder / ".venv"
    used = link.readlink().name if link.is_symlink() else ""
    if not venvs.is_dir():
        return ()
    kept = [_read(venv, used) for venv in venvs.iterdir() if is_whole(venv)]
    return tuple(sorted(kept, key=lambda venv: venv.made_at, reverse=True))


def roll_back(folder: Path, to: Kept, tell: Callable[[str], None]) -> None:
    """Point .venv to a kept environment. The one that was in use stays: the same call goes forward again."""
    with hold_lock(folder / ".wslgpu" / "lock", tell):
        swap_link(folder / ".venv", f".wslgpu/venvs/{to.path.name}")


def clean(folder: Path, kept: tuple[Kept, ...], tell: Callable[[str], None]) -> int:
    """Remove the environments that are not in use, and what killed setups left; returns the bytes that are free now."""
    with hold_lock(folder / ".wslgpu" / "lock", tell):
        remove_unfinished(folder / ".wslgpu" / "venvs")
        freed = 0
        for venv in kept:
            if not venv.in_use:
                shutil.rmtree(venv.path)
                freed += venv.size
        return freed


def _read(venv: Path, used: str) -> Kept:
    state = read_state(venv)
    told = f"TensorFlow {state.get('tensorflow', '?')} ({state.get('profile', '?')}), Python {state.get('python', '?')}"
    proved = "proved" if state.get("smoked") else "not proved"
    made_at = str(state.get("made_at", ""))
    return Kept(venv, venv.name == used, f"{told}, made {made_at[:10]}, {proved}", made_at, size_of(venv))
