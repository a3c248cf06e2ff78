"""Plain dotted numbers as something to compare: what `packaging` does with any version takes longer to load."""

from __future__ import annotations


def key_of(version: str) -> tuple[int, ...]:
    """(12, 8) for "12.8", (12,) for "12.0" and for "12". ValueError for pre-releases and the like."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
