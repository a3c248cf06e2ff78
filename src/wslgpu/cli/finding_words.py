"""The words of findings for `explain`: from their pages where they have one, else from what recognized them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from wslgpu.checks.catalog import FindingDoc, load_doc, slugs
from wslgpu.checks.causes import CAUSES
from wslgpu.checks.model import Remedy
from wslgpu.knowledge.symptoms import Match
from wslgpu.output.report import DOCS
from wslgpu.packaged import packaged_folder


@cache
def renamed() -> dict[str, str]:
    """Old slug -> the one that took its place (docs/findings/renamed.json); {} where there is no such table."""
    try:
        table = json.loads((packaged_folder("findings") / "renamed.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(old): str(new) for old, new in table.items()} if isinstance(table, dict) else {}


def find_doc(slug: str) -> FindingDoc | None:
    """The page of a slug, or of the one that took its place; None where there is none."""
    for name in (slug, renamed().get(slug, "")):
        try:
            return load_doc(name) if name else None
        except (KeyError, FileNotFoundError):
            continue
    return None


def known_slugs() -> tuple[str, ...]:
    """Every slug with a page, and the old names."""
    try:
        return (*slugs(), *renamed())
    except FileNotFoundError:
        return ()


def _title(match: Match, doc: FindingDoc | None) -> str:
    """The page's title; what recognized it where that title wants evidence that only doctor has."""
    if doc and not match.exact and ("{" not in doc.title or not match.title):
        return re.sub(r"\{\w+\}", "...", doc.title)
    return match.title or match.slug.replace("-", " ")


def commands_of(doc: FindingDoc) -> list[dict[str, Any]]:
    """A page's commands; what doctor would fill in stands in capitals, as it does in a help text."""

    def name(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), word) for word in words)

    return [_spell(replace(remedy, argv=name(remedy.argv), verify=name(remedy.verify))) for remedy in doc.remedies]


def _spell(remedy: Remedy) -> dict[str, Any]:
    return {"where": remedy.where, "argv": list(remedy.argv), "effect": remedy.effect, "verify": list(remedy.verify)}


def as_findings(matches: Iterable[Match]) -> list[dict[str, Any]]:
    """Findings in the form of doctor's JSON: each slug once, what follows from another one named as such.

    The first match of a slug counts. `status` is that of the match: a page's status is the usual one, not this one's.
    """
    found: dict[str, dict[str, Any]] = {}
    for match in matches:
        doc = find_doc(match.slug)
        slug = doc.slug if doc else match.slug
        if slug in found:
            continue
        found[slug] = {
            "slug": slug,
            "status": match.status,
            "title": _title(match, doc),
            "evidence": {"seen": match.seen},
            "cause": None,
            "remedy": [
                _spell(remedy)
                for remedy in (doc.remedies if doc else ())
                if not any("{" in word for word in (*remedy.argv, *remedy.verify))
            ],
            "doc": f"{DOCS}/{slug}.md",
        }
    for slug, finding in found.items():
        finding["cause"] = next((cause for cause in CAUSES.get(slug, ()) if cause in found and cause != slug), None)
    order = {"fail": 0, "warn": 1, "unknown": 2, "info": 3}  # sorted() keeps the order of the matches within each
    return sorted(found.values(), key=lambda finding: (finding["cause"] is not None, order.get(finding["status"], 4)))
