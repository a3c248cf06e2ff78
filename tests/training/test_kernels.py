"""Single operations compared with numpy: the real payload in real children, on a TensorFlow that breaks as told."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from wslgpu.training.environment import clean_for_smoke
from wslgpu.training.kernels import KernelReport, expects_gpu, run_kernels
from wslgpu.training.smoke import run_smoke
from wslgpu.training.smoke_text import render_smoke

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the smoke trains through fork")
FAKE = Path(__file__).with_name("fake_tensorflow.py")
NO_BINARY = "'cuLaunchKernel' failed with 'CUDA_ERROR_NO_BINARY_FOR_GPU': no kernel image is available"


def fake_python(folder: Path, plan: dict[str, Any]) -> Path:
    """A `python` whose tensorflow is the fake one."""
    pytest.importorskip("numpy", reason="the fake TensorFlow calculates with numpy")
    (folder / "modules").mkdir(exist_ok=True)
    shutil.copy(FAKE, folder / "modules" / "tensorflow.py")
    (folder / "plan.json").write_text(json.dumps(plan))
    launcher = folder / "python"
    launcher.write_text(
        f'#!/bin/sh\nPYTHONPATH={folder}/modules WSLGPU_FAKE="$(cat {folder}/plan.json)" exec {sys.executable} "$@"\n'
    )
    launcher.chmod(0o755)
    return launcher


def run(folder: Path, plan: dict[str, Any], device: str = "gpu", deadline_s: float = 300.0) -> KernelReport:
    python = fake_python(folder, plan)
    run_dir = folder / "run"
    shutil.rmtree(run_dir, ignore_errors=True)
    run_dir.mkdir()
    variables = clean_for_smoke(os.environ, str(run_dir), device).variables
    return run_kernels(
        python,
        run_dir,
        want_device=device,
        variables=variables,
        deadline_s=deadline_s,
        on_progress=lambda text: None,
    )


def run_to_the_hang(folder: Path, plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> KernelReport:
    """As `run`, with as little time for an operation as the one that hangs needs to come to it: more where it is slow."""
    mark = folder / "hangs"
    for limit_s in (3.0, 15.0, 60.0):
        monkeypatch.setattr("wslgpu.training.kernels.DEADLINE_S", limit_s)
        report = run(folder, plan | {"mark": str(mark)}, deadline_s=600)
        if mark.exists():
            break
    return report


def test_a_card_that_calculates(tmp_path: Path) -> None:
    report = run(tmp_path, {})
    assert report.problems == ()
    assert [row["operation"] for row in report.evidence] == ["matmul", "conv", "jit"]
    assert [len(row["results"]) for row in report.evidence] == [1, 3, 1]
    assert {r["device"] for row in report.evidence for r in row["results"].values()} == {"GPU:0"}
    assert max(r["difference"] for row in report.evidence for r in row["results"].values()) < 1e-4


@pytest.mark.parametrize(
    ("plan", "slug", "says"),
    [
        (
            {"capability": [12, 0], "matmul": NO_BINARY},
            "blackwell-no-kernels",
            "matmul on Fake GPU failed with Internal",
        ),
        (
            {"capability": [12, 0], "matmul": "failed with 'CUDA_ERROR_INVALID_PTX'"},
            "blackwell-no-kernels",
            "INVALID_PTX",
        ),
        ({"capability": [12, 0], "matmul": "wrong"}, "blackwell-no-kernels", "differs by"),
        ({"capability": [12, 0], "jit": "crash"}, "blackwell-no-kernels", "SIGSEGV"),
        ({"capability": [5, 2], "matmul": NO_BINARY}, "gpu-cc-too-old", "CUDA_ERROR_NO_BINARY_FOR_GPU"),
        ({"capability": [6, 1], "conv": "CUDNN_STATUS_ARCH_MISMATCH"}, "cudnn-drops-pascal", "conv2d forward"),
        ({"capability": [6, 1], "gradient": "CUDNN_STATUS_EXECUTION_FAILED"}, "cudnn-drops-pascal", "conv2d backward"),
        ({"capability": [6, 1], "conv": "crash"}, "cudnn-drops-pascal", "SIGSEGV"),
        ({"capability": [6, 1], "matmul": "crash"}, "smoke-kernel-crashed", "SIGSEGV"),
        ({"jit": "libdevice not found at ./libdevice.10.bc"}, "libdevice-missing", "jit_compile=True"),
        ({"jit": "Couldn't invoke ptxas --version"}, "ptxas-wrong", "jit_compile=True"),
        (
            {"conv": "Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.3.0."},
            "cudnn-mismatch",
            "9.1.0",
        ),
        ({"matmul": "CUDA_ERROR_OUT_OF_MEMORY: out of memory"}, "vram-taken-by-desktop", "OUT_OF_MEMORY"),
        ({"matmul": "something new"}, "smoke-kernel-failed", "something new"),
        ({"matmul": "wrong"}, "smoke-kernel-wrong", "differs by"),
        ({"gradient": "nan"}, "smoke-kernel-wrong", "is no number"),
        ({"conv": "elsewhere"}, "smoke-device", "was to run on the GPU and ran on CPU:0"),
    ],
)
def test_what_fails_is_named(tmp_path: Path, plan: dict[str, Any], slug: str, says: str) -> None:
    report = run(tmp_path, plan)
    assert report.problems[0].slug == slug
    assert says in report.problems[0].sentence
    json.dumps(report.evidence, allow_nan=False)


@pytest.mark.parametrize(
    ("version", "capability", "slug"),
    [
        ("2.21.0", [8, 6], "smoke-kernel-hangs"),
        ("2.21.0", [12, 0], "blackwell-no-kernels"),
        ("2.15.1", [9, 0], "ptx-jit-slow-first-run"),
    ],
)
def test_one_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, capability: list[int], slug: str
) -> None:
    report = run_to_the_hang(tmp_path, {"version": version, "capability": capability, "matmul": "hang"}, monkeypatch)
    assert report.problems[0].slug == slug
    assert "gave no result within" in report.problems[0].sentence


def test_the_smokes_own_time_accuses_no_operation(tmp_path: Path) -> None:
    mark = tmp_path / "hangs"
    python = fake_python(tmp_path, {"matmul": "hang", "mark": str(mark)})
    for deadline_s in (3, 15, 60):  # less than an operation has by itself
        result = run_smoke(python, want_device="gpu", deadline_s=deadline_s)
        if mark.exists():
            break
    assert (result.status, result.problems) == ("unknown", ())
    assert f"was not done after {deadline_s} s" in result.sentence
    assert "matmul" in result.sentence


@pytest.mark.parametrize("fault", ["crash", "hang", "wrong", "something new"])
@pytest.mark.parametrize("operation", ["conv", "gradient", "jit"])
def test_every_operation_can_fail_in_every_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, fault: str
) -> None:
    """On a card of which the table knows nothing bad: the operation's own findings, and no others."""
    plan = {"capability": [8, 6], operation: fault}
    report = run_to_the_hang(tmp_path, plan, monkeypatch) if fault == "hang" else run(tmp_path, plan)
    slugs = {"crash": "crashed", "hang": "hangs", "wrong": "wrong", "something new": "failed"}
    assert report.problems[0].slug == f"smoke-kernel-{slugs[fault]}"


def test_without_a_gpu_the_training_says_it(tmp_path: Path) -> None:
    assert run(tmp_path, {"gpus": 0}).problems == ()


def test_what_follows_a_failure_is_not_tried(tmp_path: Path) -> None:
    assert [row["operation"] for row in run(tmp_path, {"matmul": "wrong", "jit": "crash"}).evidence] == ["matmul"]


def test_the_smoke_tells_it_and_does_not_train(tmp_path: Path) -> None:
    python = fake_python(tmp_path, {"capability": [12, 0], "matmul": NO_BINARY})
    result = run_smoke(python, want_device="gpu", deadline_s=300)
    assert (result.status, result.problems[0][0]) == ("fail", "blackwell-no-kernels")
    assert "losses" not in result.evidence
    text = render_smoke(result)
    assert text.isascii()
    assert "operation" in text


def test_the_cpu_is_not_kept_waiting() -> None:
    assert not expects_gpu("cpu")
    assert expects_gpu("gpu")


@pytest.mark.tensorflow
def test_a_real_tensorflow_agrees_with_numpy(tf_python: Path, tmp_path: Path) -> None:
    variables = clean_for_smoke(os.environ, str(tmp_path), "cpu").variables
    report = run_kernels(
        tf_python, tmp_path, want_device="cpu", variables=variables, deadline_s=300, on_progress=lambda text: None
    )
    assert report.problems == ()
    assert [row["operation"] for row in report.evidence] == ["matmul", "conv", "jit"]
    assert {r["device"] for row in report.evidence for r in row["results"].values()} == {"CPU:0"}
