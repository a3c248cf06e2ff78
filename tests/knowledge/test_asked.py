"""What people type when they mean a TensorFlow, a Python, a CUDA or a processor, and what they are told."""

from __future__ import annotations

import pytest

from wslgpu.errors import UserError
from wslgpu.knowledge.asked import read_asked
from wslgpu.knowledge.codes import find_codes
from wslgpu.knowledge.explain_part import describe_part
from wslgpu.knowledge.releases import newest_stable

NEWEST = f"tensorflow=={newest_stable().version}"


@pytest.mark.parametrize(
    ("typed", "spec", "says"),
    [
        ("tensorflow", "tensorflow", ""),
        ("tensorflow==2.21", "tensorflow==2.21.0", ""),
        ("TensorFlow 2.10.1", "tensorflow==2.10.1", ""),
        ("tensorflow[and-cuda]==2.16.1", "tensorflow==2.16.1", ""),
        ("tf 2.15", "tensorflow==2.15.1", ""),
        ("2.21", "tensorflow==2.21.0", ""),
        ("2.22.0rc0", "tensorflow==2.22.0rc0", ""),
        ("tensorflow==", "tensorflow", ""),
        ("tensorflow latest", "tensorflow", ""),
        ("tensorflow_cpu==2.15", "tensorflow==2.15.1", ""),
        ("Tensor flow 2.15", "tensorflow==2.15.1", ""),
        ("tensorfow==2.21", "tensorflow==2.21.0", "'tensorfow' was taken for tensorflow"),
        ("tensroflow 2.21", "tensorflow==2.21.0", "was taken for"),
        ("tensorflow>=2.15", NEWEST, "allows"),
        ("tensorflow<2.11", "tensorflow==2.10.1", "allows"),
        ("tensorflow~=2.15.0", "tensorflow==2.15.1", "allows"),
        ("tensorflow 2", NEWEST, "allows"),
        ("tensorflow 2.x", NEWEST, "allows"),
        ("tensorflow-gpu", "tensorflow", "take tensorflow[and-cuda]"),
        ("tensorflow-gpu==2.10", "tensorflow==2.10.1", "take tensorflow;"),
        ("tensorflow-gpu==1.15", "tensorflow==1.15.5", ""),
        ("tensorflow 2.10 on windows", "tensorflow==2.10.1", "still has GPU code"),
        ("2.21 on Windows 11", "tensorflow==2.21.0", "on the CPU alone"),
        ("tf-nightly", "tensorflow", "no kernels for the RTX 50 series"),
        ("tensorflow-intel==2.18", "tensorflow==2.18.1", "for the CPU alone"),
    ],
)
def test_what_means_a_release(typed: str, spec: str, says: str) -> None:
    asked = read_asked(typed)
    assert asked is not None
    assert asked.spec == spec
    assert says in " ".join(asked.notes)
    assert bool(asked.notes) is bool(says)


@pytest.mark.parametrize("typed", ["", "keras==3", "numpy 2", "torch", "RTX 5080", "wsl1-distro", "cuinit 100", "2.99", "100"])
def test_what_means_none(typed: str) -> None:
    assert read_asked(typed) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("tensorflow==2.99", "nearest: tensorflow==2"),
        ("tensorflow>3", "no stable TensorFlow that wslgpu knows"),
        ("tensorflow==abc", "is no version of TensorFlow"),
        ("tensorflow>>2", "is no version of TensorFlow"),
    ],
)
def test_a_wish_that_no_release_fulfils(typed: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        read_asked(typed)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Python 3.14", "no stable TensorFlow has wheels for Python 3.14"),
        ("py314", "no stable TensorFlow has wheels for Python 3.14"),
        ("python3.12", "TensorFlow 2.16.1 to 2."),
        ("cuda 11.8", "TensorFlow 2.12.1 to 2.14.1 is built with CUDA 11.8"),
        ("CUDA 13.0", "no TensorFlow is built with CUDA 13.0"),
        ("arm64", "for aarch64 TensorFlow has wheels for the CPU alone"),
    ],
)
def test_what_goes_with_a_python_a_cuda_a_processor(typed: str, says: str) -> None:
    told = describe_part(typed)
    assert told is not None
    assert says in told["title"]


def test_python_314_is_told_the_trap_and_ways_out() -> None:
    told = describe_part("python 3.14")
    assert told is not None
    assert told["suits"] is False
    assert any("python-prerelease-trap" in note for note in told["notes"])
    assert any("uv python install" in way for way in told["ways_out"])


@pytest.mark.parametrize("typed", ["keras==3", "numpy 2", "python 3", "protobuf 4"])
def test_a_packages_number_is_no_error_code(typed: str) -> None:
    """`explain 'keras==3'` told of CUDA's error 3."""
    assert find_codes(typed) == ()
