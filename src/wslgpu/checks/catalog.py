"""The words of the findings: docs/findings/<slug>.md, read where they stand, one when it is needed.

Front matter is TOML between lines of `+++` (the standard library reads it, and Windows starts fast); the text below is
Markdown with the sections "Seen as", "What it means", "Mend it", "See that it is mended".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args

from wslgpu.checks.front_matter import read_front_matter
from wslgpu.checks.model import Effect, Remedy, Status, Where
from wslgpu.packaged import packaged_folder


@dataclass(frozen=True)
class FindingDoc:
    """One page: `detected_by` says where it is met: doctor, explain, setup, smoke, run, audit, tune, or nowhere.

    `title` when it holds (with {evidence} in braces), `well` when it does not, and its Markdown text. `windows`: the
    same in the words of the Windows side, where those of the inside do not fit.
    """

    slug: str
    title: str
    well: str
    status: Status
    side: str
    links: tuple[str, ...]
    remedies: tuple[Remedy, ...]
    text: str
    detected_by: tuple[str, ...] = ("doctor",)
    why_not: str = ""
    windows: FindingDoc | None = None


def slugs() -> tuple[str, ...]:
    """Every finding that has a page, sorted."""
    return tuple(
        sorted(page.stem for page in packaged_folder("findings").glob("*.md") if page.stem not in NOT_FINDINGS)
    )


NOT_FINDINGS = ("README", "index")


@cache
def load_doc(slug: str) -> FindingDoc:
    """The page of a slug; KeyError where there is none, ValueError where it is malformed."""
    page = packaged_folder("findings") / f"{slug}.md"
    try:
        text = page.read_text(encoding="utf-8")
    except (FileNotFoundError, OSError):
        raise KeyError(slug) from None
    return parse_doc(slug, text)


def parse_doc(slug: str, text: str) -> FindingDoc:
    """A page's text as a value."""
    opening, front, body = text.split("+++\n", 2)
    if opening.strip():
        raise ValueError(f"{slug}.md must begin with +++")
    head = read_front_matter(front)
    if head["status"] not in get_args(Status):
        raise ValueError(f"{slug}.md: status {head['status']!r}")
    doc = FindingDoc(
        slug=slug,
        title=head["title"],
        well=head.get("well", ""),
        status=head["status"],
        side=head["side"],
        links=tuple(head.get("links", ())),
        remedies=tuple(_read_remedy(slug, remedy) for remedy in head.get("remedy", ())),
        text=body.strip() + "\n",
        detected_by=tuple(head.get("detected_by", ("doctor",))),
        why_not=head.get("why_not", ""),
    )
    other = head.get("windows")
    return doc if other is None else replace(doc, windows=_on_windows(doc, other))


def _on_windows(doc: FindingDoc, other: Mapping[str, Any]) -> FindingDoc:
    """The same finding as PowerShell sees it: [windows] of the front matter over what stands above it."""
    remedies = tuple(_read_remedy(doc.slug, remedy) for remedy in other.get("remedy", ()))
    return replace(
        doc,
        title=other.get("title", doc.title),
        well=other.get("well", doc.well),
        remedies=remedies or doc.remedies,
        side="windows",
    )


def _read_remedy(slug: str, remedy: Mapping[str, Any]) -> Remedy:
    where, effect = remedy["where"], remedy.get("effect", "changes")
    if where not in get_args(Where) or effect not in get_args(Effect):
        raise ValueError(f"{slug}.md: remedy with where {where!r}, effect {effect!r}")
    return Remedy(where, tuple(remedy["argv"]), effect, tuple(remedy.get("verify", ())), remedy.get("fix") is True)


def fill(template: str, evidence: Mapping[str, str]) -> str:
    """A title or an argument with the evidence put in; what the evidence lacks stays in braces, never raises."""
    for key, value in evidence.items():
        template = template.replace("{" + key + "}", value)
    return template
