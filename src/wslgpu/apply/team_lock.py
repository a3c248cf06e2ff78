"""Write one of a team's locks, and say what changed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from wslgpu.apply.lock import hold_lock
from wslgpu.apply.model import Progress
from wslgpu.apply.prepare import prepare_folder
from wslgpu.apply.resolve import refuse_strangers, write_lock
from wslgpu.apply.undo import Undo
from wslgpu.apply.uv import Uv
from wslgpu.facts.locks import read_lock
from wslgpu.plan.lock import TeamLock

MOST = 8


def write_team_lock(
    lock: TeamLock, folder: Path, uv: Uv, progress: Progress, *, before: Mapping[str, str], upgrade: bool
) -> str:
    """Resolve it for its Pythons; what was locked before stays where it can, unless `upgrade`. Returns the changes.

    StepFailed, with requirements and lock as they were, where it cannot be resolved.
    """
    refuse_strangers(Path(lock.step.requirements), Path(lock.step.lock))
    undo = Undo()
    own = prepare_folder(folder, undo)
    for written in (lock.step.lock, lock.step.requirements):
        undo.writing(Path(written))

    known = before.get(lock.name, "")
    with hold_lock(own / "lock", progress.note), progress.step(f"resolve {lock.name} for {lock.told}") as tell:

        def resolve(sources: Sequence[str], fresh: Path, *, wheels_only: bool) -> None:
            uv.resolve_shared(folder, lock.lowest, sources, fresh, wheels_only=wheels_only, tell=tell)

        try:
            after = write_lock(lock.step, folder, resolve, tell, keep="" if upgrade else known)
        except BaseException:
            undo.take_back()
            raise
    return describe_change(read_lock(known), after)


def describe_change(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """ "33 packages, all as before", or which changed."""
    count = f"{len(after)} packages"
    if not before:
        return count
    changed = [f"{n} {before[n]} -> {v}" for n, v in sorted(after.items()) if n in before and before[n] != v]
    changed += [f"{n} {v} is new" for n, v in sorted(after.items()) if n not in before]
    changed += [f"{n} is gone" for n in sorted(before) if n not in after]
    if not changed:
        return f"{count}, all as before"
    rest = f", and {len(changed) - MOST} more" if len(changed) > MOST else ""
    return f"{count}: {', '.join(changed[:MOST])}{rest}"
