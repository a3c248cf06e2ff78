"""What came back, as values. "There is none" (Absent) and "could not tell" (Unknown) are never the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Reason = Literal[
    "timed_out",  # the deadline passed; the process was killed
    "denied",  # the machine refused to say
    "undecodable",  # bytes that no decoding fits
    "malformed",  # an answer of a shape that its reader does not know
    "unreachable",  # the other side could not be asked
    "not_applicable",  # the question makes no sense here
    "not_recorded",  # a recording that lacks this answer
    "crashed",  # what was asked died before it could answer
    "failed",  # what was asked answered with an error
]


@dataclass(frozen=True)
class Ran:
    """A command ended. `exit` is its code, or minus the signal that ended it."""

    exit: int
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0


@dataclass(frozen=True)
class Content:
    """A file's bytes; `truncated` when the file holds more than was asked for."""

    data: bytes
    truncated: bool = False


@dataclass(frozen=True)
class Value:
    """Anything that JSON can hold."""

    value: Any


@dataclass(frozen=True)
class Absent:
    """The machine answered: there is none."""


@dataclass(frozen=True)
class Unknown:
    """Could not tell, and why."""

    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason.replace('_', ' ')}: {self.detail}" if self.detail else self.reason.replace("_", " ")


Answer = Ran | Content | Value | Absent | Unknown


class Answers(Mapping[str, Answer]):
    """Answers by want id. An id that was never asked reads as Unknown, so a reader need not ask twice.

    A recording that a person wrote may hold a command's output as plain text, or a file's text as a plain value: text
    is read as what the reader asks for.
    """

    def __init__(self, found: Mapping[str, Answer]) -> None:
        self._found = dict(found)

    def __getitem__(self, want_id: str) -> Answer:
        found = self._found.get(want_id)
        return Unknown("not_recorded", want_id) if found is None else found

    def __contains__(self, want_id: object) -> bool:
        """Whether it was answered, be it with Unknown."""
        return want_id in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def merged(self, other: Answers) -> Answers:
        """These answers and the other's; where both have one, the other's."""
        return Answers({**self._found, **other._found})

    def data(self, want_id: str) -> bytes | Unknown | None:
        """A file's bytes; None where there is no such file."""
        answer = self[want_id]
        if isinstance(answer, Content):
            return answer.data
        if isinstance(answer, Value) and isinstance(answer.value, str):
            return answer.value.encode("utf-8", "surrogatepass")
        if isinstance(answer, Ran) and answer.exit == 0:
            return answer.stdout
        return _none_or_unknown(answer, want_id)

    def text(self, want_id: str) -> str | Unknown | None:
        """A file's text, undecodable bytes replaced; None where there is no such file."""
        data = self.data(want_id)
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else data

    def ran(self, want_id: str) -> Ran | Unknown | None:
        """How a command ended; None where there is no such program."""
        answer = self[want_id]
        if isinstance(answer, Ran):
            return answer
        if isinstance(answer, Content):
            return Ran(0, answer.data)
        if isinstance(answer, Value) and isinstance(answer.value, str):
            return Ran(0, answer.value.encode("utf-8", "surrogatepass"))
        return _none_or_unknown(answer, want_id)

    def value(self, want_id: str) -> Any:
        """A value as JSON holds it; None where there is none; Unknown."""
        answer = self[want_id]
        if isinstance(answer, Value):
            return answer.value
        if isinstance(answer, Content):
            return answer.data.decode("utf-8", "replace")
        return _none_or_unknown(answer, want_id)


def _none_or_unknown(answer: Answer, want_id: str) -> Unknown | None:
    if isinstance(answer, Absent):
        return None
    if isinstance(answer, Unknown):
        return answer
    return Unknown("malformed", f"{want_id} holds an answer of another kind ({type(answer).__name__})")
