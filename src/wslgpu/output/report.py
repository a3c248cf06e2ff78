"""The one value that every renderer takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wslgpu.checks.model import Finding, Remedy
from wslgpu.system.host import Side

SCHEMA = "wslgpu.report/1"
DOCS = "docs/findings"


@dataclass(frozen=True)
class Report:
    """What doctor says. `seconds` is the wall time of the look; `code` the exit code, the same for every format.

    `home`: the user's home folder, which the paste-ready formats take out; "" where it is not known.
    """

    tool: str
    side: Side
    profile: str
    findings: tuple[Finding, ...]
    code: int
    seconds: float
    home: str = ""


def count(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings have each status, for every status."""
    return {
        status: sum(finding.status == status for finding in findings)
        for status in ("ok", "info", "warn", "fail", "unknown", "skip")
    }


def is_open(finding: Finding) -> bool:
    """Something for the user to do; a question without an answer is one where a remedy may bring the answer."""
    return finding.status in ("fail", "warn") or (finding.status == "unknown" and bool(finding.remedies))


def next_step(report: Report) -> tuple[Finding, Remedy | None] | None:
    """The single thing to do: the first open finding that follows from no other, and its first remedy."""
    for finding in report.findings:
        if is_open(finding) and finding.cause is None:
            return finding, finding.remedies[0] if finding.remedies else None
    return None


def as_document(report: Report) -> dict[str, Any]:
    """The report as the JSON value that docs/report.schema.json describes."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "wslgpu", "version": report.tool},
        "side": report.side,
        "profile": report.profile,
        "findings": [_finding(finding) for finding in report.findings],
        "summary": {**count(report.findings), "seconds": round(report.seconds, 3)},
        "exit_code": report.code,
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "slug": finding.slug,
        "status": finding.status,
        "title": finding.title,
        "area": finding.area,
        "evidence": dict(finding.evidence),
        "cause": finding.cause,
        "remedy": [_remedy(remedy) for remedy in finding.remedies],
        "doc": f"{DOCS}/{finding.slug}.md",
    }


def _remedy(remedy: Remedy) -> Mapping[str, Any]:
    return {
        "where": remedy.where,
        "argv": list(remedy.argv),
        "effect": remedy.effect,
        "verify": list(remedy.verify),
    }
