"""What an audit says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wslgpu.checks.model import Status

Verdict = Literal["safe", "unsafe", "not known"]
WAYS = ("threads", "fork", "spawn")


@dataclass(frozen=True)
class AuditFinding:
    """One finding: `file` and `line` say where in the user's code, `patch` is a diff that can do no harm, or ""."""

    slug: str
    status: Status
    title: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    line: int | None = None
    patch: str = ""
    cause: str | None = None


@dataclass(frozen=True)
class Audit:
    """The whole answer. `facts`: length, seconds of an item, versions: what was measured, as JSON knows it."""

    target: str
    kind: str
    safe: Mapping[str, Verdict]
    randomness: str
    findings: tuple[AuditFinding, ...]
    facts: Mapping[str, Any]
    seconds: float
    output_tail: str = ""
