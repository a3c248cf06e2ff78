"""`wsl --version`, in any language: seven lines, told by the names that are never translated and by their order."""

from __future__ import annotations

from dataclasses import dataclass

from wslgpu.facts.transcripts.clean import clean_lines, is_prompt, prompt_command
from wslgpu.facts.transcripts.labels import field_of, is_date, numbered

FIELDS = ("wsl", "kernel", "wslg", "msrdc", "direct3d", "dxcore", "windows")


@dataclass(frozen=True)
class WslVersion:
    """Versions as printed; None where the line is missing (early builds print four of the seven)."""

    wsl: str | None = None
    kernel: str | None = None
    wslg: str | None = None
    msrdc: str | None = None
    direct3d: str | None = None
    dxcore: str | None = None
    windows: str | None = None


def read_wsl_version(text: str) -> WslVersion | None:
    """The versions that `wsl --version` printed; None where the text holds no such lines.

    Of several blocks the fullest counts (a heading may name a version, too), of equal ones the first.
    """
    best: WslVersion | None = None
    most = 0
    lines = [line for line in clean_lines(text) if line.strip()]
    at = 0
    while at < len(lines):
        found, colon, at = _read_block(lines, at)
        if len(found) > most and _is_own(found, colon):
            best, most = WslVersion(**found), len(found)
    return best


def _read_block(lines: list[str], start: int) -> tuple[dict[str, str], bool, int]:
    """The fields of the next block, whether WSL's own line has a colon, and where to read on."""
    found: dict[str, str] = {}
    misses, last = 0, ""
    colon = False
    for at in range(start, len(lines)):
        line = lines[at]
        if is_prompt(line) and not numbered(prompt_command(line) or ""):
            if found:
                return found, colon, at + 1
            continue
        fields = _fields(line, last)
        new = [(name, value) for name, value, _ in fields if name not in found]
        if fields and not new:  # the same lines again: a second transcript begins
            return found, colon, at
        if not new:
            misses += 1
            if found and misses > 2:
                return found, colon, at + 1
            if not found:
                misses = 0
            last = ""
            continue
        misses = 0
        for name, value, has_colon in fields:
            if name not in found:
                found[name] = value
                colon = colon or (name == "wsl" and has_colon)
            last = name
    return found, colon, len(lines)


def _is_own(found: dict[str, str], colon: bool) -> bool:
    """Whether the fields are those of `wsl --version` and not of a sentence that names a version of WSL."""
    own = [name for name in ("wsl", "wslg", "msrdc", "direct3d", "dxcore") if name in found]
    return len(own) >= 2 or ("wsl" in found and (colon or "kernel" in found))


def _fields(line: str, last: str) -> list[tuple[str, str, bool]]:
    fields: list[tuple[str, str, bool]] = []
    for label, value in numbered(line):
        if is_date(value) or len(label) > 120:
            continue
        has_colon = label.rstrip().endswith((":", "：", "=", "|"))
        name = field_of(label)
        if name is None and last == "wsl" and has_colon:
            name = "kernel"  # the line after WSL's own, whatever the language calls a kernel
        if name is None or (name == "wsl" and not has_colon and len(label.strip()) > 14):
            continue
        if name in ("wsl", "kernel", "windows") and not has_colon and not fields and not last and len(label) > 24:
            continue  # a sentence that happens to hold a number
        fields.append((name, value, has_colon))
        last = name
    return fields
