"""JSON with comments, as VS Code keeps its settings: a key is set or removed in the text, all else stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|[{}\[\]:,]|[^\s"{}\[\]:,/]+|\s+', re.DOTALL)


@dataclass(frozen=True)
class Member:
    """A key of the outermost object: where its name begins, and where its value does and ends, in characters."""

    key: str
    begins: int
    value: int
    ends: int


def read_members(text: str) -> tuple[list[Member], int, int]:
    """The members, and the places of the outermost braces. ValueError where the text is no object of JSON."""
    tokens = [token for token in _tokens(text) if not token[0].isspace() and not token[0].startswith(("//", "/*"))]
    if not tokens or tokens[0][0] != "{" or tokens[-1][0] != "}":
        raise ValueError("it is not one object in braces")
    members: list[Member] = []
    depth, at = 0, 1
    while at < len(tokens) - 1:
        name, begins = tokens[at]
        if not name.startswith('"') or tokens[at + 1][0] != ":":
            raise ValueError(f"a key and a colon are wanted at character {begins}")
        end = at + 2
        while depth or tokens[end][0] != ",":
            depth += (tokens[end][0] in "{[") - (tokens[end][0] in "}]")
            if depth < 0:
                break
            end += 1
            if end == len(tokens):
                raise ValueError("a brace is missing")
        last, where = tokens[end - 1]
        if end == at + 2:
            raise ValueError(f"the key {name} has no value")
        members.append(Member(str(json.loads(name)), begins, tokens[at + 2][1], where + len(last)))
        depth = 0
        at = end + 1 if tokens[end][0] == "," else end
    return members, tokens[0][1], tokens[-1][1]


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"it cannot be read at character {at}")
        yield found.group(), at
        at = found.end()


def value_of(text: str, key: str) -> str | None:
    """The value's text, as it stands there; None where the key is not there."""
    return next((text[one.value : one.ends] for one in read_members(text)[0] if one.key == key), None)


def set_key(text: str, key: str, value: object) -> str:
    """With the key, in its old place or after all others."""
    members, opens, closes = read_members(text)
    written = json.dumps(value)
    for one in members:
        if one.key == key:
            return text[: one.value] + written + text[one.ends :]
    line = f"{_indent(text, members)}{json.dumps(key)}: {written}\n"
    if not members:
        inside = text[opens + 1 : closes]
        return text[: opens + 1] + _closed(inside) + line + text[closes:]
    ends = members[-1].ends
    rest = text[ends:closes]
    comma = "" if _has_comma(rest) else ","
    return text[:ends] + comma + _closed(rest) + line + text[closes:]


def remove_key(text: str, key: str) -> str:
    """Without the key, its line, and the comma that it no longer needs."""
    members, _, closes = read_members(text)
    at = next((number for number, one in enumerate(members) if one.key == key), None)
    if at is None:
        return text
    one = members[at]
    after = text[one.ends : members[at + 1].begins if at + 1 < len(members) else closes]
    ends = one.ends + (_comma_place(after) + 1 if _has_comma(after) else 0)
    begins = text.rfind("\n", 0, one.begins) + 1
    if text[begins : one.begins].strip() or (text[ends:].partition("\n")[0].strip() and at + 1 < len(members)):
        begins = one.begins  # others share its line
    elif "\n" in text[ends:] and not text[ends:].partition("\n")[0].strip():
        ends = text.index("\n", ends) + 1
    text = text[:begins] + text[ends:]
    if at and at == len(members) - 1:
        before = members[-2].ends
        between = text[before:begins]
        if _has_comma(between):
            place = before + _comma_place(between)
            text = text[:place] + text[place + 1 :]
    return text


def _has_comma(rest: str) -> bool:
    return any(token == "," for token, _ in _tokens(rest))


def _comma_place(rest: str) -> int:
    return next(place for token, place in _tokens(rest) if token == ",")


def _closed(inside: str) -> str:
    """What stands before a new line: ends with a line's end, whatever stood before the brace."""
    return inside.rstrip(" \t") if inside.rstrip(" \t").endswith("\n") else inside.rstrip() + "\n"


def _indent(text: str, members: list[Member]) -> str:
    for one in members:
        before = text[text.rfind("\n", 0, one.begins) + 1 : one.begins]
        if before and not before.strip():
            return before
    return "    "
