"""Hostile text: no exception, no wrong certainty, no time that explodes."""

from __future__ import annotations

import multiprocessing
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts.transcripts.cases import CASES
from wslgpu.facts.transcripts import recognize
from wslgpu.knowledge.pasted import match_facts
from wslgpu.knowledge.symptoms import match_symptoms
from wslgpu.system.decode import decode

PIECES = sorted({line for _, text, _ in CASES.values() for line in text.splitlines()})
DEADLINE = 120  # seconds: not a figure of merit, only what tells "slow" from "never"


def look(text: str) -> None:
    for item in recognize(text):
        match_facts(item.kind, item.facts)
    match_symptoms(text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=20),
    st.sampled_from(["\n", " ", "", "\r"]),
)
def test_any_mixture_of_lines(lines: list[str], glue: str) -> None:
    look(glue.join(lines))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(CASES)), st.integers(0, 600), st.sampled_from(["utf-16-le", "utf-8"]), st.binary(max_size=6)
)
def test_torn_bytes_never_raise(name: str, at: int, encoding: str, noise: bytes) -> None:
    data = CASES[name][1].encode(encoding)
    look(decode(data[:at] + noise + data[at + len(noise) :]))


@pytest.mark.parametrize(
    "name", [name for name in CASES if CASES[name][0] in ("wsl-version", "nvidia-smi", "wsl-list")]
)
def test_a_cut_transcript_says_less_but_nothing_else(name: str) -> None:
    """Cut at a line's end, every value read is one that the whole text gives, too (or is missing)."""
    kind, text, _ = CASES[name]
    whole = next(item.facts for item in recognize(text) if item.kind == kind)
    lines = text.splitlines(keepends=True)
    for count in range(len(lines)):
        for item in recognize("".join(lines[:count])):
            if item.kind != kind or "error" in item.facts:
                continue
            for key, value in item.facts.items():
                if isinstance(value, str):
                    assert value == whole[key]


ATOMS = [" ", "1.", "Wsl/", "Wsl/Service/", "\n", "\x1b[", "\x1b]a", "：", "(", "Ubuntu ", "0x8", "10.0.19045 ", "5.15.1-microsoft",
         "NVIDIA-SMI 1.", "name, ", "failed call to cuInit", "x requires y", "a@b:", "Product Name : a\n", "* a b 2\n",
         "NAME STATE VERSION\n", "Windows Linux: ", "Linux a 1.2.3-", "\\r\\n", "Could not load dynamic library ", "的"]  # fmt: skip


def _look_at_all() -> None:
    for atom in ATOMS:
        look((atom * 30_000)[:30_000] + "!")
        decode((atom * 9_000)[:9_000].encode("utf-16-le")[1:] + b"x" * 999)


def test_repeated_fragments_end_in_time() -> None:
    process = multiprocessing.get_context("fork").Process(target=_look_at_all)
    process.start()
    process.join(DEADLINE)
    alive = process.is_alive()
    if alive:
        process.kill()
        process.join()
    assert not alive, f"a reader was still busy after {DEADLINE} s"
    assert process.exitcode == 0


def test_random_bytes_are_not_recognized_as_anything() -> None:
    chance = random.Random(20261122)
    for _ in range(200):
        data = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 300)))
        assert recognize(decode(data)) == []
