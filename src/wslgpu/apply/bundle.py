"""A folder with every wheel of a lock, for machines without a network."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from wslgpu.apply.installer import INSTALL_DEADLINE_S, call
from wslgpu.apply.model import Progress


def fill_bundle(python: Path, lock: Path, target: Path, settings: Mapping[str, str], progress: Progress) -> int:
    """Download what `lock` says into `target`, hashes checked, with the pip of the environment that the lock made.

    `python` is that environment's: its version and platform are those of the wheels. Returns the bytes that are there.
    """
    target.mkdir(parents=True, exist_ok=True)
    pip = (str(python), "-I", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:")
    with progress.step(f"download every wheel of {lock.name} into {target}"):
        argv = (*pip, "--require-hashes", "-r", str(lock), "-d", str(target))
        call("downloading the wheels", argv, settings, deadline_s=INSTALL_DEADLINE_S)
    shutil.copyfile(lock, target / lock.name)
    return sum(path.stat().st_size for path in target.iterdir())
