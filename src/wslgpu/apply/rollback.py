"""Go back to the last good environment, and give back the room of those that nobody uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wslgpu.apply.lock import hold_lock, try_lock
from wslgpu.apply.settle import settle
from wslgpu.apply.swap import swap_link
from wslgpu.apply.tidy import remove_leftovers, remove_unfinished, remove_venv, size_of
from wslgpu.apply.venv_state import is_whole, read_state
from wslgpu.errors import UserError


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


def find_unfinished(folder: Path) -> tuple[tuple[Path, int], ...]:
    """What killed setups left, with its bytes; nothing while a setup is at work, whose own is not finished either."""
    own = folder / ".wslgpu"
    if not (own / "venvs").is_dir() or not (own / "lock").is_file():
        return ()
    with try_lock(own / "lock") as free:
        left = [venv for venv in sorted((own / "venvs").iterdir()) if free and not is_whole(venv)]
    return tuple((venv, size_of(venv)) for venv in left)


def roll_back(folder: Path, to: Kept, tell: Callable[[str], None]) -> None:
    """Point .venv to a kept environment. The one that was in use stays: the same call goes forward again.

    UserError where another setup removed it while this one waited.
    """
    settle(folder)
    with hold_lock(folder / ".wslgpu" / "lock", tell):
        if not is_whole(to.path):
            raise UserError(f"{to.path} was removed by another setup in the meantime; run this again")
        swap_link(folder / ".venv", f".wslgpu/venvs/{to.path.name}")


def clean(folder: Path, shown: tuple[Kept, ...], tell: Callable[[str], None]) -> int:
    """Remove the environments that were shown and are not in use, and what killed setups left; returns bytes freed."""
    agreed = {venv.path for venv in shown if not venv.in_use}
    with hold_lock(folder / ".wslgpu" / "lock", tell):
        venvs = folder / ".wslgpu" / "venvs"
        freed = sum(size_of(venv) for venv in venvs.iterdir() if not is_whole(venv))
        remove_unfinished(venvs)
        remove_leftovers(folder)
        for venv in list_kept(folder):  # looked at again: another setup may have taken one into use
            if not venv.in_use and venv.path in agreed:
                remove_venv(venv.path)
                freed += venv.size
        return freed


def _read(venv: Path, used: str) -> Kept:
    state = read_state(venv)
    told = f"TensorFlow {state.get('tensorflow', '?')} ({state.get('profile', '?')}), Python {state.get('python', '?')}"
    proved = "proved" if state.get("smoked") else "not proved"
    made_at = str(state.get("made_at", ""))
    return Kept(venv, venv.name == used, f"{told}, made {made_at[:10]}, {proved}", made_at, size_of(venv))
