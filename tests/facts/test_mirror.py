"""From inside WSL: reg.exe's words, and where Windows' drive is."""

from __future__ import annotations

import pytest

from wslgpu.facts.mirror import as_registry, find_drive, read_query, wants_of_mirror, wants_of_user_files
from wslgpu.facts.windows_build import CURRENT
from wslgpu.system.answers import Absent, Answers, Content, Ran, Unknown, Value
from wslgpu.system.wants import ReadFile, Run

QUERY = (
    "\r\nHKEY_CURRENT_USER\\Software\\Lxss\r\n"
    "    DefaultDistribution    REG_SZ    {1}\r\n"
    "    (Standard)    REG_SZ    \r\n"
    "    NatIpAddress    REG_MULTI_SZ    a\\0b\r\n\r\n"
    "HKEY_CURRENT_USER\\Software\\Lxss\\{1}\r\n"
    "    Flags    REG_DWORD    0xf\r\n"
    "    Name with    four blanks    REG_SZ    x    y\r\n"
)


def mounts(line: str) -> Answers:
    return Answers({"mounts": Content(f"25 1 8:32 / / rw - ext4 /dev/sdc rw\n{line}\n".encode())})


def test_what_reg_exe_prints() -> None:
    tree = read_query(QUERY, "HKEY_CURRENT_USER\\Software\\Lxss")
    assert tree == {
        "values": {"DefaultDistribution": "{1}", "(Standard)": "", "NatIpAddress": ["a", "b"]},
        "subkeys": {"{1}": {"values": {"Flags": 15, "Name with    four blanks": "x    y"}, "subkeys": {}}},
    }


def test_no_such_key_in_any_language() -> None:
    assert as_registry(Ran(1, b"", "FEHLER: nicht gefunden\r\n".encode("cp850")), CURRENT) == Absent()
    assert isinstance(as_registry(Ran(5, b""), CURRENT), Unknown)
    assert isinstance(as_registry(Absent(), CURRENT), Unknown)


def test_utf_16_is_read_too() -> None:
    text = f"\r\nHKEY_LOCAL_MACHINE\\{CURRENT.key}\r\n    UBR    REG_DWORD    0xfc5\r\n"
    answer = as_registry(Ran(0, text.encode("utf-16-le")), CURRENT)
    assert answer == Value({"values": {"UBR": 4037}, "subkeys": {}})


@pytest.mark.parametrize(
    ("line", "drive"),
    [
        ("60 25 0:52 / /mnt/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\134;uid=1000", "/mnt/c"),
        ("60 25 0:52 / /c rw - 9p C:\\134 rw,aname=drvfs", "/c"),
        ("60 25 0:52 / /win/c rw - drvfs C: rw", "/win/c"),
        ("60 25 0:52 / /mnt/d rw - 9p D:\\134 rw,aname=drvfs;path=D:\\134", None),
        ("31 25 0:26 / /usr/lib/wsl/drivers ro - 9p none ro,aname=drivers", None),
    ],
)
def test_where_drive_c_is(line: str, drive: str | None) -> None:
    answers = mounts(line)
    assert find_drive(answers) == drive
    programs = {want.argv[0] for want in wants_of_mirror(answers) if isinstance(want, Run)}
    assert programs == ({f"{drive}/Windows/System32/reg.exe"} if drive else set())


def test_the_users_folder_is_asked_of_windows() -> None:
    told = "\r\nHKEY_CURRENT_USER\\Volatile Environment\r\n    USERPROFILE    REG_SZ    C:\\Users\\J Doe\r\n"
    answers = mounts("60 25 0:52 / /c rw - 9p C:\\134 rw").merged(
        Answers({"mirror.windows.volatile": Ran(0, told.encode())})
    )
    files = [want.path for want in wants_of_user_files(answers) if isinstance(want, ReadFile)]
    assert files == ["/c/Users/J Doe/.wslconfig"]
