"""`wslgpu explain tensorflow`: the release, and what of it fits the machine that is asked. Machines are recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wslgpu.cli.explain_release import NO_CARD, ON_WINDOWS, explain_release
from wslgpu.errors import UserError
from wslgpu.facts.by_hand import tidy
from wslgpu.output.explanation import render_explanation
from wslgpu.output.glyphs import ASCII
from wslgpu.system.recording import load_recording

RECORDINGS = Path(__file__).parents[1] / "recordings"


def told(spec: str, machine: str) -> dict[str, Any]:
    host = load_recording(RECORDINGS / f"{machine}.json")
    host.answers = tidy(host.answers)
    document = explain_release(spec, host)
    text = render_explanation(document, ASCII)
    assert document["tensorflow"]["title"] in text
    assert text.isascii()
    return document["tensorflow"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("spec", "machine", "suits", "says"),
    [
        ("tensorflow==2.21", "healthy-wsl", True, "566.36, needed: 528.33"),
        ("tensorflow==2.21", "rtx-5080", False, "lists a card of compute capability 12.0"),
        ("tensorflow==2.21", "driver-too-old", False, "needed: 528.33"),
        ("tensorflow==2.15", "ubuntu-26.04", False, "needs 3.9, 3.10, 3.11; here: "),
        ("tensorflow", "healthy-wsl", True, "3.12 is here"),
    ],
)
def test_what_fits_the_machine(spec: str, machine: str, suits: bool, says: str) -> None:
    row = told(spec, machine)
    assert row["suits"] is suits
    assert any(says in fit["text"] for fit in row["fits"]), row["fits"]
    assert bool(row["ways_out"]) is not suits


def test_an_rtx_5080_gets_ways_out_and_no_wheel() -> None:
    row = told("tensorflow", "rtx-5080")
    assert "none fits here" in row["title"]
    assert len(row["ways_out"]) >= 2


def test_a_machine_without_a_card_is_judged_for_the_cpu() -> None:
    row = told("tensorflow==2.21", "cpu-container")
    assert row["notes"][0] == NO_CARD
    assert row["requirements"][0].startswith("tensorflow-cpu==2.21")


def test_windows_is_told_where_to_ask() -> None:
    row = told("tensorflow", "windows-healthy")
    assert ON_WINDOWS in row["notes"]
    assert row["fits"] == []


def test_an_old_table_says_so() -> None:
    assert any("days old" in note for note in told("tensorflow", "knowledge-old")["notes"])


def test_an_unknown_release_names_the_nearest() -> None:
    with pytest.raises(UserError, match="nearest: tensorflow==2"):
        told("tensorflow==2.99", "healthy-wsl")
