"""The table of what fits with what, loaded once, and how old it is.

compat.toml is what people read and edit; compat.json is the same, written by docs/make_compat_json.py (a test compares
them): every doctor needs the table, and TOML takes thirty times as long to read.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

STALE_AFTER_DAYS = 183  # TensorFlow publishes two or three releases a year; older advice than that misleads
DATES = ("updated", "released", "checked")


@cache
def load_table() -> Mapping[str, Any]:
    """The packaged table, with dates as dates."""
    text = Path(__file__).with_name("compat.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text, object_hook=_with_dates)
    return table


def _with_dates(row: dict[str, Any]) -> dict[str, Any]:
    for key in DATES:
        if key in row:
            row[key] = datetime.date.fromisoformat(row[key])
    return row


def updated() -> datetime.date:
    """The day on which the table was last compared with its sources."""
    day: datetime.date = load_table()["updated"]
    return day


def age_days(today: datetime.date) -> int:
    """Days since then; 0 on a machine whose clock stands before it."""
    return max((today - updated()).days, 0)


def is_stale(today: datetime.date) -> bool:
    """Whether newer releases have to be expected that the table does not know."""
    return age_days(today) > STALE_AFTER_DAYS
