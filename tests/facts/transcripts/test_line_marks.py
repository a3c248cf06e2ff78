"""What pasting puts around every line of a transcript, and that it is taken off only where every line has it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from wslgpu.facts.transcripts import recognize
from wslgpu.facts.transcripts.line_marks import strip_line_marks

# Of our own making: invented versions and names.
VERSION = "Xo WSL: 9.8.7.0\nXo qur: 6.7.8.9-1\nXo WSLg: 1.2.3\nXo MSRDC: 1.2.4\nXo Windows: 10.0.22631.1\n"
TABLE = "  NAME       STATE      VERSION\n* my.box     Running    2\n  other      Stopped    1\n"
SMI = (
    "+-----------------------------------------------------------------------+\n"
    "| NVIDIA-SMI 571.11        Driver Version: 571.11   CUDA Version: 12.8   |\n"
    "|   0  NVIDIA RTX 9999          WDDM | 00000000:01:00.0  On |        Off |\n"
    "|  0%   30C    P8      10W /    450W |   500MiB /  24564MiB |    Default |\n"
)
TEXTS = {"wsl-version": VERSION, "wsl-list": TABLE, "nvidia-smi": SMI}


def each(mark: Callable[[int, str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(mark(at, line) for at, line in enumerate(text.rstrip("\n").split("\n"), 1))


MARKS: dict[str, Callable[[str], str]] = {
    "quoted": each(lambda at, line: "> " + line),
    "quoted twice": each(lambda at, line: "> > " + line),
    "numbered with a colon": each(lambda at, line: f"{at + 8}: {line}"),
    "cat -n": each(lambda at, line: f"{at:6d}\t{line}"),
    "an editor's numbers": each(lambda at, line: f"{at:4d}  {line}"),
    "docker compose": each(lambda at, line: f"app-1  | {line}"),
    "a diff": each(lambda at, line: "+" + line),
    "a log of CI": each(lambda at, line: f"2031-01-02T03:04:05.1234567Z {line}"),
    "Markdown's line breaks": each(lambda at, line: line + "\\"),
    "HTML's line breaks": each(lambda at, line: line + "<br/>"),
    "each line as code": each(lambda at, line: f"`{line}`"),
    "a field of JSON": lambda text: json.dumps({"rc": 0, "stdout": text, "stderr": ""}),
    "JSON in ASCII, CR LF": lambda text: json.dumps([{"out": text.replace("\n", "\r\n")}], ensure_ascii=True),
    "HTML's entities": lambda text: "<pre>" + text.replace(" ", "&nbsp;") + "</pre>",
    "a summary that unfolds": lambda text: f"<details><summary>\n{text}</summary></details>",
}


@pytest.mark.parametrize("kind", list(TEXTS))
@pytest.mark.parametrize("name", list(MARKS))
def test_marks_around_every_line_change_nothing(name: str, kind: str) -> None:
    plain = next(item.facts for item in recognize(TEXTS[kind]) if item.kind == kind)
    marked = {item.kind: item.facts for item in recognize(MARKS[name](TEXTS[kind]))}
    assert marked.get(kind) == plain


@pytest.mark.parametrize(
    "lines",
    [
        ["1. open a window", "1. type a word"],
        ["3 apples", "2 pears"],
        ["+--------+", "+ a table +", "+--------+"],
        ["a | b", "c | d"],
        ["> only one line is quoted", "this one is not"],
        ["C:\\one\\", "no break here"],
        ["alone"],
    ],
)
def test_what_is_no_mark_of_all_lines_stays(lines: list[str]) -> None:
    assert strip_line_marks(lines) == lines


def test_half_a_character_in_json_reaches_no_stream_as_such() -> None:
    text = json.dumps({"out": VERSION + "Xo \ud83d\n"}, ensure_ascii=True)
    facts = [item.facts for item in recognize(text)]
    assert json.dumps(facts, ensure_ascii=False).encode("utf-8")


def test_a_document_of_single_values_keeps_its_keys() -> None:
    found = {item.kind: item.facts for item in recognize('{"OsBuildNumber": 22631, "UBR": 4317}')}
    assert found == {"windows-build": {"build": 22631, "revision": 4317}}
