"""The file that wins decides about cuDNN, not the version of a package."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from wslgpu.checks.engine import judge
from wslgpu.checks.model import Finding
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.facts.gather import read_facts
from wslgpu.facts.libraries import Origin, VenvLibraries
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Answers, Value
from wslgpu.system.recording import decode_answer, load_document

RECORDINGS = Path(__file__).parents[1] / "recordings"
GTX_1080 = {
    "init": 0, "api": "12.7", "driver": "566.36", "files": ["/usr/lib/wsl/lib/libcuda.so.1.1"],
    "gpus": [{"name": "NVIDIA GeForce GTX 1080", "capability": "6.1", "memory": "8 GB"}],
}  # fmt: skip


def pascal(version: str | None, origin: Origin = "wheel", package: str = "9.10.2.21") -> dict[str, Finding]:
    """A healthy machine with a GTX 1080, on which this cuDNN wins and that package is installed."""
    document = load_document(RECORDINGS / "libraries-healthy.json")
    answers = Answers({key: decode_answer(value, key) for key, value in document["answers"].items()})
    packages = {**answers.value("venv.packages"), "nvidia-cudnn-cu12": package}
    told = {"cuda.probe": Value(GTX_1080), "venv.packages": Value(packages)}
    facts = with_cudnn(read_facts("wsl", answers.merged(Answers(told)), "/home/user/train"), version, origin)
    return {finding.slug: finding for finding in judge(facts, CHECKS, CAUSES)}


def with_cudnn(facts: Facts, version: str | None, origin: Origin) -> Facts:
    venv = facts.libraries
    assert isinstance(venv, VenvLibraries)
    libraries = []
    for library in venv.libraries:
        if library.name.startswith("cudnn"):
            path = library.path if origin == "wheel" else f"/opt/cudnn/lib/{library.soname}"
            library = dataclasses.replace(library, version=version, origin=origin, path=path)
        libraries.append(library)
    preset = ("/opt/cudnn/lib",) if origin == "ld_library_path" else ()
    return dataclasses.replace(
        facts, libraries=dataclasses.replace(venv, libraries=tuple(libraries), ld_library_path=preset)
    )


def test_the_packages_version_does_not_excuse_the_file() -> None:
    finding = pascal("9.28.0")["cudnn-drops-pascal"]
    assert (finding.status, finding.cause) == ("fail", None)
    assert finding.title.startswith("cuDNN 9.28.0 has no code for the NVIDIA GeForce GTX 1080 (Pascal)")
    assert finding.remedies[0].argv[-1] == "nvidia-cudnn-cu12<9.11"


def test_nor_does_it_accuse_the_file() -> None:
    assert pascal("9.10.2", package="9.28.0.42")["cudnn-drops-pascal"].status == "ok"


def test_one_that_ld_library_path_brings_is_named_and_no_package_is_advised() -> None:
    findings = pascal("9.28.0", "ld_library_path")
    assert "9.28.0 in /opt/cudnn/lib/libcudnn.so.9" in findings["cudnn-drops-pascal"].title
    assert findings["cudnn-drops-pascal"].remedies == ()
    assert findings["cudnn-drops-pascal"].cause == "ld-path-foreign-cuda"
    assert findings["ld-path-foreign-cuda"].cause is None


def test_a_file_that_tells_no_version_is_unknown_not_well() -> None:
    finding = pascal(None, "ld_cache")["cudnn-drops-pascal"]
    assert finding.status == "unknown"
    assert "does not tell its version" in finding.evidence["reason"]


@pytest.mark.parametrize(
    ("version", "package", "status"), [("9.5.1", "9.10.2.21", "warn"), ("9.10.2", "9.5.1.17", "ok")]
)
def test_9_5_is_judged_by_the_file_too(version: str, package: str, status: str) -> None:
    assert pascal(version, package=package)["cudnn-9.5-autotune"].status == status


def test_a_cudnn_of_another_cuda_in_the_wheels_place_is_named() -> None:
    """PyTorch's nvidia-cudnn-cu13 writes the very files of nvidia-cudnn-cu12."""
    document = load_document(RECORDINGS / "libraries-healthy.json")
    answers = Answers({key: decode_answer(value, key) for key, value in document["answers"].items()})
    facts = read_facts("wsl", answers, "/home/user/train")
    venv = facts.libraries
    assert isinstance(venv, VenvLibraries)
    libraries = tuple(
        dataclasses.replace(one, package="nvidia-cudnn-cu13", version="9.26.0.51") if one.name == "cudnn" else one
        for one in venv.libraries
    )
    facts = dataclasses.replace(facts, libraries=dataclasses.replace(venv, libraries=libraries))
    finding = next(one for one in judge(facts, CHECKS, CAUSES) if one.slug == "cuda-major-mismatch")
    assert finding.status == "fail"
    assert finding.title.endswith("and here is libcudnn.so.9 of nvidia-cudnn-cu13 9.26.0.51")
