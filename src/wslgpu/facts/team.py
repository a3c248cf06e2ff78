"""A team's wslgpu.toml: what its environments hold, and what its machines must have. Every key is acted upon."""

from __future__ import annotations

import re
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
    "environment.python": ("python", str, "the Python of the venv, such as 3.12, or a range such as >=3.11"),
    "environment.profile": ("profile", str, "auto, gpu or cpu"),
    "environment.packages": ("packages", list, "further requirements that are installed along"),
    "network.index-variable": (
        "index_variable",
        str,
        "the environment variable with the package index's address",
    ),
    "network.proxy-variable": ("proxy_variable", str, "the environment variable with the proxy's address"),
    "machine.driver": ("least_driver", str, "the oldest NVIDIA driver of Windows that will do, such as 560.94"),
    "machine.windows-build": ("least_build", int, "the oldest build of Windows that will do, such as 22631"),
    "machine.distribution": ("distribution", str, "the WSL distribution to work in, such as Ubuntu-24.04"),
    "wslconfig.memory": ("wsl_memory", str, "memory for WSL, such as 24GB; held to what a machine has"),
    "wslconfig.swap": ("wsl_swap", str, "swap for WSL, such as 8GB"),
    "wslconfig.processors": ("wsl_processors", int, "processors for WSL; all if left out, never more than there are"),
    "wslconfig.networkingMode": ("wsl_networking", str, "nat, mirrored, virtioproxy or none"),
    "wslconfig.vmIdleTimeout": ("wsl_idle", int, "milliseconds until an idle WSL is stopped; -1 is never"),
    "onboarding.templates": (
        "onboarding_templates",
        str,
        "a folder whose onboarding/onboarding.md.j2 and page.html.j2 win over wslgpu's; templates if left out",
    ),
}
# A value goes into a file of Windows: nothing that could be more than the value.
SHAPES = {
    "machine.driver": r"[0-9]+(?:\.[0-9]+)*",
    "machine.distribution": r"[A-Za-z0-9._-]{1,64}",
    "wslconfig.memory": r"[0-9]{1,6} ?(?:MB|GB|TB)",
    "wslconfig.swap": r"[0-9]{1,6} ?(?:MB|GB|TB)?",
    "wslconfig.networkingMode": "nat|mirrored|virtioproxy|none",
}
PROFILES = ("auto", "gpu", "cpu")
NUMBERS = r"\d+(?:\.(?:\d+|\*))*"
PYTHON = re.compile(rf"\d+\.\d+(\.\d+)?|(?:[<>~!=]=|[<>])\s*{NUMBERS}(?:\s*,\s*(?:[<>~!=]=|[<>])\s*{NUMBERS})*")
KINDS = {str: ("a string", "string"), int: ("a whole number", "integer"), list: ("a list of strings", "array")}


@dataclass(frozen=True)
class Team:
    """What wslgpu.toml says; None and () where it says nothing. Never a secret: addresses by name of a variable."""

    tensorflow: str | None = None
    python: str | None = None
    profile: str | None = None
    packages: tuple[str, ...] = ()
    index_variable: str | None = None
    proxy_variable: str | None = None
    least_driver: str | None = None
    least_build: int | None = None
    distribution: str | None = None
    wsl_memory: str | None = None
    wsl_swap: str | None = None
    wsl_processors: int | None = None
    wsl_networking: str | None = None
    wsl_idle: int | None = None
    onboarding_templates: str | None = None

    @property
    def wslconfig(self) -> Mapping[str, str]:
        """What it says of .wslconfig: "wsl2.memory" -> "24GB"."""
        names = {name: field for name, (field, _, _) in KEYS.items() if name.startswith("wslconfig.")}
        told = {f"wsl2.{name.split('.')[1]}": getattr(self, field) for name, field in names.items()}
        return {name: str(value) for name, value in told.items() if value is not None}


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
            of_one = int if kind is int else str
            if not isinstance(value, kind) or not all(type(item) is of_one for item in items):
                return TeamFault(f"wslgpu.toml: {name} must be {KINDS[kind][0]} ({says}), not {value!r}")
            if name in SHAPES and not re.fullmatch(SHAPES[name], value):
                return TeamFault(f"wslgpu.toml: {name} is {value!r}; it says {says}")
            values[field] = tuple(items) if kind is list else value
    for line in values.get("packages", ()):
        if not _is_requirement(line):
            return TeamFault(
                f"wslgpu.toml: environment.packages holds {line!r}, which is no requirement (name>=version)"
            )
    if not PYTHON.fullmatch(values.get("python", "3.12")):
        wanted = "a version such as 3.12, or a range such as >=3.11"
        return TeamFault(f"wslgpu.toml: environment.python must be {wanted}, not {values['python']!r}")
    if values.get("profile") not in (None, *PROFILES):
        return TeamFault(f"wslgpu.toml: environment.profile must be auto, gpu or cpu, not {values['profile']!r}")
    return Team(**values)


def _is_requirement(line: str) -> bool:
    """One requirement by name: a line break or an option would go its own way in the installer's file."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(line).url is None and "\n" not in line and "\r" not in line
    except InvalidRequirement:
        return False


def _unknown_key(name: str) -> TeamFault:
    near = get_close_matches(name, KEYS, n=1, cutoff=0.3)
    hint = f"; did you mean {near[0]}?" if near else f"; the keys are {', '.join(KEYS)}"
    return TeamFault(f"wslgpu.toml has no key {name!r}{hint}")


def schema() -> dict[str, Any]:
    """The JSON schema for editors."""
    sections: dict[str, Any] = {}
    for name, (_, kind, says) in KEYS.items():
        section, key = name.split(".")
        shape: dict[str, Any] = {"type": KINDS[kind][1], **({"items": {"type": "string"}} if kind is list else {})}
        if name in SHAPES:
            shape["pattern"] = f"^(?:{SHAPES[name]})$"
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
