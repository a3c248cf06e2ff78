"""What a lock says: every package with its version, for which Pythons, and what it was made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MADE_BY = "# Made by wslgpu"  # how requirements and locks of ours begin
LOCK_MARK = "# wslgpu-inputs: "
LOCK_PYTHON = "# wslgpu-python: "
# Only a source archive exists of some package: what builds it is fetched without a hash.
LOCK_SOURCES = "# wslgpu-sources: "
# One lock a generation of cards where they differ: cuDNN 9.11 has nothing older than Turing, TensorFlow 2.19 and later
# no Maxwell. tests/plan/test_lock.py holds this list against what is known of the generations.
LOCK_NAMES = ("gpu", "cpu", "gpu-kepler", "gpu-maxwell", "gpu-pascal", "gpu-volta")
OWN_WHEEL = "wslgpu-feeds"  # setup puts it into each venv; no lock names it
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", re.MULTILINE)


@dataclass(frozen=True)
class Drift:
    """An environment against its lock. `other`: (package, locked, installed). Only `extra` does no harm by itself."""

    lock: str
    other: tuple[tuple[str, str, str], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def differs(self) -> bool:
        """Whether something that the lock names is not there as it names it."""
        return bool(self.other or self.missing)

    def lines(self) -> tuple[str, ...]:
        """One short line a package, what is wrong before what is more."""
        return (
            *(f"{name} is {has}, the lock says {wants}" for name, wants, has in self.other),
            *(f"{name} {wants} is missing" for name, wants in self.missing),
            *(f"{name} {has} is not in the lock" for name, has in self.extra),
        )


def is_ours(requirements: str, lock: str) -> bool:
    """Whether wslgpu wrote the requirements or the lock beside them; the heads of both are enough."""
    return requirements.startswith(MADE_BY) or lock.startswith(MADE_BY) or read_lock_header(lock)[0] is not None


def read_lock_header(text: str) -> tuple[str | None, str | None]:
    """The digest and the Python ("3.12", ">=3.11") that a lock was made from; None for one that wslgpu did not make."""
    inputs = python = None
    for line in text.splitlines()[:20]:
        if line.startswith(LOCK_MARK):
            inputs = line.removeprefix(LOCK_MARK).strip()
        elif line.startswith(LOCK_PYTHON):
            python = line.removeprefix(LOCK_PYTHON).strip()
    return inputs, python


def read_lock(text: str, python: Sequence[int] = (), machine: str = "x86_64") -> dict[str, str]:
    """Canonical name -> version of every package that a lock has for a Python (3, 12) on Linux.

    Without a Python every package counts; of one with several versions then the last.
    """
    found: dict[str, str] = {}
    for match in LOCKED.finditer(text):
        if not match[3] or not python or holds(match[3].strip(), python, machine):
            found[plain_name(match[1])] = match[2]
    return found


def find_drift(
    lock: str, text: str, installed: Mapping[str, str], python: Sequence[int] = (), machine: str = "x86_64"
) -> Drift:
    """Compare what a lock (its name, its text) says with what is installed (canonical name -> version)."""
    wanted = read_lock(text, python, machine)
    there = {name: version for name, version in installed.items() if name != OWN_WHEEL}
    return Drift(
        lock,
        tuple((n, v, there[n]) for n, v in sorted(wanted.items()) if n in there and not _same(v, there[n])),
        tuple((n, v) for n, v in sorted(wanted.items()) if n not in there),
        tuple((n, v) for n, v in sorted(there.items()) if n not in wanted),
    )


def plain_name(name: str) -> str:
    """A package's canonical name: lower case, with dashes."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False


def holds(marker: str, python: Sequence[int], machine: str) -> bool:
    """A marker for this Python on Linux; one that cannot be read counts as true, so that nothing is passed over."""
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    short, full = ".".join(map(str, python[:2])), ".".join(map(str, [*python, 0][:3]))
    environment = {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": short,
        "sys_platform": "linux",
        "extra": "",
    }
    try:
        return Marker(marker).evaluate(environment)
    except (InvalidMarker, UndefinedEnvironmentName):
        return True
