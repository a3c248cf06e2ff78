"""Error codes: HRESULTs and their names, numbers of the CUDA driver, exit codes. Pure look-ups in codes.toml."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

_PATH = re.compile(r"(?:Wslg?|Bash|WslConfig|WslC)(?:[/\\][^/\\\s]+)+$", re.IGNORECASE)
_WORDS = re.compile(r"[\s=:()]+")
_CUDA_WORDS = ("cuinit", "cuda", "curesult", "cuda_error")
_SMALL = re.compile(r"\d{1,5}$")  # "numpy 2" is no code: a small number is one alone, or beside a word that says so
_CODE_WORDS = re.compile(r"cu(?:init|da|result)|err|exit|code|status|result|return|fail|signal|wsl", re.IGNORECASE)
_FACILITIES = {
    0x8007: "a Windows error ({low}, see `net helpmsg {low}`)",
    0x8037: "an error of Windows' virtualization (Host Compute Service)",
    0x8004: "an error of WSL or of a Windows component",
    0x8019: "an HTTP status ({low})",
    0x8024: "an error of Windows Update",
}


@dataclass(frozen=True)
class Code:
    """One row. `slugs`: what it can mean, the first to look at in front; the code alone does not tell which."""

    area: str
    number: str
    names: tuple[str, ...]
    meaning: str
    do: str
    slugs: tuple[str, ...]
    status: str
    source: str
    checked: str

    @property
    def label(self) -> str:
        """`0x80370102 HCS_E_HYPERV_NOT_INSTALLED`, `cuInit 100 CUDA_ERROR_NO_DEVICE`, `exit code 50 of wsl.exe`."""
        number = {
            "cuda": "CUDA ",
            "wsl-exit": "wsl.exe's exit code ",
            "exit": "exit code ",
            "msi": "Windows Installer ",
        }
        return " ".join([number.get(self.area, "") + self.number, *(n for n in self.names if n != "-1")])


@cache
def codes() -> tuple[Code, ...]:
    """All rows, in the order of the file."""
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    return tuple(_read_row(row) for row in tomllib.loads(text)["code"])


def find_codes(text: str) -> tuple[Code, ...]:
    """The rows that a user's spelling means; () where none is known.

    Taken are 0x80370102 in any case, its decimal forms (-2143878910, 2151088386), a whole path (the last step of
    Wsl/Service/.../HCS_E_HYPERV_NOT_INSTALLED counts), names, `cuinit 100`, and bare numbers: where a small one can be
    CUDA's or an exit code, both are given.
    """
    spelled = text.strip().strip("\"'`.,;")
    if _PATH.match(spelled):
        spelled = re.split(r"[/\\]", spelled)[-1]
    words = [word for word in _WORDS.split(spelled) if word]
    if not words:
        return ()
    areas: tuple[str, ...] | None = ("cuda",) if len(words) > 1 and words[0].lower() in _CUDA_WORDS else None
    if len(words) > 1 and words[0].lower() in ("exit", "code"):
        areas = ("wsl-exit", "exit", "msi")
    for word in reversed(words):
        if len(words) > 1 and _SMALL.match(word) and not _CODE_WORDS.search(spelled):
            continue
        found = _find(word, areas)
        if found:
            return found
    return ()


def _find(word: str, areas: tuple[str, ...] | None) -> tuple[Code, ...]:
    upper = word.upper()
    numbers = spellings(word)
    return tuple(
        code
        for code in codes()
        if (areas is None or code.area in areas)
        and (code.number in numbers or upper in (name.upper() for name in code.names) or code.number == word)
    )


def spellings(word: str) -> tuple[str, ...]:
    """A number as the table may write it: ("0x80370102",) for -2143878910; () where it is no number."""
    try:
        value = int(word, 16) if word.lower().startswith("0x") else int(word)
    except ValueError:
        return ()
    if not -(2**31) <= value < 2**32:
        return ()
    if value < 0:
        value += 2**32
    forms = [f"0x{value:08x}", str(value)] if not word.lower().startswith("0x") else [f"0x{value:08x}"]
    if word.lower().startswith("0x") and value == 0xFFFFFFFF:
        forms.append(str(value))
    if word.lower().startswith("0x") and value < 0x10000:
        forms.append(f"0x{0x80070000 + value:08x}")  # old launchers print the Windows error alone (0x1bc)
    return tuple(forms)


def nearest_codes(text: str, count: int = 3) -> tuple[str, ...]:
    """Names and numbers that look like ``text``."""
    word = re.split(r"[/\\\s]", text.strip())[-1]
    names = [name for code in codes() for name in (code.number, *code.names) if len(name) > 3]
    folded = {name.upper(): name for name in names}
    return tuple(folded[hit] for hit in difflib.get_close_matches(word.upper()[:80], list(folded), count, 0.6))


def describe_family(text: str) -> str | None:
    """What kind of code an HRESULT is that the table lacks; None where it is not one."""
    number = next((form for form in spellings(text.strip()) if form.startswith("0x8")), None)
    if number is None:
        return None
    value = int(number, 16)
    words = _FACILITIES.get(value >> 16)
    return words.format(low=value & 0xFFFF) if words else None


def describe_code(text: str | None) -> dict[str, str]:
    """`meaning` and `do` of a code as wsl.exe prints it; the kind of code where the table lacks it; {} for no code."""
    if not text:
        return {}
    found = find_codes(text)
    if found:
        return {"meaning": found[0].meaning, "do": found[0].do}
    family = describe_family(re.split(r"[/\\]", text)[-1])
    return {"meaning": "wslgpu does not know this code" + (f"; it is {family}" if family else "")}


def looks_like_code(text: str) -> bool:
    """Whether a user means a code and not a finding: a number, a path of wsl.exe, or a name in capitals."""
    word = text.strip()
    return bool(
        spellings(word)
        or _PATH.match(word)
        or re.fullmatch(r"0[xX][0-9A-Fa-f]+", word)
        or re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", word)
        or re.match(r"(?i)(?:cuinit|cuda_error|curesult|cuda|exit|code)[\s=:_]", word)
    )


def _read_row(row: Mapping[str, Any]) -> Code:
    return Code(
        area=row["area"],
        number=row["number"],
        names=tuple(row["names"]),
        meaning=row["meaning"],
        do=row["do"],
        slugs=tuple(row["slugs"]),
        status=row["status"],
        source=row["source"],
        checked=row["checked"].isoformat(),
    )
