"""A folder with every wheel of a lock, and wslgpu itself, for machines without a network."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from wslgpu.apply.carry import pack_sources
from wslgpu.apply.installer import INSTALL_DEADLINE_S, call
from wslgpu.apply.model import Progress

SOURCES = "wslgpu"  # the tree with provision/ubuntu.sh


def fill_bundle(python: Path, lock: Path, target: Path, settings: Mapping[str, str], progress: Progress) -> int:
    """Download what `lock` says into `target`, hashes checked, with the pip of the environment that the lock made.

    `python` is that environment's: its version and platform are those of the wheels. Returns the bytes that are there.
    """
    target.mkdir(parents=True, exist_ok=True)
    pip = (str(python), "-I", "-m", "pip")
    with progress.step(f"download every wheel of {lock.name} into {target}") as tell:
        argv = (*pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes")
        call(
            "downloading the wheels",
            (*argv, "-r", str(lock), "-d", str(target)),
            settings,
            deadline_s=INSTALL_DEADLINE_S,
            tell=tell,
        )
    shutil.copyfile(lock, target / lock.name)
    with progress.step("add wslgpu itself, uv, and what they need"):
        _add_wslgpu(pip, target, settings)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def _add_wslgpu(pip: tuple[str, ...], target: Path, settings: Mapping[str, str]) -> None:
    """Its sources as a tree, for provision/ubuntu.sh; its wheel, as nothing can be built without a network."""
    tree = target / SOURCES
    shutil.rmtree(tree, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(pack_sources())) as archive:
        for member in archive.getmembers():  # wslgpu's own archive, written a line above
            archive.extract(member, tree)
    for stale in target.glob("wslgpu-*.whl"):
        stale.unlink()
    build = (*pip, "wheel", "--quiet", "--no-deps", "-w", str(target), str(tree))
    call("building wslgpu's wheel", build, settings, deadline_s=INSTALL_DEADLINE_S)
    wheel = next(target.glob("wslgpu-*.whl"))
    download = (*pip, "download", "--quiet", "--only-binary", ":all:", "-d", str(target), str(wheel), "uv")
    call("downloading what wslgpu needs", download, settings, deadline_s=INSTALL_DEADLINE_S)
