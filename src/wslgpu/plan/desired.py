"""What the user asked for, and the answer that it stands there already. Kept light: every setup begins here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WishedProfile = Literal["auto", "gpu", "cpu"]


@dataclass(frozen=True)
class Desired:
    """What the user asked for. `folder` is absolute; `tensorflow` and `python` are versions as typed, or None."""

    folder: str
    profile: WishedProfile = "auto"
    tensorflow: str | None = None
    python: str | None = None
    replace: bool = False
    smoke: bool = True


@dataclass(frozen=True)
class UpToDate:
    """The environment that stands there was made from the same inputs, and is whole."""

    folder: str
    profile: str
    tensorflow: str
    python: str
