"""What is pasted into public names nobody, and still tells a helper what he needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslgpu.output.redact import redact

HOME = "/home/jdoe"
SECRETS = [
    "/home/jdoe/projects/secret/train.py",
    "C:\\Users\\jdoe\\secret\\x.txt",
    "/mnt/c/Users/jdoe/secret",
    "/Users/jdoe/x",
    "jdoe@workstation7:~$",
    "GPU-5f1c9f70-0d0e-4b5b-9b53-6b0f0b2f6a01",
    "{5f1c9f70-0d0e-4b5b-9b53-6b0f0b2f6a01}",
    "http://jdoe:hunter2@proxy.example:8080",
    "name servers: 192.168.7.13",
    "00:1a:2b:3c:4d:5e",
    "jane.doe@company.example",
]
LEFT = ["jdoe", "workstation7", "secret", "5f1c9f70", "hunter2", "192.168.7.13", "3c:4d", "jane.doe"]
KEPT = [
    "libcuda.so.1 in /usr/lib/wsl/lib",
    "driver 566.36 (needed: 528.33)",
    "nvidia-cudnn-cu12 9.3.0.75",
    "NVIDIA GeForce RTX 4070",
    "kernel 5.15.167.4-microsoft-standard-WSL2",
    "~/.venv/bin/python",
    "~/.bashrc line 3",
    "~/miniconda3/lib",
    "/usr/local/cuda-11.8/lib64",
    "C:\\Windows\\System32",
    "microsoft/WSL#4607",
    "2.6.1.0",
    "10.0.22631.4037",
    "/home/user/x is everybody's",
]


@pytest.mark.parametrize("text", SECRETS)
def test_nothing_of_the_owner_is_left(text: str) -> None:
    said = redact(f"found {text} here, by jdoe", home=HOME, host="workstation7")
    assert [name for name in LEFT if name in said] == []


@pytest.mark.parametrize("text", KEPT)
def test_what_a_helper_needs_stays(text: str) -> None:
    assert redact(f"seen: {text}.", home=HOME, host="workstation7") == f"seen: {text}."


def test_a_name_that_one_path_betrays_goes_everywhere() -> None:
    said = redact("/home/jdoe/x\nuser jdoe may not\n", home="")
    assert "jdoe" not in said


def test_the_environment_of_a_hidden_folder_stays() -> None:
    assert redact("/home/jdoe/secret/.venv/bin/python", home=HOME) == "~/<folder>/.venv/bin/python"


@given(st.text(max_size=200), st.sampled_from(["", HOME, "/root", "C:\\Users\\jdoe"]))
def test_never_raises(text: str, home: str) -> None:
    redact(text, home=home, host="h")


def test_takes_time_that_grows_with_the_text_only() -> None:
    for text in ("a@" * 20_000, "/home/" * 20_000, "1." * 40_000, "~/" * 40_000, "GPU-" * 20_000):
        redact(text, home=HOME)
