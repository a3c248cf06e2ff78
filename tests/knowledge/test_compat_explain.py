"""What `wslgpu explain tensorflow` says, and whether it says the right thing of a machine."""

from __future__ import annotations

import datetime
import json

import pytest

from wslgpu.errors import UserError
from wslgpu.knowledge import compat
from wslgpu.knowledge.explain_tensorflow import MachineSummary, describe
from wslgpu.knowledge.fit import best_release, fit_release

RTX_3080 = MachineSummary(
    pythons=((3, 12), (3, 14)), gpu_name="RTX 3080", compute_capability=(8, 6), driver="560.94", glibc="2.39"
)
RTX_5080 = MachineSummary(pythons=((3, 11), (3, 12)), gpu_name="RTX 5080", compute_capability=(12, 0), driver="581.80")
GTX_1080 = MachineSummary(pythons=((3, 12),), gpu_name="GTX 1080", compute_capability=(6, 1), driver="560.94")
GTX_980 = MachineSummary(pythons=((3, 12),), gpu_name="GTX 980", compute_capability=(5, 2), driver="560.94")
OLD_DRIVER = MachineSummary(pythons=((3, 12),), compute_capability=(8, 6), driver="516.94")
UBUNTU_26 = MachineSummary(pythons=((3, 14),), compute_capability=(8, 6), driver="560.94")
ARM = MachineSummary(side="linux", machine="aarch64", pythons=((3, 12),))
UNKNOWN = MachineSummary()


@pytest.mark.parametrize("spec", ["tensorflow==2.21", "tensorflow==2.21.0", "2.21", "tensorflow-cpu==2.21", "TF 2.21"])
def test_finds_the_release(spec: str) -> None:
    assert describe(spec).release.version == "2.21.0"


def test_an_unknown_release_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no TensorFlow 2\.99 is known; the nearest: tensorflow==2\.21\.0"):
        describe("tensorflow==2.99")


@pytest.mark.parametrize("release", compat.releases(), ids=lambda release: release.version)
def test_every_release_is_told_with_its_source(release: compat.TensorFlowRelease) -> None:
    answer = describe(f"tensorflow=={release.version}")
    rows = dict(answer.rows)
    assert release.cuda in rows["CUDA"]
    assert release.source in rows["source"]
    assert str(release.checked) in rows["source"]
    assert answer.suits is None
    json.dumps(answer.document())
    assert "\n".join(answer.lines()).isascii()


@pytest.mark.parametrize(
    ("spec", "machine", "suits", "against"),
    [
        ("2.21", RTX_3080, True, []),
        ("2.22rc0", RTX_3080, True, []),
        ("2.15", RTX_3080, False, ["Python"]),
        ("2.21", RTX_5080, False, ["RTX 5080"]),
        ("2.21", GTX_1080, True, []),
        ("2.21", GTX_980, False, ["GTX 980"]),
        ("2.16", GTX_980, True, []),
        ("2.21", OLD_DRIVER, False, ["Windows driver"]),
        ("2.21", UBUNTU_26, False, ["Python"]),
        ("2.21", ARM, True, []),
        ("2.21", UNKNOWN, None, []),
    ],
)
def test_says_what_fits(spec: str, machine: MachineSummary, suits: bool | None, against: list[str]) -> None:
    answer = describe(f"tensorflow=={spec}", machine)
    assert answer.suits is suits
    assert [fit.subject for fit in answer.fits if fit.fits is False] == against
    assert bool(answer.ways_out) == (suits is False)


@pytest.mark.parametrize(
    ("machine", "version"),
    [
        (RTX_3080, "2.21.0"),
        (GTX_1080, "2.21.0"),
        (GTX_980, "2.16.2"),
        (RTX_5080, None),
        (OLD_DRIVER, None),  # 2.14 would start on it, and has no wheels for 3.12
        (UBUNTU_26, None),
        (ARM, "2.21.0"),
        (MachineSummary(pythons=((3, 9),), compute_capability=(8, 6), driver="560.94"), "2.20.0"),
        (MachineSummary(pythons=((3, 10),), compute_capability=(8, 6), driver="516.94"), "2.14.1"),
        (UNKNOWN, "2.21.0"),
    ],
)
def test_the_best_release(machine: MachineSummary, version: str | None) -> None:
    best = best_release(machine)
    assert (best.version if best else None) == version
    told = describe("tensorflow", machine)
    assert (version or "none fits here") in told.title
    if best:
        assert told.release == best
        assert all(fit.fits is not False for fit in fit_release(best, machine))


def test_the_requirements_for_a_machine_are_told_with_their_reasons() -> None:
    answer = describe("tensorflow==2.21", GTX_1080)
    assert answer.requirements is not None
    assert answer.requirements.lines == ("tensorflow[and-cuda]==2.21.0", "nvidia-cudnn-cu12<9.11")
    text = "\n".join(answer.lines())
    assert "nvidia-cudnn-cu12<9.11    # cuDNN 9.11 and later have no kernels for Pascal (6.1)" in text


def test_a_machine_that_it_does_not_suit_gets_no_requirements_to_copy() -> None:
    assert "To install:" not in describe("tensorflow==2.21", RTX_5080).lines()


def test_the_ways_out_name_a_python_and_where_the_driver_belongs() -> None:
    assert any("uv python install 3.12" in way for way in describe("tensorflow==2.21", UBUNTU_26).ways_out)
    assert any("in Windows" in way for way in describe("tensorflow==2.21", OLD_DRIVER).ways_out)
    linux = MachineSummary(side="linux", pythons=((3, 12),), compute_capability=(8, 6), driver="470.1")
    assert not any("in Windows" in way for way in describe("tensorflow==2.21", linux).ways_out)


def test_the_whole_table_is_told_with_every_generation() -> None:
    answer = describe("tensorflow")
    assert [version for version, _ in answer.rows] == [release.version for release in reversed(compat.releases())]
    text = "\n".join(answer.lines())
    assert all(generation.name in text for generation in compat.generations())


def test_old_data_is_said_to_be_old() -> None:
    later = compat.updated() + datetime.timedelta(days=200)
    assert any("200 days old" in note for note in describe("tensorflow==2.21", today=later).notes)
    assert not any("days old" in note for note in describe("tensorflow==2.21", today=compat.updated()).notes)


def test_glibc_is_compared_as_a_version() -> None:
    old = MachineSummary(pythons=((3, 12),), glibc="2.9")
    assert [fit.fits for fit in fit_release(compat.newest_stable(), old) if fit.subject == "glibc"] == [False]
