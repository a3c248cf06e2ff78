"""Bytes that a program printed -> text. Never raises, never drops a stream because one part of it is odd.

wsl.exe prints its own words as UTF-16LE without a BOM (UTF-8 only with WSL_UTF8=1, and not the inbox one), while what
the Linux command prints passes through as it is: one stream can hold both (microsoft/WSL#4607). Old builds end lines
with CR CR LF. cmd.exe's own messages come in the OEM code page of the machine.
"""

from __future__ import annotations

import codecs
import re
from array import array
from functools import cache

__all__ = ["decode", "normalize_newlines"]

_NEWLINES = re.compile(r"\r+\n|\r")
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
# Four UTF-16 units in a row whose eight bytes are all printable ASCII: rare in Chinese, certain in a mixed stream.
_NARROW_RUN = re.compile(rb"[\x20-\x7e]{8}")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def decode(data: bytes, oem: str | None = None) -> str:
    """The text of ``data``. ``oem``: the machine's OEM code page ("cp850") where it is known; guessed otherwise.

    Any NUL byte means UTF-16LE (BOM or not, odd length, torn at either end), in whole or in part; else UTF-8; else an
    OEM code page. CR CR LF and CR LF become LF, a lone CR (a progress bar) too. Linear in ``len(data)``; never raises.
    """
    if data.startswith(codecs.BOM_UTF16_BE):
        text = data[2:].decode("utf-16-be", "replace")
    elif data.startswith(codecs.BOM_UTF16_LE) and not _looks_mixed(data):
        text = data[2:].decode("utf-16-le", "replace")
    elif _CONTROLS.search(data):
        text = _decode_mixed(data, oem)
    else:
        text = _decode_narrow(data, oem)
    return normalize_newlines(text.replace("\ufeff", "").replace("\0", ""))


def normalize_newlines(text: str) -> str:
    """CR CR LF, CR LF and a lone CR become LF."""
    return _NEWLINES.sub("\n", text) if "\r" in text else text


def _looks_mixed(data: bytes) -> bool:
    return len(data) % 2 == 1 or bool(_NARROW_RUN.search(data))


def _decode_mixed(data: bytes, oem: str | None) -> str:
    high = data[1::2]
    # A line's end in the high half of a unit is 8-bit text taken two by two: no letter in use has such a number.
    if len(data) % 2 == 0 and high.count(0) * 2 >= len(high) and b"\n" not in high and not _NARROW_RUN.search(data):
        try:
            return data.decode("utf-16-le")
        except UnicodeDecodeError:
            pass
    parts = []
    for wide, piece in _split_by_width(data):
        parts.append(piece.decode("utf-16-le", "replace") if wide else _decode_narrow(piece, oem))
    return "".join(parts)


# The cheapest reading of each byte, over two states (a byte of 8-bit text, two bytes of UTF-16LE). The figures are
# relative: what is common in one form and odd in the other decides. A change of width is cheap after a line's end,
# where programs take turns, and dear inside a line.
_SWITCH_AT_LINE, _SWITCH_INSIDE = 1.0, 8.0
_WIDE_ASCII, _WIDE_LETTER, _WIDE_CJK, _WIDE_SHIFTED, _WIDE_ODD = 0.4, 2.0, 3.0, 8.0, 14.0
_NARROW_PLAIN, _NARROW_UTF8, _NARROW_HIGH, _NARROW_CONTROL, _NARROW_NUL = 1.0, 1.1, 6.0, 9.0, 20.0
_TORN_UNIT = 1.5


def _narrow_costs() -> list[float]:
    costs = []
    for byte in range(256):
        if byte == 0:
            costs.append(_NARROW_NUL)
        elif byte in (9, 10, 13, 27) or 0x20 <= byte <= 0x7E:
            costs.append(_NARROW_PLAIN)
        else:
            costs.append(_NARROW_HIGH if byte >= 0x80 else _NARROW_CONTROL)
    return costs


def _wide_cost(low: int, high: int) -> float:
    if high == 0:
        if low in (9, 10, 13, 27) or 0x20 <= low <= 0x7E:
            return _WIDE_ASCII
        return _WIDE_LETTER if low >= 0xA0 else _WIDE_ODD
    if low == 0 and 0x4E < high <= 0x7E:  # an ASCII character read one byte too early
        return _WIDE_SHIFTED
    if high in (0x01, 0x03, 0x04, 0x20, 0x21, 0x22, 0x25):  # Latin, Greek, Cyrillic, punctuation, signs, boxes
        return _WIDE_LETTER
    if high == 0x30 or 0x4E <= high <= 0x9F or 0xAC <= high <= 0xD7 or high == 0xFF:  # kana, CJK, Hangul, full width
        return _WIDE_CJK
    return 1.0 if (high, low) == (0xFE, 0xFF) else _WIDE_ODD


_NARROW_COST = _narrow_costs()


@cache
def _wide_costs() -> list[float]:
    """Made at the first mixed stream: 65,536 entries take longer than all of doctor's imports."""
    return [_wide_cost(unit & 0xFF, unit >> 8) for unit in range(0x10000)]


def _split_by_width(data: bytes) -> list[tuple[bool, bytes]]:
    """Runs of ``data`` as (is UTF-16LE, bytes), in order: the cheapest path through the two states, in linear time."""
    size = len(data)
    wide_cost = _wide_costs()
    cost_of_byte = [_NARROW_COST[byte] for byte in data]
    for sequence in _UTF8_SEQUENCE.finditer(data):
        for at in range(sequence.start(), sequence.end()):
            cost_of_byte[at] = _NARROW_UTF8
    narrow, wide = [0.0] * (size + 1), [0.0] * (size + 1)
    # How each state was entered: 1 from wide, 0 from narrow.
    narrow_from, wide_from = array("b", bytes(size + 1)), array("b", bytes(size + 1))
    infinity = float("inf")
    for at in range(1, size + 1):
        before = at - 1
        change = _SWITCH_AT_LINE if _ends_line(data, before) else _SWITCH_INSIDE
        stay, turn = narrow[before], wide[before] + change
        narrow_from[at] = 1 if turn < stay else 0
        narrow[at] = min(stay, turn) + cost_of_byte[before]
        if at < 2:
            wide[at] = infinity
            continue
        before = at - 2
        change = _SWITCH_AT_LINE if _ends_line(data, before) else _SWITCH_INSIDE
        stay, turn = wide[before], narrow[before] + change
        wide_from[at] = 1 if stay <= turn else 0
        wide[at] = min(stay, turn) + wide_cost[data[before] | data[before + 1] << 8]
    end, last_wide = size, wide[size] <= narrow[size]
    if size > 2 and wide[size - 1] + _TORN_UNIT < min(wide[size], narrow[size]):
        # Torn in the middle of a unit: the half is dropped.
        end, last_wide = size - 1, True
    runs: list[tuple[bool, bytes]] = []
    at, is_wide, stop = end, last_wide, end
    while at > 0:
        came_wide = bool(wide_from[at]) if is_wide else bool(narrow_from[at])
        at -= 2 if is_wide else 1
        if came_wide != is_wide or at <= 0:
            runs.append((is_wide, data[at:stop]))
            stop, is_wide = at, came_wide
    runs.reverse()
    return runs


def _ends_line(data: bytes, at: int) -> bool:
    if at == 0:
        return True
    return data[at - 1] == 10 or (data[at - 1] == 0 and at >= 2 and data[at - 2] == 10)


def _decode_narrow(data: bytes, oem: str | None) -> str:
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if oem:
        try:
            return data.decode(oem, "replace")
        except LookupError:
            pass
    torn = data.decode("utf-8", "replace")
    whole = sum(1 for char in torn if char > "\x7f" and char != "\ufffd")
    broken = torn.count("\ufffd")
    if whole > 2 * broken:  # UTF-8 cut at an end or spoilt in places: no code page gives so many whole sequences
        return torn
    return _guess_code_page(data) or torn


# Letters that the messages of Windows use and that tell one code page's language from another's.
_MARKS = {
    "cp936": "的不是内部或外命令也运行程序批处理文件错误版本默认分发虚拟机启用无法请",
    "cp950": "的不是內部或外命令也執行程式批次檔錯誤版本預設發佈虛擬機啟用無法請",
    "cp932": "のはがをにでとしていませんコマンドバージョン認識されている操作可能",
    "cp949": "은는이가을를의에다니습버전배포기본오류코드명령실행",
    "cp866": "аеиоутнсрвлкмпдя",
    "cp1251": "аеиоутнсрвлкмпдя",
    "cp850": "äöüßéèêàáíóúñçãõìòùÄÖÜ",
    "cp1252": "äöüßéèêàáíóúñçãõìòùÄÖÜ",
    "cp852": "ąćęłńóśźżáčďéěíňřšťúůýžőű",
    "cp857": "ğışçöüİ",
}


def _guess_code_page(data: bytes) -> str | None:
    """The reading with the largest share of expected letters among its non-ASCII characters; None where none fits."""
    best, best_score = None, 0.0
    for name, marks in _MARKS.items():
        try:
            text = data.decode(name, "replace")
        except LookupError:  # a Python built without the CJK codecs
            continue
        high = [char for char in text if char > "\x7f"]
        if not high:
            continue
        score = (sum(char in marks for char in high) - 2 * sum(char == "\ufffd" for char in high)) / len(high)
        if score > best_score + 1e-9:
            best, best_score = text, score
    if best is not None:
        return best
    try:
        return data.decode("cp437")
    except LookupError:
        return None
