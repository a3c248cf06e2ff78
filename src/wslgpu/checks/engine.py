"""Run every check over the facts, and put the findings in order: causes first, what follows from them behind."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wslgpu.checks.catalog import FindingDoc, fill, load_doc, parse_doc
from wslgpu.checks.model import Check, CouldNotTell, Finding, Judgement, Remedy
from wslgpu.facts.model import Facts

FIRED = ("fail", "warn")
RANK = {"fail": 0, "warn": 1, "unknown": 2, "info": 3, "ok": 4, "skip": 5}


def judge(facts: Facts, checks: Iterable[Check], causes: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    """One finding a check that makes sense on this side, in order.

    A check that raises is itself a finding (`check-crashed`), so that a fault of wslgpu never reads as health.
    """
    findings = [run_check(check, facts) for check in checks if facts.side in check.sides]
    return order(link_causes(findings, causes))


def run_check(check: Check, facts: Facts) -> Finding:
    """One check's finding."""
    try:
        return keep_typable(word(check, check.judge(facts)), facts)
    except CouldNotTell as stop:
        evidence = {"reason": str(stop.unknown)}
        return Finding(check.slug, "unknown", _unknown_title(check), check.area, evidence, vital=check.vital)
    except Exception as error:
        evidence = {"check": check.slug, "error": f"{type(error).__name__}: {error}"}
        return word(replace(check, slug="check-crashed", page=""), Judgement(True, None, evidence))


def keep_typable(finding: Finding, facts: Facts) -> Finding:
    """A Linux machine without WSL has no PowerShell to type in: what would be typed there is left out."""
    if facts.side != "linux" or facts.kernel.wsl_generation != 0:
        return finding
    here = tuple(remedy for remedy in finding.remedies if not remedy.where.startswith("powershell"))
    return replace(finding, remedies=here)


def page_of(check: Check) -> FindingDoc:
    """The check's page: its own where another package brings it, else that of docs/findings."""
    return parse_doc(check.slug, check.page) if check.page else load_doc(check.slug)


def load_pages(checks: Iterable[Check]) -> None:
    """Read the pages ahead, while the machine is waited for; a page that cannot be read is met, and said, by `word`."""
    for check in checks:
        with contextlib.suppress(Exception):
            page_of(check)


def word(check: Check, judgement: Judgement) -> Finding:
    """A judgement in the words of its page, which for Windows may be others."""
    doc = page_of(check)
    doc = doc.windows if doc.windows and check.sides == ("windows",) else doc
    evidence = judgement.evidence
    if not judgement.fired:
        title = fill(doc.well or f"not found: {doc.title}", evidence) if judgement.status == "ok" else evidence["why"]
        return Finding(check.slug, judgement.status or "ok", title, check.area, evidence, vital=check.vital)
    filled = (_fill_remedy(remedy, evidence) for remedy in doc.remedies)
    remedies = tuple(remedy for remedy in filled if remedy is not None)
    status = judgement.status or doc.status
    return Finding(check.slug, status, fill(doc.title, evidence), check.area, evidence, None, remedies, check.vital)


def _fill_remedy(remedy: Remedy, evidence: Mapping[str, str]) -> Remedy | None:
    """None where the evidence lacks what the command needs; "{names...}" becomes as many words as the evidence has."""
    words: list[str] = []
    for word in remedy.argv:
        spread = re.fullmatch(r"\{(\w+)\.\.\.\}", word)
        words += evidence.get(spread[1], word).split() if spread else [fill(word, evidence)]
    return None if any(re.search(r"\{\w+(\.\.\.)?\}", word) for word in words) else replace(remedy, argv=tuple(words))


def _unknown_title(check: Check) -> str:
    told = re.sub(r"[ :(]*\{\w+\}\)?", "", page_of(check).well).strip()
    return f"could not tell: {told or check.slug}"


def link_causes(findings: Sequence[Finding], causes: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Name the cause of each finding that only follows from another one that holds too."""
    fired = {finding.slug for finding in findings if finding.status in FIRED}
    linked = []
    for finding in findings:
        candidates = [*causes.get(finding.slug, ())]
        if finding.status == "unknown":
            candidates += causes.get(f"unknown:{finding.area}", ())
        cause = next((slug for slug in candidates if slug in fired and slug != finding.slug), None)
        open_question = finding.status in (*FIRED, "unknown")
        linked.append(replace(finding, cause=cause) if cause and open_question else finding)
    return linked


def order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Failures, warnings, unknowns, the rest; what has no cause before what follows from one; else as registered."""
    return tuple(sorted(findings, key=lambda finding: (RANK[finding.status], finding.cause is not None)))


def exit_code(findings: Sequence[Finding], *, strict: bool = False) -> int:
    """1: something failed (or warned, with `strict`); 4: nothing failed, but a vital fact is unknown; else 0."""
    statuses = {finding.status for finding in findings}
    if "fail" in statuses or (strict and "warn" in statuses):
        return 1
    inconclusive = any(f.status == "unknown" and f.vital and f.cause is None for f in findings)
    return 4 if inconclusive else 0
