"""Sizes as people and installers write them."""

from __future__ import annotations

import re

SPELLED = re.compile(r"([\d.]+) ?([KMGT]?)(i?)B$")
POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def spell_bytes(count: int | None) -> str:
    """ "3.4 GB" of bytes (decimal units, as disks and downloads are sold)."""
    if count is None:
        return "an unmeasured amount"
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.0f} MB"
    return f"{count / 1_000_000_000:.1f} GB"


def read_bytes(spelled: str) -> int:
    """Bytes of "584.7MiB" or "3.4 GB"; 0 where it is no size."""
    found = SPELLED.match(spelled)
    if found is None:
        return 0
    number, power, binary = found.groups()
    return round(float(number) * float(1024 if binary else 1000) ** POWERS[power])
