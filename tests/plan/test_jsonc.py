"""Settings with comments: only what is asked for changes, and what is taken back leaves no trace."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslgpu.plan.jsonc import read_members, remove_key, set_key, value_of

SETS = {
    "{}": '{\n    "k": true\n}',
    "{\n}\n": '{\n    "k": true\n}\n',
    '{ "a": 1 }': '{ "a": 1,\n    "k": true\n}',
    '{\n  "a": 1\n}\n': '{\n  "a": 1,\n  "k": true\n}\n',
    '{\n  "a": 1 // why, and how\n}\n': '{\n  "a": 1, // why, and how\n  "k": true\n}\n',
    '{\n\t"a": [1, 2], /* , */\n}\n': '{\n\t"a": [1, 2], /* , */\n\t"k": true\n}\n',
    "// head\n{\n  // only a comment\n}\n": '// head\n{\n  // only a comment\n    "k": true\n}\n',
    '{"k": {"x": "}"}, "b": 2}': '{"k": true, "b": 2}',
    '{\n  "b": "// no comment",\n  "k": false // mine\n}\n': '{\n  "b": "// no comment",\n  "k": true // mine\n}\n',
}


@pytest.mark.parametrize("text", SETS)
def test_a_key_is_set(text: str) -> None:
    assert set_key(text, "k", True) == SETS[text]
    assert value_of(SETS[text], "k") == "true"


REMOVES = {
    '{\n  "a": 1,\n  "k": true\n}\n': '{\n  "a": 1\n}\n',
    '{\n  "k": true,\n  "a": 1\n}\n': '{\n  "a": 1\n}\n',
    '{\n  "a": 1, // why\n  "k": true\n}\n': '{\n  "a": 1 // why\n}\n',
    '{"k": 1, "a": 2}': '{ "a": 2}',
    '{"a": 2}': '{"a": 2}',
    '{\n  "k": true\n}\n': "{\n}\n",
}


@pytest.mark.parametrize("text", REMOVES)
def test_a_key_is_removed(text: str) -> None:
    assert remove_key(text, "k") == REMOVES[text]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a"}', '{"a": }', '{"a": 1', "nonsense", '{"a": 1} {"b": 2}', '{"a": "x}']
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_members(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES), st.text(min_size=1), st.sampled_from([None, 2]))
def test_any_object_keeps_its_other_keys(value: dict[str, object], key: str, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    with_it = set_key(text, key, "new")
    assert json.loads(with_it) == {**value, key: "new"}
    without = {name: item for name, item in value.items() if name != key}
    assert json.loads(remove_key(with_it, key)) == without
