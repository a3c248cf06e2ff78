"""Sizes as people read them."""

from __future__ import annotations


def spell_bytes(count: int | None) -> str:
    """ "3.4 GB" of bytes (decimal units, as disks and downloads are sold)."""
    if count is None:
        return "an unmeasured amount"
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.0f} MB"
    return f"{count / 1_000_000_000:.1f} GB"
