"""What tune says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["single", "threads", "feed", "fork"]
Bound = Literal["input", "compute", "not known"]


@dataclass(frozen=True)
class Way:
    """One way of making batches. `rate`: batches a second inside `fit`; None: not measured, `why` says why not.

    `others`: the share of all cores that other programs had meanwhile, 0 to 1; None: not known.
    """

    mode: Mode
    workers: int
    rate: float | None = None
    predicted: float | None = None
    why: str = ""
    steps: tuple[tuple[float, float], ...] = ()
    made: tuple[tuple[int, float, float, int], ...] = ()
    others: float | None = None


@dataclass(frozen=True)
class Tuning:
    """The answer. `choice` None: nothing could be measured. Times in seconds, sizes in bytes.

    `gain`: the choice's rate over that of one process. `own_model`: whether the step is that of the user's model.
    """

    target: str
    choice: Way | None
    bound: Bound
    gain: float | None
    queue: int
    ways: tuple[Way, ...]
    get_s: float | None
    cpu_s: float | None
    step_s: float | None
    pipe_s: float | None
    batch_bytes: int | None
    cores: int | None
    own_model: bool
    keras3: bool
    snippet: str
    versions: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[tuple[str, str, Mapping[str, str]], ...] = ()  # slug, status, evidence
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    output_tail: str = ""
