"""Texts that betray a finding, in logs and messages. Pure: symptoms.toml and the text that somebody pasted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]


@dataclass(frozen=True)
class Symptom:
    """One row: the finding, and the fragments (lower case) of which one, all, or none must be there."""

    slug: str
    status: str
    title: str
    any_of: tuple[str, ...]
    all_of: tuple[str, ...]
    none_of: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Match:
    """A symptom that was met, and the fragment of the text that showed it.

    `exact`: the title says what was seen better than the finding's page, which speaks of the usual case.
    """

    slug: str
    status: str
    title: str
    seen: str
    exact: bool = False


@cache
def symptoms() -> tuple[Symptom, ...]:
    """All rows, in the order of the file."""
    text = Path(__file__).with_name("symptoms.toml").read_text(encoding="utf-8")
    return tuple(_read_row(row) for row in tomllib.loads(text)["symptom"])


def find_symptom(slug: str) -> Symptom | None:
    """The first row of a slug."""
    return next((row for row in symptoms() if row.slug == slug), None)


def match_symptoms(text: str) -> tuple[Match, ...]:
    """The findings that the text shows, each once, in the order of the file. Linear in the text."""
    folded = " ".join(text.replace('\\"', '"').replace("’", "'").split()).lower()
    found: dict[str, Match] = {}
    for row in symptoms():
        seen = _seen(row, folded)
        if seen is not None and row.slug not in found:
            found[row.slug] = Match(row.slug, row.status, row.title, seen)
    return tuple(found.values())


def _seen(row: Symptom, folded: str) -> str | None:
    if any(part in folded for part in row.none_of) or not all(part in folded for part in row.all_of):
        return None
    if not row.any_of:
        return row.all_of[0] if row.all_of else None
    return next((part for part in row.any_of if part in folded), None)


def _read_row(row: Mapping[str, Any]) -> Symptom:
    return Symptom(
        slug=row["slug"],
        status=row["status"],
        title=row["title"],
        any_of=tuple(part.lower() for part in row.get("any", ())),
        all_of=tuple(part.lower() for part in row.get("all", ())),
        none_of=tuple(part.lower() for part in row.get("none", ())),
        source=row["source"],
    )
