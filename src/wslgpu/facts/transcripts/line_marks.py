"""What loggers, listings, diffs and Markdown put around every line, taken off where all lines have it. Pure, linear."""

from __future__ import annotations

import re

__all__ = ["strip_line_marks"]

_QUOTE = re.compile(r"\s{0,8}>(?!>) ?")
# A time and a level; a quote mark; a comment sign; a diff's plus.
_BEFORE = (
    re.compile(
        r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]{0,10}(?:Z|[+-]\d\d:?\d\d)?\]?:? ?"
        r"(?:\[?(?:INFO|DEBUG|WARN(?:ING)?|ERROR|TRACE|NOTICE)\]?:? {1,2})?"
    ),
    _QUOTE,
    re.compile(r"\s{0,8}(?://|;|rem\b|::) ?", re.IGNORECASE),
    re.compile(r"\+(?![-+=]{3})"),
)
_NUMBER = re.compile(r"\s{0,8}(\d{1,6})(?:[:.|)] ?| {1,2}|$)")
_SOURCE = re.compile(r"([\w./-]{1,60}) {0,20}\| ?")  # `service-1  | `, as docker compose and tmux write it
_CODE = re.compile(r"\s{0,8}`([^`]{1,2000})`\s{0,8}$")


def strip_line_marks(lines: list[str]) -> list[str]:
    """The lines without what stands before or behind every one of them. Blank lines need not carry it."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2:
        return lines
    if sum(line.rstrip().endswith("\\") for line in filled) >= 2:  # Markdown's hard line breaks
        lines = [line.rstrip().removesuffix("\\") for line in lines]
        filled = [line for line in lines if line.strip()]
    if all(_CODE.match(line) for line in filled):
        return [_CODE.sub(r"\1", line) for line in lines]
    for mark in (*_BEFORE, _numbers_of(filled), _source_of(filled)):
        if mark and all(mark.match(line) for line in filled):
            bare = [mark.sub("", line, count=1) if line.strip() else line for line in lines]
            return strip_line_marks(bare) if mark is _QUOTE else bare  # a quote within a quote
    return lines


def _numbers_of(lines: list[str]) -> re.Pattern[str] | None:
    """The mark of a listing whose numbers rise from line to line; None where they do not (a table, a list of steps)."""
    last = -1
    for line in lines:
        found = _NUMBER.match(line)
        if found is None or int(found.group(1)) <= last:
            return None
        last = int(found.group(1))
    return _NUMBER


def _source_of(lines: list[str]) -> re.Pattern[str] | None:
    """The mark `name | ` where every line names the same source."""
    first = _SOURCE.match(lines[0])
    return re.compile(re.escape(first.group(1)) + r" {0,20}\| ?") if first else None
