"""Windows' build and revision, from ver, systeminfo, winver, the registry, .NET, wmic, flutter doctor, any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.transcripts.clean import clean

_BANNER = re.compile(r"Microsoft Windows \[[^\]\d\n]{0,40}(\d{1,2})\.(\d)\.(\d{4,5})(?:\.(\d{1,5}))?")
_NT = re.compile(r"Windows[ _]NT[^\d\n]{0,12}(\d{1,2})\.(\d)\.(\d{4,5})(?:\.(\d{1,5}))?")
_SYSTEMINFO = re.compile(r"(?<![\d.])(\d{1,2})\.(\d)\.(\d{4,5})(?![\d.])[^\n]{1,60}?(?<!\d)(\d{4,5})(?!\d)")
# winver and the page "About" of the settings: the number alone, its label in any of many languages.
_OS_BUILD = re.compile(
    r"(?:build|сборка|ビルド|빌드|内部版本|操作系统版本|組建|组建|작성|compilación|compilação|kompilacja|derleme|sestavení)"
    r"[^\d\n]{0,30}(?<![\d.])(\d{5})(?:\.(\d{1,5}))?(?![\d.]|-\d)",
    re.IGNORECASE,
)
# The same, by shape alone: `22631.3593` behind a label, at the end of its line or its bracket.
_SHAPE = re.compile(r"(?m)^[^\n\d]{0,40}(?:\d\dH\d [^\n\d]{0,60})?(?<![\d.])([12]\d{4})\.(\d{1,5})(?=\)?\s{0,8}$)")
_BRACKETS = re.compile(r"\bWindows (?:Server )?\d{1,4}[^\n\d(]{0,40}(?:\d\dH\d )?\((\d{5})\.(\d{1,5})\)")
_REGISTRY_BUILD = re.compile(
    r"\b(?:CurrentBuild(?:Number)?|OsBuildNumber|BuildNumber)\b[\"' :=]{1,40}(?:REG_SZ {1,20})?(\d{4,5})\b"
)
_REGISTRY_UBR = re.compile(r"\bUBR\b[\"' :=]{1,40}(?:REG_DWORD {1,20})?(0x[0-9a-fA-F]{1,8}|\d{1,6})\b")
_VERSION_TABLE = re.compile(r"Major\s{1,20}Minor\s{1,20}Build\s{1,20}Revision\s{1,40}(?:[- ]{4,80}\s{1,20})?"
                            r"(\d{1,2})\s{1,20}(\d{1,2})\s{1,20}(-?\d{1,6})\s{1,20}(-?\d{1,6})")  # fmt: skip
_NAMED = re.compile(
    r"(?:\bWindows\b|\bOS\b|Win32NT|MINGW64_NT|MSYS_NT|CYGWIN_NT|\bOsVersion\b|\bVersion=|^\s{0,20})"
    r"[^\n\d]{0,40}(?:\d{1,4}[ -]{1,3}(?:[A-Za-z]{2,12} ?){0,3})?(?:\d\dH\d )?"
    r"(?<![\d.])10\.0[.-](\d{5})(?:\.(\d{1,5}))?(?![\d.]|-\d)",
    re.MULTILINE,
)
_POWERSHELL = re.compile(r"\b(?:PSVersion|BuildVersion|WSManStackVersion|OsHardwareAbstractionLayer|HAL)\b")


@dataclass(frozen=True)
class WindowsBuild:
    """`build`: 19045; `revision`: the UBR, None where it was not printed (OSVersion's 0 is not it).

    `build` is None where the text shows a version that is not Windows' own (PowerShell's); `note` says so.
    """

    build: int | None
    revision: int | None = None
    note: str | None = None


def read_windows_build(text: str) -> WindowsBuild | None:
    """The build of Windows; None where the text shows none. Where several places show it, the fullest one counts."""
    text = clean(text)
    candidates = [*_by_banner(text), *_by_registry(text), *_by_systeminfo(text), *_by_label(text), *_by_name(text)]
    if not candidates:
        table = _VERSION_TABLE.search(text)
        if table:
            return _by_table(table)
        if _POWERSHELL.search(text) and re.search(r"\b\d{1,2}\.\d{1,2}\.\d{5}\b", text):
            return WindowsBuild(None, note="a version of PowerShell or of a component, not of Windows")
        return None
    build = candidates[0][0]
    revision = next((rev for number, rev in candidates if number == build and rev is not None), None)
    return WindowsBuild(build, revision)


def _by_banner(text: str) -> list[tuple[int, int | None]]:
    found = [(int(hit[3]), int(hit[4]) if hit[4] else None) for hit in _BANNER.finditer(text)]
    # .NET's OSVersion always ends in .0: no UBR.
    found += [(int(hit[3]), int(hit[4]) if hit[4] and hit[4] != "0" else None) for hit in _NT.finditer(text)]
    return found


def _by_registry(text: str) -> list[tuple[int, int | None]]:
    build, ubr = _REGISTRY_BUILD.search(text), _REGISTRY_UBR.search(text)
    if not build:
        return []
    return [(int(build[1]), int(ubr[1], 0) if ubr else None)]


def _by_systeminfo(text: str) -> list[tuple[int, int | None]]:
    """`10.0.19045 N/A Build 19045`: the same number twice on a line, the words between in any language."""
    return [(int(hit[3]), None) for hit in _SYSTEMINFO.finditer(text) if hit[3] == hit[4]]


def _by_label(text: str) -> list[tuple[int, int | None]]:
    """`OS Build 22631.3593`; without a revision only where the text speaks of Windows."""
    about = "windows" in text.lower() or "os build" in text.lower()
    found: list[tuple[int, int | None]] = [(int(hit[1]), int(hit[2])) for hit in _BRACKETS.finditer(text)]
    found += [
        (int(hit[1]), int(hit[2]) if hit[2] else None)
        for hit in _OS_BUILD.finditer(text)
        if (hit[2] or about) and 7600 <= int(hit[1]) < 40000
    ]
    if not found and about:
        found = [(int(hit[1]), int(hit[2])) for hit in _SHAPE.finditer(text)]
    return found


def _by_name(text: str) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for line in text.split("\n"):
        if len(line) > 600 or _POWERSHELL.search(line) or "DXCore" in line:
            continue
        for hit in _NAMED.finditer(line):
            found.append((int(hit[1]), int(hit[2]) if hit[2] and hit[2] != "0" else None))
    return found


def _by_table(hit: re.Match[str]) -> WindowsBuild:
    major, build, revision = int(hit[1]), int(hit[3]), int(hit[4])
    if major in (6, 10) and build >= 6000:
        return WindowsBuild(build, revision if revision > 0 else None)
    return WindowsBuild(None, note="the version of PowerShell, not of Windows")
