"""Reading what a `Registry` want answered: names of values and subkeys are the same in any case, as Windows has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.system.answers import Answers, Unknown


@dataclass(frozen=True)
class Key:
    """A registry key: values by lower-case name, subkeys by their own name."""

    values: Mapping[str, Any]
    subkeys: Mapping[str, Key]

    def text(self, name: str) -> str | None:
        """A value that is text and not empty; None otherwise."""
        value = self.values.get(name.lower())
        return value if isinstance(value, str) and value else None

    def number(self, name: str) -> int | None:
        """A DWORD, or digits in a text; None otherwise."""
        value = self.values.get(name.lower())
        if isinstance(value, bool):
            return None
        if isinstance(value, str) and value.strip().isdigit():
            return int(value)
        return value if isinstance(value, int) else None


def read_key(answers: Answers, want_id: str) -> Key | Unknown | None:
    """The key; None where there is no such key; Unknown."""
    value = answers.value(want_id)
    if value is None or isinstance(value, Unknown):
        return value
    return _key(value) or Unknown("malformed", f"{want_id} is no registry key")


def _key(value: Any) -> Key | None:
    if not isinstance(value, Mapping):
        return None
    values, subkeys = value.get("values", {}), value.get("subkeys", {})
    if not isinstance(values, Mapping) or not isinstance(subkeys, Mapping):
        return None
    below = {str(name): _key(tree) or Key({}, {}) for name, tree in subkeys.items()}
    return Key({str(name).lower(): data for name, data in values.items()}, below)
