"""The front matter of a finding's page: the little TOML that our pages hold, read line by line.

A report reads some sixty pages, and a whole TOML parser in Python takes longer for them than all questions to the
machine. A page that holds more than this reader knows goes to the whole parser; a test holds both to the same values.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

_TABLE = re.compile(r"(\[\[?)([\w.]+)\]\]?$")
_PAIR = re.compile(r'(\w+) = (".*"|\[.*\]|true|false)$')


def read_front_matter(text: str) -> dict[str, Any]:
    """The tables as TOML has them; ValueError for what is no TOML."""
    root: dict[str, Any] = {}
    here = root
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] == "#":
            continue
        table, pair = _TABLE.match(line), _PAIR.match(line)
        if table:
            here = _open_table(root, table[2].split("."), in_list=table[1] == "[[")
        elif pair:
            try:
                # A TOML text or list of texts on one line is JSON, too, but for a comma at the end and \U escapes.
                here[pair[1]] = json.loads(pair[2])
            except ValueError:
                return _read_whole(text)
        else:
            return _read_whole(text)
    return root


def _open_table(root: dict[str, Any], names: list[str], *, in_list: bool) -> dict[str, Any]:
    for name in names[:-1]:
        root = root.setdefault(name, {})
    new: dict[str, Any] = {}
    if in_list:
        root.setdefault(names[-1], []).append(new)
        return new
    table: dict[str, Any] = root.setdefault(names[-1], new)
    return table


def _read_whole(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)
