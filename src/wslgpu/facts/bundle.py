"""A folder of wheels that is installed from: what `wslgpu team bundle` filled, or what somebody filled by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.locks import LOCK_NAMES, plain_name
from wslgpu.facts.shapes import read_names
from wslgpu.system.answers import Answers
from wslgpu.system.wants import ListFolder, ReadFile, Want

# PEP 427: name-version(-build)-python-abi-platform.whl; the last two sets may hold several, with dots between them.
WHEEL = re.compile(r"([A-Za-z0-9._]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl")


@dataclass(frozen=True)
class Wheel:
    """One file. `name`: canonical; `version` as it says; `pythons`: ("3.12",), `machines`: ("x86_64",); () is any."""

    name: str
    version: str
    pythons: tuple[str, ...]
    machines: tuple[str, ...]


@dataclass(frozen=True)
class Bundle:
    """`folder`: absolute. `locks`: text by name (facts/locks.py); none in a folder that was filled by hand."""

    folder: str
    wheels: tuple[Wheel, ...]
    locks: Mapping[str, str]


def wants_of_bundle(folder: str) -> tuple[Want, ...]:
    """The names of its wheels, and its locks."""
    locks = (ReadFile(_lock_id(name), f"{folder}/{name}.lock", limit=4_194_304) for name in LOCK_NAMES)
    return (ListFolder("bundle.wheels", folder, "*.whl"), *locks)


def read_bundle(answers: Answers, folder: str) -> Bundle:
    """A folder that cannot be read is one without wheels."""
    names = read_names(answers, "bundle.wheels")
    wheels = (read_wheel(name) for name in names) if isinstance(names, tuple) else ()
    texts = {name: answers.text(_lock_id(name)) for name in LOCK_NAMES}
    return Bundle(
        folder,
        tuple(wheel for wheel in wheels if wheel is not None),
        {name: text for name, text in texts.items() if isinstance(text, str)},
    )


def _lock_id(name: str) -> str:
    return f"bundle.lock_{name.replace('-', '_')}"


def read_wheel(file: str) -> Wheel | None:
    """What a wheel's name says; None where it is no wheel's name."""
    match = WHEEL.fullmatch(file)
    if match is None:
        return None
    name, version, python, abi, platform = match.groups()
    pythons = () if "abi3" in abi else tuple(f"3.{minor}" for minor in re.findall(r"cp3(\d+)", python))
    machines = tuple(dict.fromkeys(re.findall(r"x86_64|aarch64", platform)))
    return Wheel(plain_name(name), version, pythons, machines)
