"""Keys go into the user's file; nothing else of it changes."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslgpu.facts.wslconfig import parse_wslconfig
from wslgpu.plan.ini_merge import merge_ini, read_ini_bytes

FILE = """# mine: do not touch
[WSL2]
 Memory = 8GB   # half
localhostForwarding=true

[experimental]
sparseVhd=true
oddKey=1
"""


def test_a_value_changes_in_its_place_and_comments_stay() -> None:
    merged = merge_ini(FILE, {"wsl2.memory": "24GB"}, over=True)
    assert merged == FILE.replace("8GB", "24GB")


def test_without_over_the_users_value_stands_and_a_new_key_goes_to_its_section() -> None:
    merged = merge_ini(FILE, {"wsl2.memory": "24GB", "wsl2.swap": "8GB"}, over=False, notes={"wsl2.swap": "why"})
    assert merged == FILE.replace("=true\n\n", "=true\n# why\nswap=8GB\n\n", 1)


def test_a_section_that_is_not_there_comes_last() -> None:
    assert merge_ini("", {"wsl2.swap": "8GB"}, over=True) == "[wsl2]\nswap=8GB\n"
    assert merge_ini("# x\n\n\n", {"wsl2.swap": "8GB"}, over=True) == "# x\n\n[wsl2]\nswap=8GB\n"
    assert merge_ini("[boot]\na=1", {"wsl2.swap": "0"}, over=True) == "[boot]\na=1\n\n[wsl2]\nswap=0\n"


def test_of_two_lines_the_last_counts_as_for_wsl() -> None:
    text = "[wsl2]\nmemory=1GB\nmemory=2GB\n"
    assert merge_ini(text, {"wsl2.memory": "3GB"}, over=True) == "[wsl2]\nmemory=1GB\nmemory=3GB\n"


def test_a_line_that_is_commented_out_is_no_key() -> None:
    text = "[wsl2]\n#memory=1GB\n"
    assert merge_ini(text, {"wsl2.memory": "3GB"}, over=True) == "[wsl2]\n#memory=1GB\nmemory=3GB\n"


FORMS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 and CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "utf-8 with a mark": lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(),
    "utf-16 with a mark": lambda text: codecs.BOM_UTF16_LE + text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf-16 big-endian": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf-16 without a mark": lambda text: text.replace("\n", "\r\n").encode("utf-16-le"),
    "cp1252": lambda text: text.encode("cp1252"),
    "no end of the last line": lambda text: text.rstrip("\n").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_file_is_kept(form: str) -> None:
    text = "# Übung\n[wsl2]\nmemory=8GB\nswap=2GB\n"
    data = FORMS[form](text)
    old = read_ini_bytes(data)
    assert old.to_bytes(old.text) == data
    assert old.to_bytes(merge_ini(old.text, {"wsl2.memory": "24GB"}, over=True)) == FORMS[form](text.replace("8", "24"))
    assert parse_wslconfig(data).values["wsl2.memory"] == "8GB"


def test_both_line_ends_in_one_file_stay_where_they_are() -> None:
    data = b"[wsl2]\r\nmemory=8GB\nswap=2GB\r\n"
    old = read_ini_bytes(data)
    assert old.to_bytes(merge_ini(old.text, {"wsl2.swap": "9GB"}, over=True)) == data.replace(b"2GB", b"9GB")


LINES = st.sampled_from(
    [
        "[wsl2]",
        "[WSL2]",
        "[boot]",
        "",
        "# memory=1GB",
        "memory=1GB",
        "swap = 2GB # x",
        "kernel=C:\\\\k",
        "garbage",
        "=",
        " ",
    ]
)


@given(st.lists(LINES), st.booleans())
def test_any_file_keeps_its_lines_and_gets_the_value(lines: list[str], over: bool) -> None:
    text = "\n".join(lines)
    before = parse_wslconfig(text.encode()).values
    merged = merge_ini(text, {"wsl2.memory": "24GB"}, over=over)
    after = parse_wslconfig(merged.encode()).values
    wanted = before.get("wsl2.memory", "24GB") if not over else "24GB"
    assert after == {**before, "wsl2.memory": wanted}
    rest = [line for line in merged.split("\n") if line.strip() and "memory=" not in line]
    assert [line for line in lines if line.strip() and "memory=" not in line] == [
        line for line in rest if line != "[wsl2]" or "[wsl2]" in lines
    ][: len(rest)]


@given(st.binary(max_size=200))
def test_any_bytes_come_back_as_they_were(data: bytes) -> None:
    old = read_ini_bytes(data)
    assert old.to_bytes(old.text) == data
