"""Put keys into .wslconfig or wsl.conf as the user has it: comments, order, unknown keys, encoding and line ends stay.

Pure: bytes in, bytes out. WSL takes the last of two lines with one key, and sections and keys in any case.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HEADER = re.compile(r"\s*\[\s*([^\]]+?)\s*\]")
_PAIR = re.compile(r"(\s*)([^=#\s][^=#]*?)(\s*=\s*)([^#\r\n]*?)(\s*(?:#.*)?)$")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class IniText:
    """A file's text with "\n" line ends, and what its bytes need: the mark, the encoding, the line end."""

    text: str
    encoding: str
    mark: bytes = b""
    line_end: str = "\n"

    def to_bytes(self, text: str) -> bytes:
        """Another text in the form of this file."""
        return self.mark + text.replace("\n", self.line_end).encode(self.encoding)


def read_ini_bytes(data: bytes) -> IniText:
    """The text of a file. Never raises: bytes that are no UTF-8 are Latin 1, which gives every byte back."""
    mark, encoding = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", ""))
    body = data[len(mark) :]
    if not encoding and b"\0" in body:  # what PowerShell appends to a file without a mark
        encoding = "utf-16-be" if body[:1] == b"\0" else "utf-16-le"
    for name in [encoding or "utf-8", "latin-1"]:
        try:
            text = body.decode(name)
        except UnicodeDecodeError:
            continue
        if text.encode(name) == body:
            break
    line_end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    if text.count("\r\n") not in (0, text.count("\n")):
        return IniText(text, name, mark)  # both ends in one file: each line keeps its own
    return IniText(text.replace("\r\n", "\n"), name, mark, line_end)


def merge_ini(text: str, wanted: Mapping[str, str], *, over: bool, notes: Mapping[str, str] | None = None) -> str:
    """`text` with the keys of `wanted` ("wsl2.memory" -> "24GB").

    A key that stands there gets the new value where `over`, and is left as it is otherwise. A new key goes to the end
    of its section, under its line of `notes`; a section that is not there comes last.
    """
    lines = text.split("\n")
    present = {key: number for number, key, _ in _pairs(lines)}
    new: dict[str, list[str]] = {}
    for name, value in wanted.items():
        number = present.get(name.lower())
        if number is None:
            section, key = name.split(".", 1)
            note = (notes or {}).get(name)
            new.setdefault(section, []).extend([*([f"# {note}"] if note else []), f"{key}={value}"])
        elif over:
            lines[number] = _with_value(lines[number], value)
    for section, added in new.items():
        _add(lines, section, added)
    return "\n".join(lines)


def _pairs(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """(line number, section.key in lower case, value) of each key that WSL sees."""
    section = ""
    for number, line in enumerate(lines):
        bare = line.rstrip("\r")
        header, pair = _HEADER.match(bare), _PAIR.match(bare)
        if header:
            section = header[1].lower()
        elif pair and section:
            yield number, f"{section}.{pair[2].strip().lower()}", pair[4]


def _with_value(line: str, value: str) -> str:
    end = "\r" if line.endswith("\r") else ""
    pair = _PAIR.match(line.rstrip("\r"))
    assert pair is not None
    return line if pair[4].strip('"') == value else f"{pair[1]}{pair[2]}{pair[3]}{value}{pair[5]}{end}"


def _add(lines: list[str], section: str, added: list[str]) -> None:
    """Behind the last line of the section that says something; of two sections with one name the last."""
    at, inside = None, False
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            inside = header[1].lower() == section.lower()
        if inside and line.strip():
            at = number + 1
    end = "\r" if any(line.endswith("\r") for line in lines) else ""
    if at is not None:
        lines[at:at] = [line + end for line in added]
        return
    while lines and not lines[-1].strip():
        lines.pop()
    gap = [end] if lines else []
    lines += [*gap, f"[{section}]{end}", *(line + end for line in added), ""]
