"""What acting takes and gives: progress to tell of, a proof to ask for, an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Progress(Protocol):
    """Where long work shows itself."""

    def step(self, text: str) -> AbstractContextManager[Callable[[str], None]]:
        """A step that begins now and ends with the block; the callable tells of its course."""

    def note(self, text: str) -> None:
        """One line that is worth reading."""


@dataclass(frozen=True)
class Proof:
    """What the smoke said of a venv's python. `evidence` is kept with the venv."""

    passed: bool
    sentence: str
    evidence: Mapping[str, Any]


Prove = Callable[[Path, Callable[[str], None]], Proof]


class StepFailed(Exception):
    """A step could not be done: which, why, the last lines of what was said, the ways out, and the finding's slug.

    `of_index`: whether the package index could be the cause. A Python is fetched from elsewhere.
    """

    def __init__(
        self, step: str, why: str, tail: str = "", ways: tuple[str, ...] = (), slug: str = "", *, of_index: bool = True
    ) -> None:
        super().__init__(f"{step}: {why}")
        self.step, self.why, self.tail, self.ways, self.slug = step, why, tail, ways, slug
        self.of_index = of_index


class PlanOutdated(Exception):
    """Another setup was at work here in the meantime: look and decide again."""


@dataclass(frozen=True)
class Done:
    """The environment that now stands. `freed` bytes of old environments; `proof` None where it was not asked for."""

    folder: str
    venv: str
    proof: Proof | None
    packages: int
    freed: int
    set_aside: str | None = None
