"""What setup will do, as values: shown, agreed to, done, verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from wslgpu import __version__

Profile = Literal["gpu", "cpu"]
Installer = Literal["uv", "pip"]


@dataclass(frozen=True)
class FetchPython:
    """Have uv fetch an interpreter into the user's home: the first of `versions` that can be had."""

    versions: tuple[str, ...]
    uv: str


@dataclass(frozen=True)
class MakeVenv:
    """Make an empty venv at its final place. `python` is an interpreter, or None for the one that was fetched."""

    path: str
    python: str | None
    version: str
    activation: str  # appended to bin/activate
    first_script: str  # first_training.py in the venv
    prompt: str


@dataclass(frozen=True)
class Resolve:
    """Write the rendered requirements, and resolve them and the project's own into a lock with versions and hashes."""

    requirements: str
    text: str
    lock: str
    header: str
    python: str
    sources: tuple[str, ...]  # files of the project that are resolved along


@dataclass(frozen=True)
class UseLock:
    """Install what a lock says that was made from the same inputs, or a bundle's (`source`), kept as `lock`."""

    lock: str
    source: str = ""


@dataclass(frozen=True)
class Install:
    """Install a lock's packages, hashes checked. Sizes in bytes, None where nobody measured them."""

    lock: str
    download: int | None
    disk: int | None


@dataclass(frozen=True)
class Verify:
    """Look into the venv, without importing TensorFlow: everything of the lock is there and fits together."""

    version: str


@dataclass(frozen=True)
class LinkLibraries:
    """Where TensorFlow does not look into a CUDA wheel that it brings along: links inside the venv."""


@dataclass(frozen=True)
class Smoke:
    """Train on a Sequence through fork in the new venv; without its pass the old environment stays."""

    device: Profile


@dataclass(frozen=True)
class ProveStanding:
    """The smoke for an environment that stands and was made from the same inputs, but was never proved."""

    venv: str
    device: Profile


@dataclass(frozen=True)
class SetAside:
    """Move a foreign .venv out of the way; it keeps working only under its old path, so it is moved, not copied."""

    source: str
    target: str


@dataclass(frozen=True)
class Swap:
    """Point DIR/.venv to the new venv, with one rename."""

    link: str
    target: str


@dataclass(frozen=True)
class Tidy:
    """Remove venvs of wslgpu that neither .venv nor the last good one needs."""

    folder: str
    keep: tuple[str, ...]


Step = (
    FetchPython
    | MakeVenv
    | Resolve
    | UseLock
    | Install
    | Verify
    | LinkLibraries
    | Smoke
    | ProveStanding
    | SetAside
    | Swap
    | Tidy
)


@dataclass(frozen=True)
class Plan:
    """Steps in order, the choices with their reasons, and what it costs before it is spent (bytes).

    `inputs` is the digest of everything the choices depend on: a venv that was made from the same is up to date.
    `wish` is the digest of how it was asked for (plan/current.py). `uv`: its path, None where pip does the work.
    `lock`: the name of the lock that is made or used. `variables`: settings of the installers and the environment
    variables that hold their values.
    """

    folder: str
    profile: Profile
    tensorflow: str
    python: str
    choices: tuple[str, ...]
    notes: tuple[str, ...]
    steps: tuple[Step, ...]
    download: int | None
    disk: int | None
    inputs: str
    wish: str = ""
    uv: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    offline: str | None = None
    lock: str = ""

    @property
    def installer(self) -> Installer:
        """uv where it is there."""
        return "uv" if self.uv else "pip"

    def describe_made(self) -> dict[str, object]:
        """What is written of an environment that was made by this plan; plan/current.py reads it again."""
        return {
            "profile": self.profile,
            "lock": self.lock or self.profile,
            "tensorflow": self.tensorflow,
            "python": self.python,
            "inputs": self.inputs,
            "wishes": [self.wish],
            "made_by": __version__,
        }


@dataclass(frozen=True)
class Refusal:
    """Setup cannot make what was asked for here: why, the finding that explains it, and the ways out.

    `usage` marks what the user typed (exit 2); the rest is the machine's (exit 1).
    """

    slug: str
    why: str
    ways: tuple[str, ...]
    usage: bool = False
