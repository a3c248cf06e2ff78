"""What can be asked: this machine, a distribution through wsl.exe, a recording. All look the same to the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from wslgpu.system.answers import Answers
from wslgpu.system.wants import Want

Side = Literal["windows", "wsl", "linux"]


class Host(Protocol):
    """Answers wants. Never raises for what the machine does: a question that cannot be answered reads Unknown."""

    @property
    def side(self) -> Side:
        """Where this host's answers come from."""

    def ask(self, wants: Sequence[Want]) -> Answers:
        """One answer a want. How (side by side, in one round trip, from a file) is the host's affair."""
