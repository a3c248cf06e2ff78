"""The machine, this process, and the distribution's name for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Machine, Release, Variable

MACHINE = Machine()
RELEASE = Release()
DISTRIBUTION_NAME = Variable("wsl.distribution_name", "WSL_DISTRO_NAME")
WANTS = (MACHINE, RELEASE, DISTRIBUTION_NAME)


@dataclass(frozen=True)
class MachineFacts:
    """`usable_cpus` counts what this process may run on. `release` is "ubuntu 24.04", `like` its relatives."""

    architecture: str | Unknown
    usable_cpus: int | Unknown
    is_root: bool | Unknown
    home: str | Unknown
    release_id: str | Unknown
    release_version: str | Unknown
    release_name: str | Unknown
    like: tuple[str, ...]
    distribution: str | None


def read_machine(answers: Answers) -> MachineFacts:
    """An absent os-release reads as the empty id: some containers have none."""
    machine = answers.value(MACHINE.id)
    release = answers.value(RELEASE.id)
    if release is None:
        release = {}
    name = answers.value(DISTRIBUTION_NAME.id)
    uid = _field(machine, "uid")
    return MachineFacts(
        architecture=_field(machine, "machine"),
        usable_cpus=_field(machine, "usable_cpus"),
        is_root=uid if isinstance(uid, Unknown) else uid == 0,
        home=_field(machine, "home"),
        release_id=_field(release, "id", ""),
        release_version=_field(release, "version_id", ""),
        release_name=_field(release, "pretty_name", ""),
        like=tuple(str(_field(release, "id_like", "") or "").split()) if isinstance(release, Mapping) else (),
        distribution=name if isinstance(name, str) else None,
    )


def _field(value: Any, key: str, default: Any = None) -> Any:
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, Mapping):
        return Unknown("malformed", f"no {key}")
    return value.get(key, default)
