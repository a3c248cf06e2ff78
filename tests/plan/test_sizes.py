"""Sizes: written for people, and read back from what an installer writes."""

from __future__ import annotations

import pytest

from wslgpu.plan.sizes import read_bytes, spell_bytes


@pytest.mark.parametrize(
    ("spelled", "count"),
    [("584.7MiB", 613_102_387), ("16.0 MiB", 16_777_216), ("12B", 12), ("3.4 GB", 3_400_000_000), ("much", 0), ("", 0)],
)
def test_a_size_is_read(spelled: str, count: int) -> None:
    assert read_bytes(spelled) == count


@pytest.mark.parametrize("count", [0, 7_000_000, 999_000_000, 1_200_000_000, 3_400_000_000])
def test_what_is_spelled_for_people_is_read_back(count: int) -> None:
    assert read_bytes(spell_bytes(count)) == count
