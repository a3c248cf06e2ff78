"""Marks that the stream can show: a cp1252 or cp437 pipe has no check mark, and must never raise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Glyphs:
    """One mark a status, and the few other signs that the text uses."""

    ok: str
    info: str
    warn: str
    fail: str
    unknown: str
    skip: str
    arrow: str
    follows: str


UNICODE = Glyphs("✓", "i", "!", "✗", "?", "-", "→", "└")
ASCII = Glyphs("ok", "i", "!", "x", "?", "-", "->", "`-")


def glyphs_for(encoding: str | None) -> Glyphs:
    """UNICODE where the encoding holds all of its marks, else ASCII."""
    try:
        "✓✗→└".encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return ASCII
    return UNICODE
