"""Answers: what was not asked is unknown, what is none is none, and text is read as its reader needs it."""

from __future__ import annotations

import pytest

from wslgpu.system.answers import Absent, Answer, Answers, Content, Ran, Unknown, Value

ALL: dict[str, Answer] = {
    "none": Absent(),
    "late": Unknown("timed_out", "5 s"),
    "text": Content(b"a\xff"),
    "value": Value("b"),
    "ran": Ran(0, b"c"),
    "failed": Ran(3, b"d"),
    "list": Value([1]),
}
ANSWERS = Answers(ALL)


def test_only_what_was_answered_is_in_it() -> None:
    assert "none" in ANSWERS
    assert "late" in ANSWERS
    assert "other" not in ANSWERS
    assert isinstance(ANSWERS["other"], Unknown)
    assert len(ANSWERS) == len(ALL)
    assert set(ANSWERS) == set(ALL)


@pytest.mark.parametrize("read", [ANSWERS.data, ANSWERS.text, ANSWERS.ran, ANSWERS.value])
def test_none_and_unknown_are_never_the_same(read: object) -> None:
    assert callable(read)
    assert read("none") is None
    assert read("late") == Unknown("timed_out", "5 s")
    assert read("other") == Unknown("not_recorded", "other")


def test_text_is_read_as_it_is_needed() -> None:
    assert [ANSWERS.text(key) for key in ("text", "value", "ran")] == ["a\ufffd", "b", "c"]
    assert [ANSWERS.ran(key) for key in ("text", "value", "ran")] == [Ran(0, b"a\xff"), Ran(0, b"b"), Ran(0, b"c")]
    assert [ANSWERS.value(key) for key in ("text", "value", "list")] == ["a\ufffd", "b", [1]]


def test_an_answer_of_another_kind_is_unknown() -> None:
    for odd in (ANSWERS.text("list"), ANSWERS.text("failed"), ANSWERS.ran("list"), ANSWERS.value("ran")):
        assert isinstance(odd, Unknown)
        assert odd.reason == "malformed"


def test_merged_takes_the_later_answer() -> None:
    merged = ANSWERS.merged(Answers({"none": Value(1), "new": Absent()}))
    assert (merged["none"], merged["new"], merged["list"]) == (Value(1), Absent(), Value([1]))
