"""The table of codes: whole, consistent, and found by every spelling that users have."""

from __future__ import annotations

import re

import pytest

from wslgpu.knowledge.codes import codes, describe_family, find_codes, looks_like_code, nearest_codes, spellings

SLUG = re.compile(r"[a-z0-9][a-z0-9.-]+[a-z0-9]$")


def test_every_row_is_whole() -> None:
    seen = set()
    for code in codes():
        assert (code.area, code.number) not in seen
        seen.add((code.area, code.number))
        assert code.area in ("wsl", "cuda", "wsl-exit", "exit", "msi")
        assert re.fullmatch(r"0x[0-9a-f]{8}" if code.area == "wsl" else r"\d+", code.number)
        assert code.meaning.endswith(".")
        assert code.do
        assert code.source
        assert code.status in ("ok", "info", "warn", "fail", "unknown")  # unknown: the code alone does not tell
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", code.checked)
        assert all(SLUG.match(slug) for slug in code.slugs)


def test_no_name_stands_twice() -> None:
    names = [name for code in codes() for name in code.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("spelled", "number"),
    [
        ("0x80370102", "0x80370102"),
        ("0X80370102", "0x80370102"),
        ("-2143878910", "0x80370102"),
        ("2151088386", "0x80370102"),
        ("HCS_E_HYPERV_NOT_INSTALLED", "0x80370102"),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED", "0x80370102"),
        ("Wsl/Service/0x8007274c", "0x8007274c"),
        ("0x1bc", "0x800701bc"),
        ("wsl_e_console", "0x80040306"),
        ("cuinit 100", "100"),
        ("cuInit: 303", "303"),
        ("CUDA_ERROR_NO_DEVICE", "100"),
        ("34", "34"),
        ("50", "50"),
        ("-1", "4294967295"),
        ("4294967295", "4294967295"),
        ("0xffffffff", "4294967295"),
        ("exit code 137", "137"),
    ],
)
def test_spellings_of_users(spelled: str, number: str) -> None:
    assert [code.number for code in find_codes(spelled)] == [number]
    assert looks_like_code(spelled) or spelled.islower()


@pytest.mark.parametrize(
    "spelled", ["", "   ", "qux", "0x", "0xzz", "99999999999999", "-99999999999", "Wsl/", "Wsl/Service/Qux"]
)
def test_what_is_not_known_gives_nothing(spelled: str) -> None:
    assert find_codes(spelled) == ()


def test_the_nearest_are_named() -> None:
    assert "WSL_E_CONSOLE" in nearest_codes("WSL_E_CONSOL")
    assert "HCS_E_SERVICE_NOT_AVAILABLE" in nearest_codes("Wsl/Service/HCS_E_SERVICE_NOT_AVAIL")
    assert nearest_codes("") == ()


def test_an_unknown_windows_error_is_at_least_named_as_one() -> None:
    assert "2457" in str(describe_family("0x80070999"))
    assert describe_family("qux") is None


def test_a_decimal_is_also_a_hexadecimal() -> None:
    assert "0x80370102" in spellings("-2143878910")
    assert spellings("qux") == ()
