"""Every row of compat.toml: complete, consistent with itself and with its neighbours, sourced and dated."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from wslgpu.knowledge import compat
from wslgpu.knowledge.compat import TensorFlowRelease
from wslgpu.knowledge.table import load_table

RELEASES = compat.releases()
ROWS: list[tuple[str, Mapping[str, Any]]] = [
    (f"{table}-{row.get('version') or row.get('name') or row.get('verdict')}", row)
    for table in ("cuda", "generation", "observed", "release")
    for row in load_table()[table]
]
each_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[name for name, _ in ROWS])
def test_each_row_says_where_it_comes_from_and_when(row: Mapping[str, Any]) -> None:
    assert len(row["source"]) > 20
    assert datetime.date(2026, 1, 1) <= row["checked"] <= load_table()["updated"]


def test_the_series_are_complete_and_in_order() -> None:
    series = ["1.15", *(f"2.{minor}" for minor in range(23))]
    assert [release.series for release in RELEASES] == series


def test_dates_rise_with_the_series() -> None:
    dates = [release.released for release in RELEASES if release.released]
    assert len(dates) >= 20
    # 2.19.1 and 2.20.0 were published on one day, and so were patches of neighbouring series
    assert sorted(dates) == dates


@each_release
def test_versions_belong_to_their_series(release: TensorFlowRelease) -> None:
    assert all(f"{version}.".startswith(f"{release.series}.") for version in (release.version, *release.older_patches))
    patches = [Version(version) for version in (*release.older_patches, release.version)]
    assert patches == sorted(set(patches))
    assert release.prerelease == Version(release.version).is_prerelease


@each_release
def test_pythons_are_a_run_and_every_package_stays_within_them(release: TensorFlowRelease) -> None:
    minors = [minor for _, minor in release.python]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert release.wheels["tensorflow"]["x86_64"] == release.python
    for by_machine in release.wheels.values():
        for machine, pythons in by_machine.items():
            assert machine in ("x86_64", "aarch64")
            assert set(pythons) <= set(release.python)


@each_release
def test_bounds_and_pins_are_what_an_installer_reads(release: TensorFlowRelease) -> None:
    SpecifierSet(release.numpy)
    SpecifierSet(release.protobuf)
    names = [Requirement(pin).name for pin in release.and_cuda]
    assert len(names) == len(set(names))
    assert all(name == "tensorrt" or name.endswith(f"-cu{release.cuda_major}") for name in names)
    assert release.and_cuda_exact == (bool(release.and_cuda) and all("==" in pin for pin in release.and_cuda))
    for pin in release.extra_pins:
        Requirement(pin.requirement)
        assert pin.reason
        assert pin.source


@each_release
def test_the_extra_pins_the_cudnn_that_the_row_names(release: TensorFlowRelease) -> None:
    cudnn = [Requirement(pin) for pin in release.and_cuda if "cudnn" in pin]
    assert bool(cudnn) == (release.cuda_from == "wheels")
    for pin in cudnn:
        lower = next(clause.version for clause in pin.specifier if clause.operator in ("==", ">="))
        assert lower.startswith(f"{release.cudnn}.")


@each_release
def test_the_gpu_package_has_wheels(release: TensorFlowRelease) -> None:
    assert compat.pythons_of(release, profile="gpu")
    assert compat.pythons_of(release, profile="cpu")
    assert (release.gpu_package == "tensorflow[and-cuda]") == (release.cuda_from == "wheels")
    assert (release.runpath_lacks is not None) == (release.cuda_from == "wheels")


@each_release
def test_kernels_are_spelled_and_sorted_and_end_in_ptx(release: TensorFlowRelease) -> None:
    assert all(re.fullmatch(r"(sm|compute)_\d{2,3}", kernel) for kernel in release.kernels)
    numbers = [compat.parse_compute_capability(kernel) for kernel in release.kernels]
    assert numbers == sorted(numbers)
    if release.kernels:
        assert release.kernels[-1].startswith("compute_")


@each_release
def test_every_cuda_has_a_driver_on_every_side(release: TensorFlowRelease) -> None:
    for side in ("linux", "windows", "wsl"):
        floor = compat.driver_floor(release, side)  # type: ignore[arg-type]
        assert floor is not None
        assert compat.driver_key(floor.version) >= (400,)
        assert release.cuda in floor.reason


@each_release
def test_sizes_are_of_the_right_order(release: TensorFlowRelease) -> None:
    for profile, low, high in (("cpu", 50e6, 600e6), ("gpu", 250e6, 5e9)):
        size = compat.footprint(release, profile)  # type: ignore[arg-type]
        assert size.source
        if size.download_bytes is not None:
            assert low < size.download_bytes < high
        if size.disk_bytes is not None and size.download_bytes is not None:
            assert size.download_bytes < size.disk_bytes < 6 * size.download_bytes


def test_driver_floors_never_fall_with_newer_cuda() -> None:
    for side in ("linux", "windows", "wsl"):
        floors = [compat.driver_key(row[side]) for row in load_table()["cuda"]]
        assert floors == sorted(floors)


def test_no_compute_capability_belongs_to_two_generations() -> None:
    listed = [number for generation in compat.generations() for number in generation.compute_capabilities]
    assert len(listed) == len(set(listed))
    assert listed == sorted(listed)


def test_patch_rows_name_patches_that_exist() -> None:
    for row in load_table()["release"]:
        assert {patch["version"] for patch in row.get("patch", [])} <= set(row["older_patches"])


def test_the_numpy_2_trap_is_held_off_where_metadata_does_not() -> None:
    """2.7 to 2.11 have no upper bound of their own; every older and newer release with an ABI for numpy 1 has one."""
    for release in RELEASES:
        bounded = not SpecifierSet(release.numpy).contains("2.2.6") or any(
            pin.requirement == "numpy<2" for pin in release.extra_pins
        )
        assert bounded == (Version(release.version) < Version("2.20"))


def test_the_table_holds_no_address_of_an_index() -> None:
    text = str(load_table())
    assert "http" not in text
    assert "pypi" not in text.lower()
