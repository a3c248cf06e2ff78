""".wslconfig by its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslgpu.facts.wslconfig import parse_wslconfig, read_size

PLAIN = "[wsl2]\r\nmemory = 12GB\r\ngpuSupport=False\r\n\r\n[experimental]\r\nsparseVhd=true # kept small\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PLAIN.encode(), "utf-8"),
        (PLAIN.encode("utf-8-sig"), "utf-8 with BOM"),
        (PLAIN.encode("utf-16"), "utf-16"),
        (PLAIN.encode("utf-16-le"), "utf-16"),
        (PLAIN.encode("utf-16-be"), "utf-16"),
        (PLAIN.encode() + "# größer".encode("cp1252"), "other"),
    ],
)
def test_encodings_give_the_same_values(data: bytes, encoding: str) -> None:
    config = parse_wslconfig(data)
    assert config.encoding == encoding
    assert config.values == {"wsl2.memory": "12GB", "wsl2.gpusupport": "False", "experimental.sparsevhd": "true"}
    assert config.is_false("wsl2.gpusupport")
    assert config.size("wsl2.memory") == 12 << 30
    assert config.problems == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[wsl2] memory=8GB\n", "on the line of [wsl2]"),
        ("memory=8GB\n", "in no section"),
        ("[wsl2]\nmemory 8GB\n", "has no ="),
        ("[wsl 2]\nmemory=8GB\n", "has no ="),
        ("[vm]\nmemory=8GB\n", "no section [vm]"),
        ("[wsl2]\nkernel=C:\\Users\\me\\bzImage\n", "backslashes"),
    ],
)
def test_what_wsl_passes_over_is_named(text: str, word: str) -> None:
    assert any(word in problem for problem in parse_wslconfig(text.encode()).problems)


def test_doubled_backslashes_are_right() -> None:
    assert parse_wslconfig(b"[wsl2]\nkernel=C:\\\\Users\\\\me\\\\bzImage\n").problems == ()


def test_sections_of_the_other_file() -> None:
    config = parse_wslconfig(b"[interop]\nappendWindowsPath=false\n[boot]\nsystemd=true\n[boot]\n")
    assert config.misplaced == ("interop", "boot")


@pytest.mark.parametrize(
    ("text", "size"),
    [("8GB", 8 << 30), ("8 gb", 8 << 30), ("8192MB", 8 << 30), ("1073741824", 1 << 30), ("8G", None), ("", None)],
)
def test_sizes(text: str, size: int | None) -> None:
    assert read_size(text) == size


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    parse_wslconfig(data)
