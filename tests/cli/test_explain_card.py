"""`wslgpu explain` of a card: what the table says of it, release by release, and the ways out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from wslgpu.cli.explain_card import explain_card
from wslgpu.cli.main import program


def card(subject: str) -> Any:
    answer = explain_card(subject)
    assert answer is not None
    return answer["card"]


@pytest.mark.parametrize(
    "subject", ["RTX 5080", "NVIDIA GeForce RTX 5080 Laptop GPU", "sm_120", "compute capability 12.0"]
)
def test_blackwell_is_listed_and_fails(subject: str) -> None:
    told = card(subject)
    assert told["title"].startswith(
        "TensorFlow 2.21.0 lists a card of compute capability 12.0 (Blackwell) and then fails"
    )
    assert told["suits"] is False
    assert told["ways_out"]
    assert told["releases"]["2.21.0"] == "lists it and fails at the first operation"


def test_pascal_is_told_its_last_cudnn() -> None:
    told = card("GTX 1080 Ti")
    assert (told["suits"], told["rows"]["cuDNN"]) == (True, "older than 9.11")
    assert any("`wslgpu setup` holds it below 9.11" in note for note in told["notes"])
    assert told["rows"]["card"] == "GTX 1080 Ti: Pascal, compute capability 6.1"


def test_an_old_card_is_skipped_by_new_releases_and_served_by_old_ones() -> None:
    told = card("GTX 970")
    assert told["releases"]["2.21.0"] == "skips it"
    assert told["releases"]["2.10.1"] == "has kernels for it"
    assert len(told["rows"]) < 10, "neighbours of which the same is said share a row"


def test_each_answer_has_source_and_date() -> None:
    for subject in ("RTX 5080", "GTX 1080", "sm_89", "H100"):
        source = card(subject)["rows"]["source"]
        assert source.endswith("2026-11-22)") or source[-12:-2].count("-") == 2


@pytest.mark.parametrize("subject", ["Voodoo 2", "sm_ninety", "sm_999", "RTX", ""])
def test_what_is_no_card_is_none(subject: str) -> None:
    assert explain_card(subject) is None


def test_on_the_command_line() -> None:
    ran = CliRunner().invoke(program, ["explain", "RTX", "5080", "--format", "json"])
    assert json.loads(ran.stdout)["card"]["suits"] is False
    text = CliRunner().invoke(program, ["explain", "RTX 5080"]).stdout
    assert "Ways out" in text
