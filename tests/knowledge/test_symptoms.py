"""Texts of logs -> findings. The logs are synthetic: one fragment among words of our own."""

from __future__ import annotations

import re

import pytest

from wslgpu.knowledge.symptoms import find_symptom, match_symptoms, symptoms


def test_every_row_is_whole_and_folded() -> None:
    for row in symptoms():
        assert row.any_of or row.all_of
        assert row.status in ("info", "warn", "fail")
        assert row.title
        assert not row.title.endswith(".")
        assert row.source
        for part in (*row.any_of, *row.all_of, *row.none_of):
            assert part == part.lower()
            assert "\n" not in part
            assert len(part.strip()) >= 3


@pytest.mark.parametrize("row", symptoms(), ids=lambda row: row.slug)
def test_each_fragment_is_found_wrapped_and_in_capitals(row: object) -> None:
    for part in row.any_of or ("",):  # type: ignore[attr-defined]
        text = "\n".join(["qux", part, *row.all_of, "frob"])  # type: ignore[attr-defined]
        for shape in (text, text.upper(), re.sub(r"(?<=\S) (?=\S)", "\n   ", text)):
            assert row.slug in [match.slug for match in match_symptoms(shape)]  # type: ignore[attr-defined]


def test_every_slug_of_the_tables_has_a_page() -> None:
    from wslgpu.cli.finding_words import find_doc
    from wslgpu.knowledge.codes import codes

    slugs = {row.slug for row in symptoms()} | {slug for code in codes() for slug in code.slugs}
    assert [slug for slug in sorted(slugs) if find_doc(slug) is None] == []


def test_no_fragment_no_finding() -> None:
    assert match_symptoms("All is well: epoch 1/3, loss 0.5") == ()
    assert match_symptoms("") == ()


def test_a_slug_is_reported_once_with_what_showed_it() -> None:
    found = match_symptoms("error: externally-managed-environment ... this environment is externally managed")
    assert [match.slug for match in found] == ["pep668"]
    assert found[0].seen == "externally-managed-environment"


def test_find_symptom() -> None:
    row = find_symptom("pep668")
    assert row is not None
    assert row.status == "fail"
    assert find_symptom("qux") is None
