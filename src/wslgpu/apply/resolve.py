"""Requirements into a lock: for one venv (setup), or for every Python that a team allows (team lock)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from wslgpu.apply.clash import explain_clash, lacks_wheels
from wslgpu.apply.model import StepFailed
from wslgpu.apply.venv_state import write_atomically
from wslgpu.facts.locks import LOCK_SOURCES, read_lock
from wslgpu.plan.model import Resolve

FRESH = "resolving.lock"


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
