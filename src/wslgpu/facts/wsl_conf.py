"""/etc/wsl.conf: what this distribution was told, and whether Windows' programs can be called from it.

WSL reads sections and keys without regard to case, and takes the last of two (microsoft/WSL src/shared/configfile).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from wslgpu.facts.shapes import is_there
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile

FILE = ReadFile("wsl.conf", "/etc/wsl.conf")
INTEROP = Inspect("wsl.interop", "/proc/sys/fs/binfmt_misc/WSLInterop")
INTEROP_LATE = Inspect("wsl.interop_late", "/proc/sys/fs/binfmt_misc/WSLInterop-late")
WANTS = (FILE, INTEROP, INTEROP_LATE)
TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True)
class WslConf:
    """`keys`: "section.key" in lower case; empty where there is no file. `interop`: Windows' programs start.

    `text`: the file; None where there is none, or it could not be read.
    """

    keys: Mapping[str, str] | Unknown
    interop: bool | Unknown
    text: str | None = field(default=None, compare=False, repr=False)

    def says_no(self, key: str) -> bool | Unknown:
        """Whether a switch is turned off."""
        if isinstance(self.keys, Unknown):
            return self.keys
        return self.keys.get(key, "").lower() in FALSE


def read_wsl_conf(answers: Answers) -> WslConf:
    """The file, and the two marks that interop leaves."""
    text = answers.text(FILE.id)
    marks = [is_there(answers, want.id) for want in (INTEROP, INTEROP_LATE)]
    interop = True if True in marks else next((mark for mark in marks if isinstance(mark, Unknown)), False)
    keys = text if isinstance(text, Unknown) else read_ini(text or "")
    return WslConf(keys, interop, text if isinstance(text, str) else None)


def read_ini(text: str) -> Mapping[str, str]:
    """{"wsl2.memory": "8GB"}: sections and keys in lower case, values as they stand; other lines left out."""
    keys: dict[str, str] = {}
    section = ""
    for line in text.lstrip("\ufeff").splitlines():
        line = line.strip()
        header = re.match(r"\[([^\]]{1,60})\]", line)
        if header:
            section = header[1].strip().lower()
        elif "=" in line and line[0] not in "#;":
            key, value = line.split("=", 1)
            value = re.split(r"\s[#;]", value)[0].strip()
            keys[f"{section}.{key.strip().lower()}"] = value.strip("\"'")
    return keys
