"""Texts that a person put into a recording, read as `wslgpu explain -` reads them, beside the checks' own findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from wslgpu.checks.catalog import load_doc
from wslgpu.checks.engine import FIRED, link_causes, order
from wslgpu.checks.model import Check, Finding, Status

# What says that no driver was found, in a text: any finding about the driver says more.
VAGUE = ("no-nvidia-gpu", "tf-cannot-dlopen", "wsl-lib-not-in-loader", "cuda-no-device", "cuda-init-failed")
TELLING = ("system", "windows", "wsl", "gpu", "driver", "card", "paths", "venv")


def add_pasted(
    findings: Sequence[Finding], texts: Sequence[str], checks: Sequence[Check], causes: Mapping[str, Sequence[str]]
) -> tuple[Finding, ...]:
    """The findings with those that the texts betray; a check that fired keeps its own words."""
    if not texts:
        return tuple(findings)
    from wslgpu.facts.transcripts.recognize import phrases_of, recognize
    from wslgpu.knowledge.pasted import match_facts
    from wslgpu.knowledge.symptoms import match_symptoms

    areas = {check.slug: check.area for check in checks}
    found: dict[str, Finding] = {finding.slug: finding for finding in findings}
    fired = {finding.slug for finding in findings if finding.status in (*FIRED, "info")}
    for text in texts:
        recognized = recognize(text)
        healthy = any(item.facts.get("diagnosis") == "gpu_ok" for item in recognized)
        matches = [match for item in recognized for match in match_facts(item.kind, item.facts)]
        phrases = (match for part in phrases_of(text) for match in match_symptoms(part))
        for match in (*matches, *phrases):
            if match.slug in fired or (healthy and match.slug == "no-nvidia-gpu"):
                continue
            fired.add(match.slug)
            found[match.slug] = _word(
                match.slug, _status(match.status), match.title, match.seen, areas.get(match.slug, "log"), match.exact
            )
    linked = link_causes([replace(finding, cause=None) for finding in found.values()], causes)
    before = {finding.slug: finding.cause for finding in findings if found[finding.slug] is finding}
    ordered = order([replace(finding, cause=before.get(finding.slug) or finding.cause) for finding in linked])
    explained = [_explain_vague(finding, ordered) for finding in ordered]
    return order([one for one in explained if not (one.slug == "no-nvidia-gpu" and one.cause and _is_pasted(one))])


def _explain_vague(finding: Finding, ordered: Sequence[Finding]) -> Finding:
    """What a log says of a missing driver follows from whatever else is known to be wrong with it."""
    if finding.slug not in VAGUE or not _is_pasted(finding) or finding.cause is not None:
        return finding
    roots = (one.slug for one in ordered if one.status == "fail" and one.cause is None and one.area in TELLING)
    return replace(finding, cause=next((slug for slug in roots if slug not in VAGUE), None))


def _is_pasted(finding: Finding) -> bool:
    return "seen" in finding.evidence


def _word(slug: str, status: Status, title: str, seen: str, area: str, exact: bool = False) -> Finding:
    try:
        doc = load_doc(slug)
    except KeyError:
        return Finding(slug, "warn", title, area, {"seen": seen})
    plain = tuple(remedy for remedy in doc.remedies if not any("{" in word for word in remedy.argv))
    shown = doc.title if "{" not in doc.title and not exact else title
    return Finding(slug, status, shown, area, {"seen": seen}, None, plain)


def _status(text: str) -> Status:
    return cast("Status", text) if text in get_args(Status) else "fail"
