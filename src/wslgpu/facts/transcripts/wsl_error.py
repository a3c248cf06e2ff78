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
_HRESULT = re.compile(r"(?<![\w/])(?<!\bat )(?<!ddress )(0[xX][89cCdD][0-9A-Fa-f]{7}|0[xX]1bc)(?![0-9A-Fa-f])")
_ESCAPED = re.compile(r"\\([_/])")
# `Invalid command line option: --status`: any words, then one of wsl.exe's own options at the line's end.
_OPTION = re.compile(
    r"(?m)^[^:：\n]{4,90}[:：] ?--(?:version|status|update|install|mount|unmount|manage|shutdown|online|debug-shell"
    r"|system|cd|web-download|no-launch|no-distribution|vhd|import-in-place)\W{0,3}$"
)
# Words that say enough without the name of WSL, in a text that holds little else.
_OWN_WORDS = ("catastrophic_failure", "distro_not_found", "virtual_machine_platform_missing")
_FAILURE = re.compile(
    r"error|fail|code|hresult|fehler|erreur|erro|hata|ошибк|错误|錯誤|エラー|오류|kód|błąd|fout|fejl|feil", re.I
)
# What WSL's own init in Linux says: `<3>WSL (26 - Relay) ERROR: ...`.
_INIT = re.compile(r"(?i)\bwsl \([\w.]{1,7}(?: - \w{0,20})?\) error:")
# The last resort: something of WSL failed, in whatever words.
_LAST = (
    ("elevation_required", re.compile(r"requested operation requires elevation")),
    ("unnamed", re.compile(r"\b4294967295 \(0xffffffff\)")),
)
_MSI = re.compile(r"\(exit code: (\d{3,5})\)", re.IGNORECASE)

_NOT_INSTALLED = re.compile(r"wsl(?:\.exe)? --install(?![ -]*(?:--no-distribution|<))", re.IGNORECASE)
# wsl.exe names the command in quotes and with its ending, in every language; guides do not.
_OWN_ADVICE = re.compile(r"['\"‘’“„«「『”]wsl\.exe --install['\"‘’”“»」』]", re.IGNORECASE)
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
            return _unwrapped(found, line, lines[at + 1] if at + 1 < len(lines) else "")
        if re.search(r"(?:Wslg?|Bash)/[\w/]{0,200}$", line) and at + 1 < len(lines):  # wrapped inside the path
            found = _PATH.search(line + lines[at + 1].strip(" #>|"))
            if found:
                return found.group(0)
    joined = "\n".join(lines)
    registered = _REGISTER.search(joined)
    if registered:
        return registered.group(1)
    about = bool(_ABOUT_WSL.search(joined[:20000]))
    for pattern in (_HRESULT, _SYMBOL):
        for line in lines:
            found = pattern.search(line)
            if found and (about or _FAILURE.search(line)):  # elsewhere such a number is an address
                return found.group(1)
    return None


def _unwrapped(found: re.Match[str], line: str, following: str) -> str:
    """A code that a narrow terminal broke inside its last word, whole again."""
    rest = re.match(r"[ #>|]{0,8}([A-Z0-9_]{2,40})\s*$", following)
    if found.end() == len(line) and rest and (line.endswith("_") or len(line) >= 78):
        return found.group(0) + rest.group(1)
    return found.group(0)


def read_wsl_error(text: str) -> WslError | None:
    """The error that wsl.exe, a distribution's launcher or the shell printed; None where the text holds none."""
    code = find_code(text)
    if code is not None:
        last = re.split(r"[/\\]", code)[-1]
        is_number = last[:2] in ("0x", "0X")
        return WslError(code, last if is_number else None, None if is_number else last)
    lines = clean_lines(text)
    whole = "\n".join(lines)
    if _INIT.search(whole):  # before the shell's words: it names files that do not exist, too
        return WslError(error="linux_init_error")
    if missing_command(text, "wsl"):
        return WslError(error="wsl_command_not_found")
    lowered = "\n".join(line for line in lines if not is_prompt(line))[:20000].lower()
    lowered = lowered.replace(
        "aka.ms/wslstoreinfo", ""
    )  # the old WSL's praise of the Store's, not its "none installed"
    if _OPTION.search(lowered) and len(lowered) < 6000:
        return WslError(error="invalid_option")
    about = bool(_ABOUT_WSL.search(whole[:20000]))
    if _OWN_ADVICE.search(lowered) and "--list --online" not in lowered:
        return WslError(error="wsl_not_installed")
    advice = "\n".join(line for line in lowered.split("\n") if not re.match(r"\s*wsl(?:\.exe)? -", line))
    if about and _NOT_INSTALLED.search(advice) and "--list --online" not in lowered and lowered.count("\n") < 8:
        return WslError(error="wsl_not_installed")
    for word, texts in NO_CODE:
        if (about or (word in _OWN_WORDS and len(text) < 400)) and any(part in lowered for part in texts):
            return WslError(error=word)
    for word, pattern in _LAST:
        if pattern.search(lowered):
            return WslError(error=word)
    msi = _MSI.search(lowered)
    return WslError(error=f"installer_exit_{msi.group(1)}") if msi else None
