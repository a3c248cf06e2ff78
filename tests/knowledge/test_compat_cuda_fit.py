"""Whether wheels and cuDNN fit, as a table."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from wslgpu.knowledge import compat
from wslgpu.knowledge.cuda_fit import judge_cudnn, judge_wheels


def found(version: str) -> compat.TensorFlowRelease:
    release = compat.find_release(version)
    assert release is not None
    return release


@pytest.mark.parametrize(
    ("release", "cudnn", "card", "kinds"),
    [
        ("2.21", "9.28.0.42", (8, 6), []),
        ("2.21", "9.3.0.75", (8, 6), []),
        ("2.21", "9.3.0", None, []),
        ("2.21", "9.1.0.70", (8, 6), ["older"]),
        ("2.21", "8.9.7.29", (8, 6), ["other-major"]),
        ("2.21", "9.28.0.42", (6, 1), ["drops-card"]),
        ("2.21", "9.11.0", (7, 0), ["drops-card"]),
        ("2.21", "9.10.2.21", (6, 1), []),
        ("2.21", "9.28.0.42", (7, 5), []),
        ("2.21", "9.5.1.17", (8, 6), ["autotune-fault"]),
        ("2.21", "9.1.0.70", (3, 7), ["older", "drops-card"]),
        ("2.17", "9.1.0.70", (8, 6), ["other-major"]),
        ("2.17", "8.9.7.29", (5, 2), []),
        ("2.14", "8.6.0.163", (8, 6), ["older"]),
        ("2.21", "unknown", (8, 6), ["unreadable"]),
    ],
)
def test_cudnn(release: str, cudnn: str, card: tuple[int, int] | None, kinds: list[str]) -> None:
    misfits = judge_cudnn(found(release), cudnn, card)
    assert [misfit.kind for misfit in misfits] == kinds
    for misfit in misfits:
        assert misfit.installed == cudnn
        assert not Requirement(misfit.requirement).specifier.contains(cudnn) if cudnn != "unknown" else True
        assert misfit.because


def test_without_the_extra_every_wheel_is_absent() -> None:
    misfits = judge_wheels(found("2.21"), {"tensorflow": "2.21.0"})
    assert {misfit.kind for misfit in misfits} == {"absent"}
    assert len(misfits) == 12


def test_a_release_without_the_extra_asks_for_no_wheel() -> None:
    assert judge_wheels(found("2.13"), {}) == ()


def test_a_wheel_that_another_framework_pulled_is_out_of_range() -> None:
    wheels = {Requirement(pin).name: pin.rpartition("==")[2] for pin in found("2.19").and_cuda}
    assert judge_wheels(found("2.19"), wheels) == ()
    misfits = judge_wheels(found("2.19"), {**wheels, "nvidia-cudnn-cu12": "9.1.0.70", "nvidia-nccl-cu12": "odd"})
    assert [(misfit.kind, misfit.installed) for misfit in misfits] == [
        ("out-of-range", "9.1.0.70"),
        ("out-of-range", "odd"),
    ]
    assert misfits[0].requirement == "nvidia-cudnn-cu12==9.3.0.75"
