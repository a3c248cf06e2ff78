"""Errors of wsl.exe and of the distributions' launchers, in any language: the code is never translated."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.transcripts.clean import clean_lines, is_prompt, missing_command
from wslgpu.facts.transcripts.words import NO_CODE

_STEP = r"[A-Za-z][A-Za-z0-9]{0,40}"
_END = r"(?:0[xX][0-9A-Fa-f]{1,8}(?![0-9A-Fa-f])|[A-Z][A-Z0-9]{0,20}_[A-Z0-9_]{1,60}|WSAE[A-Z]{2,20})"
_PATH = re.compile(rf"(?<![\w/])(?:Wslg?|Bash|WslConfig|WslC|Wslc)(?:[/\\]{_STEP}){{0,12}}[/\\]{_END}")
_SYMBOL = re.compile(
    r"(?<![A-Za-z0-9_])((?:WSLC?|HCS|HCN|WININET|HTTP|REGDB|RPC|CERT|TRUST|VM|CO|FVE)_E_[A-Z0-9_]{2,60}"
    r"|E_(?:ACCESSDENIED|UNEXPECTED|FAIL|INVALIDARG|ABORT|NOTIMPL|OUTOFMEMORY|NOINTERFACE))(?![A-Za-z0-9_])"
)
_REGISTER = re.compile(
    r"(?:WslRegisterDistribution|WslLaunch\w{0,30}|WslGet\w{0,40}|WslConfigure\w{0,30})[^\n]{0,60}?(0[xX][0-9A-Fa-f]{1,8})"
)
_HRESULT = re.compile(r"(?<![\w/])(0[xX][89cCdD][0-9A-Fa-f]{7}|0[xX]1bc)(?![0-9A-Fa-f])")
_ESCAPED = re.compile(r"\\([_/])")
# `Invalid command line option: --status`: any words, then one of wsl.exe's own options at the line's end.
_OPTION = re.compile(
    r"(?m)^[^:：\n]{4,90}[:：] ?--(?:version|status|update|install|mount|unmount|manage|shutdown|online|debug-shell"
    r"|system|cd|web-download|no-launch|no-distribution|vhd|import-in-place)\W{0,3}$"
)
_MSI = re.compile(r"\(exit code: (\d{3,5})\)", re.IGNORECASE)

_NOT_INSTALLED = re.compile(r"wsl(?:\.exe)? --install(?![ -]*(?:--no-distribution|<))", re.IGNORECASE)
_ABOUT_WSL = re.compile(
    r"wsl|windows subsystem|subsystem für linux|linux|virtual machine platform|subsistema|podsystem"
    r"|サブシステム|子系统|子系統",
    re.I,
)


@dataclass(frozen=True)
class WslError:
    """`code` as printed, its last step as `hresult` (hex) or `symbol` (a name); `error`: a word where no code is."""

    code: str | None = None
    hresult: str | None = None
    symbol: str | None = None
    error: str | None = None


def find_code(text: str) -> str | None:
    """`Wsl/Service/.../E_UNEXPECTED`, `0x80370102` and the like, as printed; the first path, else the first number."""
    lines = [_ESCAPED.sub(r"\1", line) for line in clean_lines(text)]
    for at, line in enumerate(lines):
        found = _PATH.search(line)
        if found:
            return found.group(0)
        if re.search(r"(?:Wslg?|Bash)/[\w/]{0,200}$", line) and at + 1 < len(lines):  # wrapped inside the path
            found = _PATH.search(line + lines[at + 1].strip(" #>|"))
            if found:
                return found.group(0)
    joined = "\n".join(lines)
    for pattern in (_REGISTER, _HRESULT, _SYMBOL):
        found = pattern.search(joined)
        if found:
            return found.group(1)
    return None


def read_wsl_error(text: str) -> WslError | None:
    """The error that wsl.exe, a distribution's launcher or the shell printed; None where the text holds none."""
    code = find_code(text)
    if code is not None:
        last = re.split(r"[/\\]", code)[-1]
        is_number = last[:2] in ("0x", "0X")
        return WslError(code, last if is_number else None, None if is_number else last)
    if missing_command(text, "wsl"):
        return WslError(error="wsl_command_not_found")
    lowered = "\n".join(line for line in clean_lines(text) if not is_prompt(line))[:20000].lower()
    if _OPTION.search(lowered) and len(lowered) < 6000:
        return WslError(error="invalid_option")
    if not _ABOUT_WSL.search(text[:20000]):
        return None
    for word, texts in NO_CODE:
        if any(part in lowered for part in texts):
            return WslError(error=word)
    advice = _NOT_INSTALLED.search(lowered) and "--list --online" not in lowered
    if advice and ("not installed" in lowered or lowered.count("\n") < 6):
        return WslError(error="wsl_not_installed")
    msi = _MSI.search(lowered)
    return WslError(error=f"installer_exit_{msi.group(1)}") if msi else None
