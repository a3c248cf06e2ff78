"""Requirements into a lock: for one venv (setup), or for every Python that a team allows (team lock)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from wslgpu.apply.clash import explain_clash, lacks_wheels
from wslgpu.apply.model import StepFailed
from wslgpu.apply.venv_state import write_atomically
from wslgpu.facts.locks import LOCK_SOURCES, is_ours, read_lock
from wslgpu.plan.model import Resolve

FRESH = "resolving.lock"
MOVE = ("give it another name, then run this again",)


class Resolver(Protocol):
    """Resolves files (names relative to the folder) into a new lock; StepFailed with the tool's own words."""

    def __call__(self, sources: Sequence[str], fresh: Path, *, wheels_only: bool) -> None: ...


def write_lock(
    step: Resolve, folder: Path, resolve: Resolver, tell: Callable[[str], None], *, keep: str = ""
) -> dict[str, str]:
    """Write the step's requirements and lock; returns name -> version. `keep`: a lock whose versions stay if they can.

    The lock is replaced with one rename when all of it is there. Needs DIR/.wslgpu.
    """
    Path(step.lock).parent.mkdir(exist_ok=True)
    resolved, built = _resolve(step, folder, step.text, resolve, tell, keep)
    if {"tensorflow", "tensorflow-cpu"} <= read_lock(resolved).keys():
        # Two packages with the same files: what another package needs decides (tf-keras asks for `tensorflow`).
        tell("another package needs `tensorflow` by that name; it takes the place of tensorflow-cpu")
        text = step.text.replace("tensorflow-cpu==", "tensorflow==")
        resolved, built = _resolve(step, folder, text, resolve, tell, keep)
    header = step.header + (f"{LOCK_SOURCES}allowed, a package has no wheel\n" if built else "")
    write_atomically(Path(step.lock), header + resolved)
    return read_lock(resolved)


def refuse_strangers(requirements: Path, lock: Path) -> None:
    """StepFailed where a file of the user's own stands at one of these places: it is not written over."""
    place = lock.parent
    if os.path.lexists(place) and not place.is_dir():
        raise StepFailed("writing the lock", f"{place} is a file; locks are kept in a folder of that name", ways=MOVE)
    texts = {path: read_head(path) for path in (requirements, lock)}
    ours = is_ours(texts[requirements], texts[lock])
    for path, text in texts.items():
        if text and not (ours if path == requirements else is_ours("", text)):
            raise StepFailed("writing the lock", f"{path} was not made by wslgpu, and is left as it is", ways=MOVE)


def read_head(path: Path) -> str:
    """The first lines of a text file; "" where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(2_000)
    except OSError:
        return ""


def may_build(lock: str) -> bool:
    """Whether a lock's text says that a package of it comes as source. A lock that wslgpu did not make is not asked."""
    return any(line.startswith(LOCK_SOURCES) for line in lock.splitlines()[:20])


def _resolve(
    step: Resolve, folder: Path, text: str, resolve: Resolver, tell: Callable[[str], None], keep: str
) -> tuple[str, bool]:
    write_atomically(Path(step.requirements), text)
    fresh = folder / ".wslgpu" / FRESH
    sources = [str(Path(step.requirements).relative_to(folder)), *step.sources]
    try:
        _begin(fresh, keep)
        try:
            resolve(sources, fresh, wheels_only=True)
            return fresh.read_text(encoding="utf-8"), False
        except StepFailed as failure:
            if not lacks_wheels(failure):
                raise
        tell("a package has no wheel: it is built here, with tools that no hash covers")
        _begin(fresh, keep)
        resolve(sources, fresh, wheels_only=False)
        return fresh.read_text(encoding="utf-8"), True
    except StepFailed as failure:
        from wslgpu.apply.diagnose import names_cause  # sockets and TLS: not for a setup that goes well

        raise failure if names_cause(failure) else explain_clash(failure, step, folder) from None
    finally:
        fresh.unlink(missing_ok=True)


def _begin(fresh: Path, keep: str) -> None:
    if keep:
        fresh.write_text(keep, encoding="utf-8")
    else:
        fresh.unlink(missing_ok=True)
