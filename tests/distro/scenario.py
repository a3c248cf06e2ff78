"""What a scenario is: a machine, who sits there, and what they type, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Step:
    name: str
    command: str
    exit_code: int = 0
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ("Traceback (most recent call last)",)
    deadline_s: float = 900
    as_root: bool = False
    """What somebody else did to the machine before; needs root where the scenario's user is not."""


@dataclass(frozen=True)
class Scenario:
    name: str
    why: str
    suite: str | None
    """Debian's name of the distribution; None is this machine itself with an empty home."""
    steps: tuple[Step, ...]
    user: Literal["trainee", "root"] = "trainee"
    sudo: bool = False
    wsl: bool = True
    ubuntu: bool = False
    driver: str | None = None
    """What the synthetic libcuda answers; None: there is no driver."""
    environment: dict[str, str] = field(default_factory=dict)
    home_known: bool = True
    container_caps: bool = False
    shm: str = "50%"
    one_core: bool = False
    checkout: Literal["plain", "crlf", "readonly"] = "plain"
    python_server: bool = False
    shared_cache: bool = True
    """False where the scenario claims to start from nothing."""
    every_run: bool = True
    """False: played only with WSLGPU_BEDS=all."""
