"""Which Python is meant by "3.12", "3.12.4" or ">=3.11,<3.14"."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet


def is_range(wish: str) -> bool:
    """Whether it is a range and no single version."""
    return not wish[:1].isdigit()


def allows(wish: str, version: Sequence[int]) -> bool:
    """Whether a version (3, 12) or (3, 12, 4) is meant. Of a minor version it is enough that one of its patches is."""
    if not is_range(wish):
        asked = wish.split(".")
        return asked == [str(part) for part in version[: len(asked)]] or (
            len(version) < len(asked) and asked[: len(version)] == [str(part) for part in version]
        )
    try:
        meant = SpecifierSet(wish)
    except InvalidSpecifier:
        return False
    spelt = ".".join(str(part) for part in version)
    return spelt in meant or (len(version) == 2 and f"{spelt}.99" in meant)


def is_wish(text: str) -> bool:
    """Whether a text can be read as one at all."""
    if not is_range(text):
        parts = text.split(".")
        return len(parts) in (2, 3) and all(part.isdigit() for part in parts)
    try:
        return len(SpecifierSet(text)) > 0
    except InvalidSpecifier:
        return False
