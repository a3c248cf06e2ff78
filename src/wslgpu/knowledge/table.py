"""compat.toml, loaded once, and how old it is."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

STALE_AFTER_DAYS = 183  # TensorFlow publishes two or three releases a year; older advice than that misleads


@cache
def load_table() -> Mapping[str, Any]:
    """The packaged table as TOML gives it."""
    text = resources.files("wslgpu.knowledge").joinpath("compat.toml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = tomllib.loads(text)
    return table


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
