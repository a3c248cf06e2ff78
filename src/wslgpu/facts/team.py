"""A team's wslgpu.toml: what its environments hold, and what its machines must have. Every key is acted upon."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from wslgpu.system.answers import Unknown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# section.key -> (field, type, what it says); docs/wslgpu.schema.json is made from this table.
KEYS: Mapping[str, tuple[str, type[Any], str]] = {
    "environment.tensorflow": ("tensorflow", str, "the release, such as 2.21 or 2.21.0"),
    "environment.python": ("python", str, "the Python of the venv, such as 3.12"),
    "environment.profile": ("profile", str, "auto, gpu or cpu"),
    "environment.packages": ("packages", list, "further requirements that are installed along"),
    "network.index-variable": (
        "index_variable",
        str,
        "the environment variable with the package index's address",
    ),
    "network.proxy-variable": ("proxy_variable", str, "the environment variable with the proxy's address"),
    "onboarding.templates": (
        "onboarding_templates",
        str,
        "a folder whose onboarding/onboarding.md.j2 and page.html.j2 win over wslgpu's; templates if left out",
    ),
}
PROFILES = ("auto", "gpu", "cpu")


@dataclass(frozen=True)
class Team:
    """What wslgpu.toml says; None and () where it says nothing. Never a secret: addresses by name of a variable."""

    tensorflow: str | None = None
    python: str | None = None
    profile: str | None = None
    packages: tuple[str, ...] = ()
    index_variable: str | None = None
    proxy_variable: str | None = None
    onboarding_templates: str | None = None


@dataclass(frozen=True)
class TeamFault:
    """wslgpu.toml cannot be used: one sentence that names the key, and the nearest right one."""

    sentence: str


def read_team(text: str | Unknown | None) -> Team | TeamFault:
    """An absent or unreadable file says nothing; a wrong one is a fault, never half-read."""
    if text is None or isinstance(text, Unknown):
        return Team()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return TeamFault(f"wslgpu.toml is not TOML: {error}")
    values: dict[str, Any] = {}
    for section, table in document.items():
        if not isinstance(table, Mapping):
            return _unknown_key(section)
        for key, value in table.items():
            name = f"{section}.{key}"
            if name not in KEYS:
                return _unknown_key(name)
            field, kind, says = KEYS[name]
            items: Any = value if kind is list else [value]
            if not isinstance(value, kind) or not all(isinstance(item, str) for item in items):
                wanted = "a list of strings" if kind is list else "a string"
                return TeamFault(f"wslgpu.toml: {name} must be {wanted} ({says}), not {value!r}")
            values[field] = tuple(items) if kind is list else value
    if values.get("profile") not in (None, *PROFILES):
        return TeamFault(f"wslgpu.toml: environment.profile must be auto, gpu or cpu, not {values['profile']!r}")
    return Team(**values)


def _unknown_key(name: str) -> TeamFault:
    near = get_close_matches(name, KEYS, n=1, cutoff=0.3)
    hint = f"; did you mean {near[0]}?" if near else f"; the keys are {', '.join(KEYS)}"
    return TeamFault(f"wslgpu.toml has no key {name!r}{hint}")


def schema() -> dict[str, Any]:
    """The JSON schema for editors."""
    sections: dict[str, Any] = {}
    for name, (_, kind, says) in KEYS.items():
        section, key = name.split(".")
        shape: dict[str, Any] = {"type": "array", "items": {"type": "string"}} if kind is list else {"type": "string"}
        if key == "profile":
            shape["enum"] = list(PROFILES)
        table = sections.setdefault(section, {"type": "object", "additionalProperties": False, "properties": {}})
        table["properties"][key] = {**shape, "description": says}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wslgpu.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": sections,
    }
