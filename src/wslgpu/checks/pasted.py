"""Texts that a person put into a recording, read as `wslgpu explain -` reads them, beside the checks' own findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wslgpu.checks.catalog import load_doc
from wslgpu.checks.engine import FIRED, link_causes, order
from wslgpu.checks.model import Check, Finding

# What says that no driver was found, in a text: any finding about the driver says more.
VAGUE = ("no-nvidia-gpu", "tf-cannot-dlopen", "cuda-no-device", "cuda-init-failed")


def add_pasted(
    findings: Sequence[Finding], texts: Sequence[str], checks: Sequence[Check], causes: Mapping[str, Sequence[str]]
) -> tuple[Finding, ...]:
    """The findings with those that the texts betray; a check that fired keeps its own words."""
    if not texts:
        return tuple(findings)
    from wslgpu.facts.transcripts.recognize import recognize
    from wslgpu.knowledge.pasted import match_facts
    from wslgpu.knowledge.symptoms import match_symptoms

    areas = {check.slug: check.area for check in checks}
    found: dict[str, Finding] = {finding.slug: finding for finding in findings}
    fired = {finding.slug for finding in findings if finding.status in (*FIRED, "info")}
    for text in texts:
        recognized = recognize(text)
        healthy = any(item.facts.get("diagnosis") == "gpu_ok" for item in recognized)
        matches = [match for item in recognized for match in match_facts(item.kind, item.facts)]
        for match in (*matches, *match_symptoms(text)):
            if match.slug in fired or (healthy and match.slug == "no-nvidia-gpu"):
                continue
            fired.add(match.slug)
            found[match.slug] = _word(match.slug, match.status, match.title, match.seen, areas.get(match.slug, "log"))
    specific = any(f.status in FIRED and f.area in ("driver", "card", "venv", "paths", "gpu") for f in found.values()
                   if f.slug not in VAGUE)  # fmt: skip
    kept = [f for f in found.values() if not (specific and f.slug == "no-nvidia-gpu" and f.evidence.get("seen"))]
    unlinked = [finding for finding in kept if finding.cause is None]
    linked = {finding.slug: finding for finding in link_causes(unlinked, causes)}
    return order([linked.get(finding.slug, finding) for finding in kept])


def _word(slug: str, status: str, title: str, seen: str, area: str) -> Finding:
    try:
        doc = load_doc(slug)
    except KeyError:
        return Finding(slug, "warn", title, area, {"seen": seen})
    plain = tuple(remedy for remedy in doc.remedies if not any("{" in word for word in remedy.argv))
    shown = doc.title if "{" not in doc.title else title
    return Finding(slug, doc.status, shown, area, {"seen": seen}, None, plain)
