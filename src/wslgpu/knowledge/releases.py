"""TensorFlow's releases: what each needs, and which one a person means."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from wslgpu.knowledge.plain_versions import key_of
from wslgpu.knowledge.table import load_table

if TYPE_CHECKING:
    from packaging.version import Version

Profile = Literal["gpu", "cpu"]
PROFILES: tuple[Profile, ...] = ("gpu", "cpu")
PythonVersion = tuple[int, int]
PREFERRED_PYTHONS: tuple[PythonVersion, ...] = ((3, 12), (3, 13), (3, 11), (3, 10))
MACHINES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class ExtraPin:
    """A bound that the wheel's own metadata lacks, and without which a fresh installation does not work."""

    requirement: str
    reason: str
    source: str


@dataclass(frozen=True)
class Footprint:
    """Bytes for one profile of one release; None where nobody measured."""

    download_bytes: int | None
    disk_bytes: int | None
    source: str


@dataclass(frozen=True)
class TensorFlowRelease:
    """One release. `python`, `wheels` list the versions with a wheel for Linux; `kernels` as build_info writes them.

    `cuda_from` is "wheels" where the extra and-cuda brings the CUDA libraries along, "system" where they have to be
    on the machine. `runpath_lacks` names the CUDA wheels into which libtensorflow_framework does not look, although it
    opens their library before it registers a GPU; None where that was not read.
    """

    version: str
    series: str
    prerelease: bool
    released: datetime.date | None
    python: tuple[PythonVersion, ...]
    wheels: Mapping[str, Mapping[str, tuple[PythonVersion, ...]]]
    keras: str
    keras_major: int
    cuda: str
    cudnn: str
    kernels: tuple[str, ...]
    numpy: str
    protobuf: str
    glibc: str
    gpu_package: str
    cuda_from: Literal["wheels", "system"]
    and_cuda: tuple[str, ...]
    and_cuda_exact: bool
    runpath_lacks: tuple[str, ...] | None
    extra_pins: tuple[ExtraPin, ...]
    footprints: Mapping[str, Footprint]
    notes: tuple[str, ...]
    source: str
    checked: datetime.date
    older_patches: tuple[str, ...] = ()

    @property
    def cuda_major(self) -> int:
        """12 for CUDA 12.5."""
        return int(self.cuda.split(".")[0])


@cache
def releases() -> tuple[TensorFlowRelease, ...]:
    """The newest patch of every series, oldest series first."""
    return tuple(_read_release(row) for row in load_table()["release"])


def every_release() -> tuple[TensorFlowRelease, ...]:
    """Every patch of every series, oldest first."""
    return tuple(release for _, release in sorted(_every_release().items()))


@cache
def _every_release() -> Mapping[Version, TensorFlowRelease]:
    from packaging.version import Version

    found: dict[Version, TensorFlowRelease] = {}
    for row in load_table()["release"]:
        newest = _read_release(row)
        found[Version(newest.version)] = newest
        own = {patch["version"]: patch for patch in row.get("patch", [])}
        for version in newest.older_patches:
            found[Version(version)] = _read_patch(newest, version, own.get(version, {}))
    return found


def find_release(version: str) -> TensorFlowRelease | None:
    """The release that "2.21", "2.21.0", "v2.21", "==2.21.*" or "2.22rc0" means; None for one that is not known.

    A series means its newest patch. An older patch is its series' row with what is known to differ.
    """
    from packaging.version import InvalidVersion, Version

    text = re.sub(r"^[=~v\s]+", "", version.strip()).removesuffix(".*")
    try:
        wanted = Version(text)
    except InvalidVersion:
        return None
    if wanted in _every_release() and text.count(".") >= 2:
        return _every_release()[wanted]
    of_series = [release for release in releases() if release.series == text or Version(release.version) == wanted]
    return of_series[0] if of_series else None


def nearest_releases(version: str, n: int = 3) -> tuple[TensorFlowRelease, ...]:
    """The `n` known series nearest to a version that is not known, nearest first; the newest ones for gibberish."""
    found = re.search(r"(\d+)(?:\.(\d+))?", version)
    stable = [release for release in releases() if not release.prerelease]
    if not found:
        return tuple(reversed(stable))[:n]
    wanted = _place(f"{found[1]}.{found[2] or 0}")
    return tuple(sorted(stable, key=lambda release: (abs(_place(release.series) - wanted), -_place(release.series))))[
        :n
    ]


def _place(series: str) -> int:
    major, minor = (int(part) for part in series.split(".")[:2])
    return major * 15 + minor if major < 2 else major * 15 + 1 + minor  # 1.15 stands next to 2.0


@cache
def newest_stable() -> TensorFlowRelease:
    """The newest release that is not a release candidate."""
    return max((release for release in releases() if not release.prerelease), key=lambda r: key_of(r.version))


def supports_python(
    release: TensorFlowRelease, python: PythonVersion, *, machine: str = "x86_64", profile: Profile = "gpu"
) -> bool:
    """Whether there is a Linux wheel of this release for this Python on this machine."""
    return python in pythons_of(release, machine=machine, profile=profile)


def pythons_of(
    release: TensorFlowRelease, *, machine: str = "x86_64", profile: Profile = "gpu"
) -> tuple[PythonVersion, ...]:
    """The Pythons with a wheel of what this profile installs, extras included; empty where there is none.

    Wheels with GPU support exist for x86_64 alone.
    """
    package = package_for(release, profile=profile, machine=machine)
    if profile == "gpu" and plain_machine(machine) != "x86_64":
        return ()
    return release.wheels.get(package, {}).get(plain_machine(machine), ())


def package_for(release: TensorFlowRelease, *, profile: Profile, machine: str) -> str:
    """What to install: `tensorflow[and-cuda]`, `tensorflow-cpu`, or `tensorflow` where that is the one with wheels."""
    if profile == "gpu":
        return release.gpu_package
    has_cpu_wheel = plain_machine(machine) in release.wheels.get("tensorflow-cpu", {})
    return "tensorflow-cpu" if has_cpu_wheel else "tensorflow"


def choose_python(
    candidates: Sequence[PythonVersion],
    release: TensorFlowRelease,
    *,
    machine: str = "x86_64",
    profile: Profile = "gpu",
) -> PythonVersion | None:
    """The best of the Pythons at hand: 3.12, then 3.13, 3.11, 3.10, then the newest older one; None if none fits.

    A Python that only pre-releases have wheels for is never chosen: pip and uv would settle for the pre-release.
    """
    served = {python for stable in releases() if not stable.prerelease for python in stable.python}
    fit = [p for p in set(candidates) if p in served and supports_python(release, p, machine=machine, profile=profile)]
    older = sorted(set(fit) - set(PREFERRED_PYTHONS), reverse=True)
    return next((python for python in (*PREFERRED_PYTHONS, *older) if python in fit), None)


def plain_machine(machine: str) -> str:
    """x86_64 and aarch64, whatever a system calls them."""
    return MACHINES.get(machine.lower(), machine.lower())


def _read_release(row: Mapping[str, Any]) -> TensorFlowRelease:
    return TensorFlowRelease(
        version=row["version"],
        series=row["series"],
        prerelease=row["prerelease"],
        released=row.get("released"),
        python=_pythons(row["python"]),
        wheels={
            package: {machine: _pythons(pythons) for machine, pythons in by_machine.items()}
            for package, by_machine in row["wheels"].items()
        },
        keras=row["keras"],
        keras_major=row["keras_major"],
        cuda=row["cuda"],
        cudnn=row["cudnn"],
        kernels=tuple(row.get("kernels", ())),
        numpy=row["numpy"],
        protobuf=row["protobuf"],
        glibc=row.get("glibc", ""),
        gpu_package=row["gpu_package"],
        cuda_from=row["cuda_from"],
        and_cuda=tuple(row.get("and_cuda", ())),
        and_cuda_exact=row.get("and_cuda_exact", False),
        runpath_lacks=tuple(row["runpath_lacks"]) if "runpath_lacks" in row else None,
        extra_pins=tuple(
            ExtraPin(pin["requirement"], pin["reason"], pin["source"]) for pin in row.get("extra_pin", ())
        ),
        footprints={
            profile: Footprint(
                size.get("download_bytes"),
                size.get("disk_bytes"),
                f"{size['source']}; Python {size['python']} on {size['machine']}, {size['checked']}",
            )
            for profile, size in row.get("footprint", {}).items()
        },
        notes=tuple(row.get("notes", ())),
        source=row["source"],
        checked=row["checked"],
        older_patches=tuple(row["older_patches"]),
    )


def _read_patch(newest: TensorFlowRelease, version: str, own: Mapping[str, Any]) -> TensorFlowRelease:
    """An older patch: its series' row, less what was measured on the newest patch alone."""
    changed: dict[str, Any] = {"version": version, "released": None, "footprints": {}}
    changed["runpath_lacks"] = tuple(own["runpath_lacks"]) if "runpath_lacks" in own else None
    if "gpu_package" in own:
        changed["gpu_package"] = own["gpu_package"]
    if "python" in own:
        pythons = _pythons(own["python"])
        changed |= {"python": pythons, "wheels": {package: {"x86_64": pythons} for package in newest.wheels}}
    if "gpu_python" in own:
        changed["wheels"] = {**newest.wheels, newest.gpu_package: {"x86_64": _pythons(own["gpu_python"])}}
    if "note" in own:
        changed["notes"] = (f"{version}: {own['note']}", *newest.notes)
    return dataclasses.replace(newest, **changed)


def _pythons(names: Sequence[str]) -> tuple[PythonVersion, ...]:
    return tuple((int(major), int(minor)) for major, minor in (name.split(".") for name in names))
