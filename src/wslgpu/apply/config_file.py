"""Write a changed configuration file over the old one, which is kept beside it; no moment is without either."""

from __future__ import annotations

from pathlib import Path

from wslgpu.plan.config_file import ConfigChange


def write_config(path: Path, change: ConfigChange, *, when: str) -> Path | None:
    """Returns the backup; None where there was no file before.

    `when`: part of the backup's name, such as 20260102-030405. ValueError where the file is no longer the one that
    the change was made for; OSError where it cannot be written.
    """
    now = path.read_bytes() if path.exists() else None
    if now != change.before:
        raise ValueError(f"{path} was changed meanwhile")
    backup = None
    if now is not None:
        backup = path.with_name(f"{path.name}.wslgpu-{when}")
        with backup.open("xb") as file:
            file.write(now)
    new = path.with_name(f"{path.name}.wslgpu-new")
    new.write_bytes(change.after)
    new.replace(path)
    return backup
