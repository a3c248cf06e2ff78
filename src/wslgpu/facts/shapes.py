"""Answers of every shape that a machine, or a person who writes a recording by hand, may give, as plain values.

A reader must never raise for what it is fed: what has another shape reads as Unknown("malformed").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.system.answers import Answers, Unknown


@dataclass(frozen=True)
class Thing:
    """What stands at a path. `kind`: file, folder, device, other, broken. `real` and `target` are "" where not told."""

    kind: str
    real: str = ""
    target: str = ""
    writable: bool = True
    size: int = 0
    inode: int = 0


# What people call the kinds.
KINDS = {
    "directory": "folder",
    "dir": "folder",
    "regular file": "file",
    "symlink": "file",
    "link": "file",
    "character device": "device",
    "char": "device",
    "char device": "device",
    "character special file": "device",
    "broken link": "broken",
    "dangling": "broken",
}


def read_thing(answers: Answers, want_id: str, kind: str = "file") -> Thing | Unknown | None:
    """An Inspect answer; `true` (or any text) means that there is one, of the `kind` that is usual there."""
    value = answers.value(want_id)
    if value is None or isinstance(value, Unknown):
        return value
    if value is False:
        return None
    if isinstance(value, Mapping):
        if value.get("exists") is False:
            return None
        told = str(value.get("kind", kind)).lower()
        return Thing(
            kind=KINDS.get(told, told),
            real=str(value.get("real") or ""),
            target=str(value.get("target") or ""),
            writable=value.get("writable", True) is not False,
            size=whole(value.get("size")) or 0,
            inode=whole(value.get("inode")) or 0,
        )
    if value is True:
        return Thing(kind)
    if isinstance(value, str):
        if re.search(r"No such file|cannot access", value):
            return None
        if value.startswith("/"):
            return Thing(kind, real=value.strip())
        return Thing(value if value in ("file", "folder", "device", "other", "broken") else kind)
    return malformed(want_id, value)


def is_there(answers: Answers, want_id: str, kind: str = "file") -> bool | Unknown:
    """Whether something of that kind stands there."""
    thing = read_thing(answers, want_id, kind)
    if isinstance(thing, Unknown):
        return thing
    return thing is not None and thing.kind == kind


def read_names(answers: Answers, want_id: str) -> tuple[str, ...] | Unknown | None:
    """A ListFolder answer: a list, or text as `ls` prints it."""
    value = answers.value(want_id)
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        return None if "No such file" in value else tuple(value.split())
    if isinstance(value, (list, tuple)):
        return tuple(str(name) for name in value)
    return malformed(want_id, value)


def read_word(answers: Answers, want_id: str) -> str | Unknown | None:
    """A Variable answer."""
    value = answers.value(want_id)
    if value is None or isinstance(value, (Unknown, str)):
        return value
    return str(value)


def read_number(answers: Answers, want_id: str, key: str) -> int | Unknown | None:
    """A whole number of an object, such as Space's `free`; None where there is none."""
    value = answers.value(want_id)
    if value is None or isinstance(value, Unknown):
        return value
    if not isinstance(value, Mapping):
        return malformed(want_id, value)
    if value.get(key) is None:
        return None if key in value else Unknown("not_recorded", f"{want_id} holds no {key!r}")
    number = to_bytes(value[key])
    return malformed(want_id, value) if number is None else number


def whole(value: Any) -> int | None:
    """An int, from an int or its digits."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return int(value) if -(2**63) < value < 2**63 else None
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def to_bytes(value: Any) -> int | None:
    """1024 for 1024, "1024", "1 KiB", "1K", "1.0 KB": bytes."""
    number = whole(value)
    if number is not None:
        return number
    match = re.fullmatch(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([kmgt]?)i?b?\s*", str(value).lower())
    return int(float(match[1]) * UNITS[match[2]]) if match else None


def malformed(want_id: str, value: object) -> Unknown:
    """An answer of a shape that its reader does not know."""
    return Unknown("malformed", f"{want_id} holds {type(value).__name__} {str(value)[:60]!r}")
