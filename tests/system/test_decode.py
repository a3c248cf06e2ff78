"""Bytes of programs -> text: UTF-16 without a BOM, mixed, torn, code pages. All texts are synthetic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wslgpu.system.decode import decode

TEXTS = [
    "WSL one: 1.2.3.4\nKern two: 5.6.7.8-1\n",
    "Версия: 2\nДистрибутив: Ubuntu\n",
    "既定の名前: Debian\n上のバージョン: 2\n",
    "기본 이름: Ubuntu\n",
    "默认名称：Ubuntu\n上上上：2\n",
    "Größe für Müller: 3 €\n",
]
ENDS = ["\n", "\r\n", "\r\r\n"]


@pytest.mark.parametrize("end", ENDS, ids=["lf", "crlf", "crcrlf"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16"])
@pytest.mark.parametrize("text", TEXTS)
def test_every_wire_form_reads_the_same(text: str, encoding: str, end: str) -> None:
    assert decode(text.replace("\n", end).encode(encoding)) == text


def test_big_endian_with_a_bom() -> None:
    assert decode(b"\xfe\xff" + "Ubuntu 2\r\n".encode("utf-16-be")) == "Ubuntu 2\n"


@pytest.mark.parametrize("linux", ["Linux box 6.6.1\n", "ok\n", "yes\n", "Привет\n", "naïve\n", "x\n"])
@pytest.mark.parametrize("wsl", TEXTS)
def test_a_stream_may_hold_wsl_exes_utf16_and_linuxs_utf8(wsl: str, linux: str) -> None:
    wide, narrow = wsl.encode("utf-16-le"), linux.encode("utf-8")
    assert decode(wide + narrow) == wsl + linux
    assert decode(narrow + wide) == linux + wsl
    assert decode(wide + narrow + wide) == wsl + linux + wsl


@pytest.mark.parametrize("text", TEXTS)
def test_torn_at_the_end_loses_no_more_than_the_last_line(text: str) -> None:
    data = text.encode("utf-16-le")
    for size in range(len(data)):
        if b"\0" not in data[:size]:
            continue  # nothing says yet that it is UTF-16
        whole = data[: size - size % 2].decode("utf-16-le")
        lines = whole[: whole.rfind("\n") + 1]  # 0A 4E at the very end can be 上 as well as a line's end and an N
        got = decode(data[:size])
        assert got.startswith(lines), (size, got)


def test_torn_at_the_beginning_keeps_the_rest() -> None:
    assert decode("Ubuntu Stopped\n".encode("utf-16-le")[1:]).endswith("buntu Stopped\n")


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("'wsl' 不是内部或外部命令，也不是可运行的程序", "cp936"),
        ("'wsl' 不是內部或外部命令、可執行的程式", "cp950"),
        ("'wsl' は認識されていません", "cp932"),
        ("'wsl'은(는) 내부 또는 외부 명령이 아닙니다", "cp949"),
        ('"wsl" не является командой', "cp866"),
        ("Der Befehl könnte falsch geschrieben sein", "cp850"),
    ],
)
def test_the_code_page_is_guessed_or_given(text: str, page: str) -> None:
    assert decode(text.encode(page)) == text
    assert decode(text.encode(page), oem=page) == text


def test_an_unknown_code_page_is_no_error() -> None:
    assert decode(b"\x84\x81", oem="cp99999") != ""


def test_utf8_torn_in_a_character_stays_utf8() -> None:
    assert decode("Версия ядра".encode()[:-1]).startswith("Версия ядр")


def test_a_progress_bar_becomes_lines() -> None:
    assert decode(b"10%\r20%\r\n") == "10%\n20%\n"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_become_text(data: bytes) -> None:
    text = decode(data)
    assert "\0" not in text
    assert "\r" not in text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=("Cc",)), min_size=1), st.sampled_from(ENDS))
def test_ascii_in_utf16_reads_as_itself(text: str, end: str) -> None:
    assert decode((text + end).encode("utf-16-le")) == text + "\n"
