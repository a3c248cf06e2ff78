"""Tell a hang from an import that takes its time, by what the processes of ways_payload.py note of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

IMPORT_S = 240.0  # for one process; on a loaded machine, or under Wine, an import of TensorFlow takes minutes
# The main process, and two workers for each of two epochs, twice. A pool that makes its dying workers anew would
# import for ever; what comes after these stops no clock.
IMPORTS = 9


@dataclass
class Progress:
    """`look` is asked now and then; times are seconds of one clock, `began` is when the command was started."""

    limit_s: float
    began: float
    idle_s: float = 0.0
    batches: int = 0
    last: float = field(init=False)
    started: dict[str, float] = field(default_factory=dict)  # process -> when it was first seen

    def __post_init__(self) -> None:
        self.last = self.began

    def look(self, notes: Mapping[str, Sequence[str]], now: float) -> str:
        """ "" while it may go on; `hung`: no batch for `limit_s` in which nobody imported; `late`: it never imported."""
        for process in notes:
            self.started.setdefault(process, now)
        passed, self.last = now - self.last, now
        if not any("imported" in words for words in notes.values()):
            return "late" if now - self.began > IMPORT_S else ""
        made = sum(list(words).count("batch") for words in notes.values())
        if made > self.batches:
            self.batches, self.idle_s = made, 0.0
        elif not self._imports(notes, now):
            self.idle_s += passed
        return "hung" if self.idle_s > self.limit_s else ""

    def _imports(self, notes: Mapping[str, Sequence[str]], now: float) -> bool:
        return any(
            "imported" not in notes[process] and now - since < IMPORT_S
            for process, since in list(self.started.items())[:IMPORTS]
        )


def read_notes(folder: Path) -> dict[str, list[str]]:
    """Process -> its lines: `starts`, `imported`, `batch`."""
    return {path.name: path.read_text(encoding="utf-8").split() for path in sorted(folder.iterdir())}
