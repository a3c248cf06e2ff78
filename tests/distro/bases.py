"""Fresh distributions: root file systems by debootstrap, made once and kept in a cache.

A base is what a container image or a new WSL distribution is: no python, no curl, empty apt lists, one plain user.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

USER = "trainee"
SCRIPTS = Path("/usr/share/debootstrap/scripts")


def cache() -> Path:
    return Path(os.environ.get("WSLGPU_BED_CACHE") or Path.home() / ".cache/wslgpu-beds").absolute()


def why_not() -> str | None:
    """The reason why no distribution can be set up on this machine; None where it can."""
    if os.geteuid() != 0:
        return "needs root, for chroot and mounts"
    if subprocess.run(["unshare", "-m", "-p", "-f", "true"], capture_output=True, check=False).returncode:
        return "no right to make mount and process namespaces (unshare -m -p)"
    if not shutil.which("apt-get"):
        return "no apt here, so no mirror to debootstrap from"
    if not read_mirror():
        return "apt's own configuration names no mirror of Debian"
    if not shutil.which("debootstrap"):
        for command in (["apt-get", "-q", "update"], ["apt-get", "-q", "-y", "install", "debootstrap"]):
            env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    return None if shutil.which("debootstrap") else "debootstrap is missing and apt-get could not install it"


def read_mirror() -> str | None:
    """Debian's mirror as this machine's apt knows it, or $WSLGPU_BED_MIRROR."""
    if told := os.environ.get("WSLGPU_BED_MIRROR"):
        return told
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if path.suffix in (".list", ".sources") and path.is_file():
            for line in path.read_text(errors="replace").splitlines():
                found = re.match(r"\s*(?:URIs:|deb\s+(?:\[[^\]]*\]\s+)?)\s*(\S+/debian/?)(?:\s|$)", line)
                if found:
                    return found.group(1)
    return None


def build_base(suite: str, *, sudo: bool = False) -> Path:
    """The folder of a fresh `suite`; made aside and renamed, so that a killed build is never taken for a base."""
    base = cache() / "bases" / (suite + ("+sudo" if sudo else ""))
    if base.is_dir():
        return base
    aside = base.with_name(f"{base.name}.{os.getpid()}")
    base.parent.mkdir(parents=True, exist_ok=True)
    try:
        if sudo:
            copy_tree(build_base(suite), aside)
            run_inside(aside, "apt-get -q update && apt-get -q -y --no-install-recommends install sudo")
            (aside / "etc/sudoers.d/trainee").write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
        else:
            # an older debootstrap does not know the newest names; all of them are made as sid is
            script = SCRIPTS / suite if (SCRIPTS / suite).exists() else SCRIPTS / "sid"
            mirror = read_mirror() or ""
            command = ["debootstrap", "--variant=minbase", suite, str(aside), mirror, str(script)]
            try:
                run(command)
            except RuntimeError:  # a mirror can fail for a moment; debootstrap does not retry
                shutil.rmtree(aside, ignore_errors=True)
                run(command)
            # the Release file of a testing suite can be past its date
            (aside / "etc/apt/apt.conf.d/90bed").write_text('Acquire::Check-Valid-Until "false";\n')
            run(["chroot", str(aside), "useradd", "--create-home", "--shell", "/bin/bash", USER])
        for stale in [*(aside / "var/lib/apt/lists").iterdir(), *(aside / "var/cache/apt").rglob("*")]:
            if stale.is_file():
                stale.unlink()
        aside.rename(base)
    finally:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
    return base


def copy_tree(source: Path, target: Path) -> None:
    run(["cp", "-a", "--reflink=auto", str(source), str(target)])


def run_inside(root: Path, command: str) -> None:
    """As root, with the network, in namespaces that end with it."""
    from tests.distro.machine import Machine

    result = Machine(root=root, user="root").run(command, deadline_s=600)
    if result.exit_code:
        raise RuntimeError(f"`{command}` in {root} ended with {result.exit_code}:\n{result.output[-3000:]}")


def run(argv: list[str]) -> None:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
