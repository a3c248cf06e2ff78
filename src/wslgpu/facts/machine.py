"""The machine, this process, its clock, and the distribution's name for itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.facts.shapes import read_names, read_word, whole
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import ListFolder, Machine, ReadFile, Release, Variable

MACHINE = Machine()
RELEASE = Release()
DISTRIBUTION_NAME = Variable("env.WSL_DISTRO_NAME", "WSL_DISTRO_NAME")
# The hardware clock follows Windows' clock, which the VM's own clock loses in a sleep (microsoft/WSL#8204).
HARDWARE_CLOCK = ReadFile("clock.hardware", "/sys/class/rtc/rtc0/since_epoch")
MUSL = ListFolder("libc.musl", "/lib", "ld-musl-*.so.1")
WANTS = (MACHINE, RELEASE, DISTRIBUTION_NAME, HARDWARE_CLOCK, MUSL)
MUSL_DISTRIBUTIONS = ("alpine", "postmarketos", "void-musl", "chimera")


@dataclass(frozen=True)
class MachineFacts:
    """`usable_cpus` counts what this process may run on. `release` is "ubuntu 24.04", `like` its relatives.

    `time`, `hardware_time`: seconds since 1970. `musl`: the C library is musl, for which TensorFlow has no wheels.
    """

    architecture: str | Unknown
    usable_cpus: int | Unknown
    is_root: bool | Unknown
    home: str | Unknown
    release_id: str | Unknown
    release_version: str | Unknown
    release_name: str | Unknown
    like: tuple[str, ...]
    distribution: str | None
    time: int | Unknown
    hardware_time: int | Unknown | None
    musl: bool | Unknown


def read_machine(answers: Answers) -> MachineFacts:
    """An absent os-release reads as the empty id: some containers have none."""
    machine = answers.value(MACHINE.id)
    if isinstance(machine, str):
        machine = {"machine": machine.strip()}
    release = _read_release(answers.value(RELEASE.id))
    name = read_word(answers, DISTRIBUTION_NAME.id)
    uid = _field(machine, "uid")
    release_id = _field(release, "id", "")
    return MachineFacts(
        architecture=_text(_field(machine, "machine")),
        usable_cpus=_whole(_field(machine, "usable_cpus")),
        is_root=uid if isinstance(uid, Unknown) else uid == 0,
        home=_text(_field(machine, "home")),
        release_id=_text(release_id),
        release_version=_text(_field(release, "version_id", "")),
        release_name=_text(_field(release, "pretty_name", "")),
        like=tuple(str(_field(release, "id_like", "") or "").split()) if isinstance(release, Mapping) else (),
        distribution=name if isinstance(name, str) else None,
        time=_whole(_field(machine, "time")),
        hardware_time=_read_clock(answers.text(HARDWARE_CLOCK.id)),
        musl=_read_musl(read_names(answers, MUSL.id), release_id),
    )


def _read_release(value: Any) -> Any:
    """The library's object, or the text of /etc/os-release, or a name such as "Ubuntu 24.04"."""
    if value is None:
        return {}
    if not isinstance(value, str):
        return value
    found = {key.lower(): text.strip("\"'") for key, text in re.findall(r"^(\w+)=(.*?)\s*$", value, re.MULTILINE)}
    if found:
        return found
    words = value.split()
    version = re.search(r"\d+(?:\.\d+)?", value)
    return {"id": words[0].lower() if words else "", "version_id": version[0] if version else "", "pretty_name": value}


def _read_clock(text: str | Unknown | None) -> int | Unknown | None:
    if text is None or isinstance(text, Unknown):
        return text
    number = whole(text)
    return Unknown("malformed", f"{text[:40]!r} is no time") if number is None else number


def _read_musl(names: tuple[str, ...] | Unknown | None, release_id: Any) -> bool | Unknown:
    if isinstance(release_id, str) and release_id in MUSL_DISTRIBUTIONS:
        return True
    if isinstance(names, Unknown):
        return False if isinstance(release_id, str) and release_id else names
    # Debian's package "musl" puts the same loader beside glibc's: only a system that is made of it counts.
    return bool(names) and not (isinstance(release_id, str) and release_id)


def _field(value: Any, key: str, default: Any = None) -> Any:
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, Mapping):
        return Unknown("malformed", f"no {key}")
    if key not in value and default is None:
        return Unknown("not_recorded", f"no {key!r}")
    return value.get(key, default)


def _text(value: Any) -> str | Unknown:
    return value if isinstance(value, Unknown) else str(value or "")


def _whole(value: Any) -> int | Unknown:
    if isinstance(value, Unknown):
        return value
    number = whole(value)
    return Unknown("malformed", f"{str(value)[:40]!r} is no number") if number is None else number
