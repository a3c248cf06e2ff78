"""The frames that a distribution's sh printed, as answers. Pure; what comes before the first mark is not ours."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Sequence
from typing import Any

from wslgpu.system.answers import Absent, Answer, Content, Ran, Unknown, Value
from wslgpu.system.distribution_script import BEGIN
from wslgpu.system.wants import FindPrograms, ListFolder, ReadFile, Want

_HEAD = re.compile(rb"@(\d{1,6}) (\S{1,40}) (\d{1,12}) (\d{1,12})\n")


def read_reply(data: bytes, wants: Sequence[Want], token: str) -> dict[str, Answer]:
    """The answers of one exchange. A frame that is torn, and all after it, are not there."""
    mark = f"\n{BEGIN}{token}\n".encode()
    start = data.find(mark)
    if start < 0:
        return {}
    found: dict[str, Answer] = {}
    at = start + len(mark)
    while (head := _HEAD.match(data, at)) is not None:
        number, kind = int(head[1]), head[2].decode("ascii", "replace")
        first, second = int(head[3]), int(head[4])
        end = head.end() + first + second
        if data[end : end + 1] != b"\n":
            break
        if number < len(wants):
            one, two = data[head.end() : head.end() + first], data[head.end() + first : end]
            found[wants[number].id] = read_frame(wants[number], kind, one, two)
        at = end + 1
    return found


def read_frame(want: Want, kind: str, one: bytes, two: bytes) -> Answer:
    """One frame as the answer that its want has on any other host."""
    try:
        return _read_frame(want, kind, one, two)
    except (ValueError, IndexError) as error:
        return Unknown("malformed", f"the distribution's answer to {want.id}: {error}")


def _read_frame(want: Want, kind: str, one: bytes, two: bytes) -> Answer:
    text = one.decode("utf-8", "replace")
    if kind == "absent":
        return Absent()
    if kind == "denied":
        return Unknown("denied", text.strip())
    if kind == "failed":
        return Unknown("failed", text.strip())
    if kind == "file" and isinstance(want, ReadFile):
        return _read_content(want, one)
    if kind == "inspected":
        return Value(_read_inspected(text.splitlines()))
    if kind == "names" and isinstance(want, ListFolder):
        names = sorted(set(text.splitlines()) - {".", "..", ""})
        return Value(fnmatch.filter(names, want.pattern)[: want.limit])
    if kind == "text":
        return Value(text)
    if kind == "space":
        return Value(_read_space(text, two.decode("utf-8", "replace")))
    if kind == "programs" and isinstance(want, FindPrograms):
        return Value(_read_programs(text.splitlines(), want.compiled))
    if kind == "machine":
        return Value(_read_machine(text.splitlines()))
    if kind == "release":
        return Value(_read_release(text))
    if kind.startswith("ran:"):
        code = int(kind[4:])
        # sh tells a signal as 128 and its number.
        return Ran(128 - code if 128 < code < 160 else code, one, two)
    if kind.startswith("late:"):
        return Unknown("timed_out", f"{want.id} gave no answer within {kind[5:]} s in the distribution and was ended")
    raise ValueError(f"kind {kind}")


def _read_content(want: ReadFile, data: bytes) -> Content:
    if want.blocks:
        wanted = re.compile(want.blocks.encode("utf-8"), re.MULTILINE)
        data = b"\n\n".join(block for block in data.split(b"\n\n") if wanted.search(block))
    return Content(data[: want.limit], truncated=len(data) > want.limit)


def _read_inspected(lines: list[str]) -> dict[str, Any]:
    kind, size, writable, inode, real = lines[:5]
    value: dict[str, Any] = {"kind": kind, "size": int(size), "writable": writable == "1", "real": real}
    value["inode"] = int(inode)
    if len(lines) > 5:
        value["target"] = lines[5]
    return value


def _read_programs(lines: list[str], once_each: bool) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    seen: set[str] = set()
    for line in lines:
        name, path, real = line.split("\t")
        found[name] = None if once_each and real and real in seen else path or None
        seen.add(real)
    return found


def _read_space(kilobytes: str, inodes: str) -> dict[str, Any]:
    numbers = [int(word) for word in kilobytes.split() if word.isdigit()]
    free = [word for word in inodes.split() if word.isdigit()]
    total, _, available = numbers[-3:]
    return {"total": total * 1024, "free": available * 1024, "inodes_free": int(free[2]) if len(free) >= 3 else None}


def _read_machine(lines: list[str]) -> dict[str, Any]:
    system, machine, cpus, usable, uid, home, folder, now = lines[:8]
    count = int(cpus)
    return {
        "system": system,
        "machine": machine,
        "cpus": count,
        "usable_cpus": int(usable) or count,
        "uid": int(uid),
        "python": None,
        "home": home,
        "cwd": folder,
        "time": int(now),
    }


def _read_release(text: str) -> dict[str, str]:
    fields = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            try:
                words = shlex.split(value)
            except ValueError:
                words = [value]
            fields[name.lower()] = words[0] if words else ""
    wanted = {"id": "id", "version_id": "version_id", "pretty_name": "pretty_name", "id_like": "id_like"}
    release = {key: fields.get(name, "") for key, name in wanted.items()}
    return {**release, "codename": fields.get("version_codename", "")}
