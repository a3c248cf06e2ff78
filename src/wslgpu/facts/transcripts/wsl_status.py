"""`wsl --status`, package and inbox, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.transcripts.clean import clean_lines, is_prompt, prompt_command, strip_marks
from wslgpu.facts.transcripts.labels import (
    field_of,
    is_date,
    is_default,
    is_distribution,
    is_version,
    label_values,
    numbered,
)

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,80}$")
_KNOWN_NAME = re.compile(
    r"(?:ubuntu|debian|kali|opensuse|suse|sles|fedora|alma|oracle|arch|alpine|docker-desktop|rancher-desktop|podman)",
    re.I,
)
_WSL1 = re.compile(r"WSL ?1(?![\w.])|WSL1(?!\d)")
_WSL2 = re.compile(r"WSL ?2(?![\d.])")
_NO_MACHINE = re.compile(r"aka\.ms/wsl2-install(?![a-z])")  # the inbox form's advice, whatever the language
_KERNEL = re.compile(r"[4-9]\.\d{1,3}\.\d{1,3}(?![\w-]*[A-Za-z])")
# `WSL2 is not supported ...` in whatever language; the notes about its kernel begin so, too.
_WSL2_NOTE = re.compile(r"WSL2(?!\w|\.\d)(?!.{0,200}(?:--update|aka\.ms/wsl2(?:kernel)?\b))", re.DOTALL)
_UPDATE = re.compile(r"wsl(?:\.exe)? --update")


@dataclass(frozen=True)
class WslStatus:
    """What `wsl --status` printed; None where it did not say. `wsl_enabled` False: the Windows feature is off."""

    default_distribution: str | None = None
    default_version: int | None = None
    wsl: str | None = None
    kernel: str | None = None
    wslg: str | None = None
    windows: str | None = None
    kernel_file_missing: bool | None = None
    wsl1_supported: bool | None = None
    wsl2_supported: bool | None = None
    wsl_enabled: bool | None = None


def read_wsl_status(text: str) -> WslStatus | None:
    """The status that `wsl --status` printed; None where the text holds none.

    The default version is the line whose label speaks (in any of some forty languages) of a default version and whose
    value is 1 or 2; the default distribution the other line of a default. In a language unknown here the two lines are
    taken by their order, and only where the name is one of a known distribution.
    """
    lines = [
        strip_marks(line) for line in clean_lines(text) if not is_prompt(line) or ":" in (prompt_command(line) or "")
    ]
    distribution, version = _defaults(lines)
    disabled = _feature_off(lines)
    if version is None and distribution is None:
        return WslStatus(wsl_enabled=False) if disabled else None
    versions = _versions(lines)
    missing = any(_WSL2.search(line) and _UPDATE.search(line) for line in lines)
    one = any(_WSL1.search(line) for line in lines if not _is_row(line))
    said = any(_WSL2.search(line) and not _UPDATE.search(line) for line in lines if not _is_row(line))
    two = any(_NO_MACHINE.search(line) or _WSL2_NOTE.match(line) for line in lines) or (
        said and any("--no-distribution" in line or "enablevirtualization" in line for line in lines)
    )
    return WslStatus(
        default_distribution=distribution,
        default_version=version,
        wsl=versions.get("wsl"),
        kernel=versions.get("kernel"),
        wslg=versions.get("wslg"),
        windows=versions.get("windows"),
        kernel_file_missing=True if missing else None,
        wsl1_supported=False if one else (True if two and said else None),
        wsl2_supported=False if two else (True if one else None),
        wsl_enabled=False if disabled else None,
    )


def _defaults(lines: list[str]) -> tuple[str | None, int | None]:
    distribution: str | None = None
    version: int | None = None
    sure = False
    before: tuple[str, str] | None = None
    for line in lines:
        pairs = label_values(line)
        for label, value in pairs:
            value = value.strip("\"'`“”，。,;").rstrip(".")
            if is_default(label) and value in ("1", "2") and (is_version(label) or before is not None):
                version = int(value) if version is None else version
                sure = True
            elif is_default(label) and not is_version(label) and _NAME.match(value) and distribution is None:
                if is_distribution(label) or value.lower().startswith(_FAMILIES):
                    distribution = value
                    sure = sure or is_distribution(label)
            elif (
                version is None and value in ("1", "2") and before and _KNOWN_NAME.match(before[1]) and len(pairs) == 1
            ):
                distribution, version, sure = before[1], int(value), True
            before = (label, value) if _NAME.match(value) else None
    return (distribution, version) if sure else (None, None)


_FAMILIES = (
    "ubuntu",
    "debian",
    "kali",
    "opensuse",
    "docker-desktop",
    "rancher-desktop",
    "podman",
    "fedora",
    "alpine",
    "arch",
)


def _versions(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    nameless: list[str] = []
    for line in lines:
        for label, value in numbered(line):
            if is_date(value) or not label.rstrip().endswith((":", "：")):
                continue
            name = field_of(label)
            if name:
                found.setdefault(name, value)
            elif _KERNEL.match(value):
                nameless.append(value)
    if nameless:  # in the inbox form the kernel's is the only number with dots, whatever its label says
        found.setdefault("kernel", nameless[0])
    return found


def _is_row(line: str) -> bool:
    words = line.split()
    return len(words) >= 3 and words[-1] in ("1", "2", "VERSION")


def _feature_off(lines: list[str]) -> bool:
    text = " ".join(lines[:12]).lower()
    return ("aka.ms/wslinstall" in text and "store-wsl-kb" not in text) or (
        "optional component is not enabled" in text and "windows subsystem for linux" in text
    )
