"""A folder with every wheel of a lock, and wslgpu itself, for machines without a network."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from wslgpu.apply.carry import pack_sources
from wslgpu.apply.clash import lacks_wheels
from wslgpu.apply.installer import INSTALL_DEADLINE_S, Tell, call
from wslgpu.apply.model import Progress, StepFailed
from wslgpu.apply.venv_state import write_atomically

SOURCES = "wslgpu"  # the tree with provision/ubuntu.sh
ASIDE = ".wslgpu-filling"


def fill_bundle(python: Path, lock: Path, target: Path, settings: Mapping[str, str], progress: Progress) -> int:
    """Download what `lock` says into `target`, hashes checked, with the pip of the environment that the lock made.

    `python` is that environment's: its version and platform are those of the wheels. Returns the bytes that are there.
    The lock comes first and each wheel with one rename: what was cut off at any moment is refused as not whole
    (plan/bundle_lock.py), and no half of a wheel is taken for one by the next run.
    """
    aside = target / ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    write_atomically(target / lock.name, lock.read_text(encoding="utf-8"))
    pip = (str(python), "-I", "-m", "pip")
    with progress.step(f"download every wheel of {lock.name} into {target}") as tell:
        argv = (*pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes")
        call(
            "downloading the wheels",
            (*argv, "-r", str(lock), "-d", str(aside)),
            settings,
            deadline_s=INSTALL_DEADLINE_S,
            tell=tell,
        )
        _move_wheels(aside, target)
    with progress.step("add wslgpu itself, uv, and what they need") as tell:
        _add_wslgpu(pip, target, aside, settings, tell)
    shutil.rmtree(aside)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def _add_wslgpu(pip: tuple[str, ...], target: Path, aside: Path, settings: Mapping[str, str], tell: Tell) -> None:
    """Its sources as a tree, for provision/ubuntu.sh; its wheel, as nothing can be built without a network."""
    tree = aside / SOURCES
    with tarfile.open(fileobj=io.BytesIO(pack_sources())) as archive:
        for member in archive.getmembers():  # wslgpu's own archive, written a line above
            archive.extract(member, tree)
    build = (*pip, "wheel", "--quiet", "--no-deps", "-w", str(aside), str(tree))
    call("building wslgpu's wheel", build, settings, deadline_s=INSTALL_DEADLINE_S)
    wheel = next(aside.glob("wslgpu-*.whl"))
    download = (*pip, "download", "--quiet", "--only-binary", ":all:", "-d", str(aside), str(wheel))
    step = "downloading what wslgpu needs"
    try:
        call(step, (*download, "uv"), settings, deadline_s=INSTALL_DEADLINE_S)
    except StepFailed as failure:
        if not lacks_wheels(failure):
            raise
        tell("the index has no uv: where the bundle is used, pip does its work, more slowly")
        call(step, download, settings, deadline_s=INSTALL_DEADLINE_S)
    for stale in target.glob("wslgpu-*.whl"):
        stale.unlink()
    _move_wheels(aside, target)
    shutil.rmtree(target / SOURCES, ignore_errors=True)
    tree.rename(target / SOURCES)


def _move_wheels(aside: Path, target: Path) -> None:
    for wheel in aside.glob("*.whl"):
        wheel.replace(target / wheel.name)
