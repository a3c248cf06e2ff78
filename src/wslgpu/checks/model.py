"""What a check says: a judgement inside, a finding outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown
from wslgpu.system.host import Side

Status = Literal["ok", "info", "warn", "fail", "unknown", "skip"]
Where = Literal["powershell", "powershell-admin", "ubuntu", "browser"]
Effect = Literal["safe", "changes", "removes", "restarts"]
T = TypeVar("T")
BOTH: tuple[Side, ...] = ("wsl", "linux")


@dataclass(frozen=True)
class Remedy:
    """One command that mends: argv (for `browser` the address), where to type it, what it does, how to verify it.

    `fix`: it mends by itself, so that `doctor --fix` may run it; others only show more, or need a person.
    """

    where: Where
    argv: tuple[str, ...]
    effect: Effect = "changes"
    verify: tuple[str, ...] = ()
    fix: bool = False


@dataclass(frozen=True)
class Judgement:
    """What a judge returns. `status` None means: the status that the finding's own page gives it."""

    fired: bool
    status: Status | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What a check says of a machine; its words come from docs/findings/<slug>.md."""

    slug: str
    status: Status
    title: str
    area: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    cause: str | None = None
    remedies: tuple[Remedy, ...] = ()
    vital: bool = False


@dataclass(frozen=True)
class Check:
    """A slug, the sides it makes sense on, and its judge.

    `vital`: where its facts are unknown the whole look is inconclusive (exit 4). `area` is the line of the report that
    it belongs to. `page`: the text of its findings page, where another package brings it.
    """

    slug: str
    area: str
    sides: tuple[Side, ...]
    judge: Callable[[Facts], Judgement]
    vital: bool = False
    page: str = ""


class CouldNotTell(Exception):
    """A judge met a fact that is unknown. Only `known` raises it and only the engine catches it."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(str(unknown))
        self.unknown = unknown


def known(fact: T | Unknown) -> T:
    """The fact's value; where it is unknown the check's verdict is `unknown`, with the fact's own reason."""
    if isinstance(fact, Unknown):
        raise CouldNotTell(fact)
    return fact


def well(**evidence: object) -> Judgement:
    """Nothing found. The evidence is what `doctor -v` shows."""
    return Judgement(False, "ok", {key: str(value) for key, value in evidence.items()})


def found(status: Status | None = None, **evidence: object) -> Judgement:
    """The finding holds; its title and remedies may name the evidence in braces."""
    return Judgement(True, status, {key: str(value) for key, value in evidence.items()})


def skip(why: str) -> Judgement:
    """The question makes no sense on this machine."""
    return Judgement(False, "skip", {"why": why})
