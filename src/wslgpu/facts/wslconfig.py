"""%USERPROFILE%\\.wslconfig by its bytes: WSL reads it as UTF-8, line by line, and passes over what it does not know.

A file that PowerShell 5.1 wrote with `>` is UTF-16; a key on the line of its section's header is not seen; Notepad adds
".txt" (microsoft/WSL#7851, #11151, #11228). None of it gives a message that people see.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from wslgpu.facts.windows_session import PROFILE
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile, Want

FILE_ID, TXT_ID = "windows.wslconfig", "windows.wslconfig_txt"
Encoding = Literal["utf-8", "utf-8 with BOM", "utf-16", "other"]
_SECTION = re.compile(r"\[\s*([\w.]+)\s*\]\s*(.*)$")
_SIZE = re.compile(r"(\d+)\s*(B|KB|MB|GB|TB)?$", re.IGNORECASE)
_UNITS = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
SECTIONS = ("wsl2", "experimental", "general", "wslc")
# Sections of /etc/wsl.conf: they do nothing in this file.
OF_WSL_CONF = ("automount", "interop", "network", "boot", "user", "gpu", "time", "filesystem", "fileserver")


@dataclass(frozen=True)
class WslConfig:
    """`values`: "wsl2.memory" -> "8GB", as WSL sees them. `problems`: what WSL passes over, and why.

    `misplaced`: sections that belong into /etc/wsl.conf.
    `named_txt`: there is a .wslconfig.txt instead. `data`: the file's bytes.
    """

    encoding: Encoding
    values: Mapping[str, str]
    problems: tuple[str, ...]
    misplaced: tuple[str, ...]
    named_txt: bool = False
    data: bytes = field(default=b"", compare=False, repr=False)

    def is_false(self, key: str) -> bool:
        """The switch is off. WSL takes true, false, 1 and 0 in any case."""
        return self.values.get(key, "").lower() in ("false", "0")

    def is_true(self, key: str) -> bool:
        """The switch is on."""
        return self.values.get(key, "").lower() in ("true", "1")

    def size(self, key: str) -> int | None:
        """A size in bytes; None where the key is not there or is no size."""
        return read_size(self.values.get(key, ""))


def wants_of_wslconfig(answers: Answers) -> tuple[Want, ...]:
    """The file lies in the user's folder of Windows; None of it is asked where that folder is unknown."""
    profile = answers.value(PROFILE.id)
    if not isinstance(profile, str):
        return ()
    return (ReadFile(FILE_ID, rf"{profile}\.wslconfig"), Inspect(TXT_ID, rf"{profile}\.wslconfig.txt"))


def read_wslconfig(answers: Answers) -> WslConfig | Unknown | None:
    """None where there is no such file, under no name."""
    data = answers.data(FILE_ID)
    if isinstance(data, Unknown):
        return data
    txt = answers.value(TXT_ID)
    if data is None:
        there = txt is not None and not isinstance(txt, Unknown)
        return WslConfig("utf-8", {}, (), (), named_txt=True) if there else None
    return parse_wslconfig(data)


def parse_wslconfig(data: bytes) -> WslConfig:
    """The file's bytes as WSL would see them. Never raises."""
    encoding, text = _decode(data)
    values: dict[str, str] = {}
    problems: list[str] = []
    misplaced: list[str] = []
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        header = _SECTION.match(line)
        if header:
            section = header[1].lower()
            if section in OF_WSL_CONF:
                misplaced.append(header[1])
            elif section not in SECTIONS:
                problems.append(f"line {number}: there is no section [{header[1]}]")
            if header[2]:
                problems.append(f"line {number}: {header[2]!r} stands on the line of [{header[1]}] and is not read")
            continue
        key, equals, value = line.partition("=")
        if not equals:
            problems.append(f"line {number}: {line[:60]!r} has no =")
        elif not section:
            problems.append(f"line {number}: {key.strip()} stands in no section")
        else:
            values[f"{section}.{key.strip().lower()}"] = value.strip().strip('"')
    if re.search(r"^\s*(?:kernel|swapfile)\s*=\s*\"?[A-Za-z]:\\(?!\\)", text, re.IGNORECASE | re.MULTILINE):
        problems.append("a path has single backslashes; WSL wants them doubled")
    return WslConfig(encoding, values, tuple(problems), tuple(dict.fromkeys(misplaced)), data=data)


def read_size(text: str) -> int | None:
    """8GB, 8 GB, 8192MB or bytes; None for what is no size."""
    match = _SIZE.match(text.strip())
    return int(match[1]) * _UNITS[(match[2] or "").upper()] if match else None


def _decode(data: bytes) -> tuple[Encoding, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", data.decode("utf-16", "replace")
    if b"\0" in data:
        return "utf-16", data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8 with BOM", data.decode("utf-8-sig", "replace")
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        return "other", data.decode("cp1252", "replace")
