"""A machine that answers from a recording, and one whose answers are kept for one. The file's form: recording.py.

They stand apart because every look keeps its answers and few are written down: what reads and writes the file is not
loaded before the machine is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wslgpu.system.answers import Answer, Answers
from wslgpu.system.host import Host, Side
from wslgpu.system.wants import Want


@dataclass
class RecordedHost:
    """A machine that answers from a recording; what was not recorded reads Unknown."""

    side: Side
    answers: Answers
    project: str = "."
    note: str = ""

    def ask(self, wants: Sequence[Want]) -> Answers:
        """All that was recorded, and Unknown for what these wants miss.

        What was not asked comes too: a person may have written down what doctor asks for only on a machine that is
        broken in another way.
        """
        missing = [want.id for want in wants if want.id not in self.answers]
        return Answers({want_id: self.answers[want_id] for want_id in missing}).merged(self.answers)


@dataclass
class RecordingHost:
    """A host that keeps every answer, so that the look can be written down."""

    inner: Host
    kept: dict[str, Answer] = field(default_factory=dict)

    @property
    def side(self) -> Side:
        """The inner host's side."""
        return self.inner.side

    def ask(self, wants: Sequence[Want]) -> Answers:
        """Ask the inner host and remember."""
        answers = self.inner.ask(wants)
        self.kept.update(answers)
        return answers
