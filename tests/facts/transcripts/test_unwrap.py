"""Lines that a terminal broke at its width."""

from __future__ import annotations

import pytest

from wslgpu.facts.transcripts import recognize
from wslgpu.facts.transcripts.unwrap import unwrap

# Of our own making; each is longer than 80 columns.
LOG = "2031-01-02 03:04:05.678: E qux/cuda/cuda_platform.cc:51] failed call to cuInit: INTERNAL: CUDA error: CUDA_ERROR_NO_DEVICE: xo"
BUILD = "[ok] Frob (Channel qux, 9.38.7, on a machine with Microsoft Windows [Xo 10.0.26200.7623], locale xo-XO)"
ERROR = "Xo qux frob zot. Qux: Wsl/Service/RegisterDistro/CreateVm/HCS/SOMETHING_E_SERVICE_NOT_AVAILABLE"


def broken_at(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize(
    ("line", "kind", "key", "value"),
    [
        (LOG, "tf-log", "diagnosis", "cuda_no_device"),
        (BUILD, "windows-build", "revision", 7623),
        (ERROR, "wsl-error", "symbol", "SOMETHING_E_SERVICE_NOT_AVAILABLE"),
    ],
)
def test_a_broken_line_is_read_whole(line: str, kind: str, key: str, value: object) -> None:
    assert len(line) > 80
    found = {item.kind: item.facts for item in recognize("Hello\n" + broken_at(line, 80) + "\nBye\n")}
    assert found[kind][key] == value


def test_what_a_logger_wrote_before_a_line_does_not_make_it_a_broken_one() -> None:
    stamp = "2031-01-02T03:04:05.1234567Z "
    value = "9.8.7-" + "x" * (80 - len(stamp) - len("Xo WSLg: 9.8.7-"))
    lines = [stamp + line for line in ("Xo WSL: 9.8.7.0", f"Xo WSLg: {value}", "Xo MSRDC: 1.2.4")]
    assert max(len(line) for line in lines) == 80
    (found,) = [item.facts for item in recognize("\n".join(lines)) if item.kind == "wsl-version"]
    assert found["wslg"] == value


@pytest.mark.parametrize(
    "text",
    [
        "short\nlines\n",
        "x" * 81 + "\n" + "y" * 80 + "\nz",  # longer than the width: nothing was broken at it
        "x" * 79 + "|\n" + "y" * 79 + "|\nz",  # rows of a table that is just as wide
        "x" * 80 + "\n  next",  # the next line begins of its own
        "",
    ],
)
def test_whole_lines_stay_as_they_are(text: str) -> None:
    assert unwrap(text) == text
