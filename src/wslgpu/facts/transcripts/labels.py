"""Labels of wsl.exe's lines in many languages, by stem; and dotted numbers with the label before them.

wsl.exe translates its labels into 22 languages (the inbox one into more) but never the names WSLg, MSRDC, Direct3D,
DXCore, Windows: those and the order of the lines carry the reading; stems are used where the order fails.
"""

from __future__ import annotations

import re

from wslgpu.facts.transcripts.words import DEFAULT, DISTRIBUTION, KERNEL, VERSION

__all__ = ["field_of", "is_date", "is_default", "is_distribution", "is_version", "label_values", "numbered"]

_NUMBER = re.compile(r"(?<![\w.])(?<!\d:)(\d{1,9}(?:\.\d{1,9}){2,4}(?:-[0-9A-Za-z][\w.-]{0,80})?)(?![\w])")
_IDENTIFIER = re.compile(r"[a-z][A-Z]|\w_\w")
_DATE = re.compile(r"(?:\d{1,2}\.\d{1,2}\.(?:19|20)\d\d|(?:19|20)\d\d\.\d{1,2}\.\d{1,2})$")


def _has(label: str, stems: tuple[str, ...]) -> bool:
    lowered = label[-80:].lower()
    return any(stem in lowered for stem in stems)


def is_default(label: str) -> bool:
    """Whether the label speaks of a default. A program's identifier (standardVersion, default_version) is no label."""
    return _has(label, DEFAULT) and not _IDENTIFIER.search(label)


def is_version(label: str) -> bool:
    """Whether the label speaks of a version."""
    return _has(label, VERSION)


def is_distribution(label: str) -> bool:
    """Whether the label speaks of a distribution."""
    return _has(label, DISTRIBUTION)


def is_date(value: str) -> bool:
    """Whether a dotted number is a date (22.09.2022, 2022.9.22)."""
    return bool(_DATE.match(value))


def field_of(label: str) -> str | None:
    """Which line of `wsl --version` a label opens, by the name of its field in `WslVersion`; None: untold."""
    lowered = label[-60:].lower()
    for name in ("wslg", "msrdc", "direct3d", "dxcore"):
        if name in lowered:
            return name
    if _has(label[-60:], KERNEL):
        return "kernel"
    if "windows" in lowered:
        # `Microsoft Windows [Version 10.0...]` is ver's banner, not a line of wsl --version.
        return None if "microsoft windows" in lowered or "[" in lowered else "windows"
    return "wsl" if "wsl" in lowered else None


def numbered(line: str) -> list[tuple[str, str]]:
    """The dotted numbers (three to five parts) of a line, each with the text between it and the one before."""
    pairs, start = [], 0
    for found in _NUMBER.finditer(line[:2000]):
        pairs.append((line[start : found.start()], found.group(1).rstrip(".-_")))
        start = found.end()
    return pairs


def label_values(line: str) -> list[tuple[str, str]]:
    """`Label: value` pairs of a line, also where a logger joined several lines into one."""
    parts = line[:2000].replace("：", ":").split(":")
    pairs, label = [], parts[0]
    for at, part in enumerate(parts[1:], start=1):
        words = part.split()
        if words:
            whole = at == len(parts) - 1 and len(parts) == 2
            pairs.append((label.strip(), " ".join(words) if whole else words[0]))
        label = " ".join(words[1:]) if words else ""
    return pairs
