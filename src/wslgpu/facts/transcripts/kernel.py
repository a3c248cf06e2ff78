"""uname, /proc/version, dmesg's first line, Python's platform string, a login message, /etc/os-release, lsb_release."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from wslgpu.facts.transcripts.clean import clean

_RELEASE = r"(\d{1,2}\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?[\w.+~-]{0,80})"
_PATTERNS = (
    re.compile(r"\bLinux version " + _RELEASE),
    re.compile(r"\bLinux [\w.-]{1,80} " + _RELEASE + r" #"),
    re.compile(r"\bLinux " + _RELEASE + r" #"),
    re.compile(r"\bGNU/Linux " + _RELEASE),
    re.compile(r"\bLinux[- ]" + _RELEASE),
    re.compile(r"(?<![\w.])" + _RELEASE + r" #\d{1,6}[-\w~.+]{0,60} "),
    re.compile(r"(?<![\w.])(\d{1,2}\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?[\w.+~-]{0,60}[Mm]icrosoft[\w.+~-]{0,60})"),
    re.compile(r"(?<![\w.])(\d{1,2}\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?[\w.+~-]{0,60}WSL2[\w.+~-]{0,60})"),
    re.compile(
        r"(?i)\bkernel(?: release| version)?\s{0,20}[:=]\s{0,20}(?:linux )?"
        r"(\d{1,2}(?:\.\d{1,3}){1,3}-[\w.+~-]{0,60}[a-z][\w.+~-]{0,40})"
    ),
)
# Alone on its line: what `uname -r` prints on any Linux.
_BARE = re.compile(r"(?m)^\s{0,20}([2-7]\.\d{1,3}\.\d{1,3}(?:-[\w.+~]{1,30}){1,4})\s{0,20}$")
_PLATFORM_TAIL = re.compile(r"-(?:x86_64|aarch64|i[3-6]86|armv\dl|riscv64)(?:-with-.*|-.*)?$")
_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,3}){1,3}")
# The first public builds of WSL (March 2016) gave a fixed answer.
_FIRST_WSL = re.compile(r"3\.4\.0\+ #1 PREEMPT Thu Aug 1 17:06:05 CST 2013")
_OS_RELEASE = re.compile(r"(?m)^\s{0,20}([A-Z_]{2,40})=(\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[^\n]{0,200})$")
_LSB = re.compile(r"(?m)^\s{0,20}(Distributor ID|Description|Release|Codename):\s{1,20}([^\n]{1,120})$")
_WELCOME = re.compile(
    r"(?m)(?:\bWelcome to |^\s{0,20}(?:Operating System|OS|Description):\s{1,20}|^\s{0,8})"
    r"(Ubuntu|Debian(?= GNU)|Kali|Fedora|AlmaLinux|openSUSE|Alpine)(?: GNU/Linux| Linux| Leap)? "
    r"(\d{1,2}(?:\.\d{1,2})?)(?=[ .(\\]|$)"
)


@dataclass(frozen=True)
class Kernel:
    """What the text says of the kernel and the distribution; None where it does not say.

    `kernel`: for WSL 2 the number alone (5.15.167.4), else the whole release (4.4.0-19041-Microsoft, 6.8.0-45-generic).
    `custom`: True for a WSL 2 kernel that somebody built (a suffix behind WSL2, such as `+`).
    """

    is_wsl: bool | None = None
    wsl_generation: int | None = None
    kernel: str | None = None
    custom: bool | None = None
    os_id: str | None = None
    version_id: str | None = None
    version_codename: str | None = None
    pretty_name: str | None = None


def read_kernel(text: str) -> Kernel | None:
    """The kernel or the distribution that the text tells of; None where it tells of neither."""
    text = clean(text)
    distribution = _distribution(text)
    release = _release(text)
    if release is None and distribution.os_id is None and distribution.version_id is None:
        return None
    if release is None:
        return distribution
    if _FIRST_WSL.search(text):
        return replace(distribution, is_wsl=True, wsl_generation=1, kernel=release)
    return _judge(release, distribution)


def _release(text: str) -> str | None:
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            release = _PLATFORM_TAIL.sub("", found.group(1).rstrip(".,-~"))
            if "." in release:
                return release
    bare = _BARE.search(text)
    return bare.group(1) if bare and len(text) < 4000 else None


def _judge(release: str, distribution: Kernel) -> Kernel:
    lowered = release.lower()
    found = _NUMBER.match(release)
    number = found.group(0) if found else release
    if "wsl2" in lowered:
        tail = lowered.partition("wsl2")[2]
        custom = bool(tail) or "microsoft-standard" not in lowered
        return replace(distribution, is_wsl=True, wsl_generation=2, kernel=number, custom=True if custom else None)
    if "microsoft-standard" in lowered:
        # WSL 2's own kernels carry -WSL2 since 5.4; a later one without it runs in Microsoft's cloud, not in WSL,
        # unless somebody built it himself: git adds a `+` then.
        built = lowered.endswith("microsoft-standard+")
        own = built or tuple(int(part) for part in number.split(".")[:2]) < (5, 4)
        return replace(
            distribution,
            is_wsl=own,
            wsl_generation=2 if own else None,
            kernel=number,
            custom=True if built else None,
        )
    if lowered.rstrip("+").endswith("-microsoft"):
        return replace(distribution, is_wsl=True, wsl_generation=1, kernel=release)
    return replace(distribution, is_wsl=False, kernel=release)


# Where os-release, lsb-release and lsb_release keep the same four things.
_KEYS = (
    ("ID", "VERSION_ID", "VERSION_CODENAME", "PRETTY_NAME"),
    ("DISTRIB_ID", "DISTRIB_RELEASE", "DISTRIB_CODENAME", "DISTRIB_DESCRIPTION"),
    ("Distributor ID", "Release", "Codename", "Description"),
)


def _distribution(text: str) -> Kernel:
    fields = {key: value.strip().strip("\"'") for key, value in [*_OS_RELEASE.findall(text), *_LSB.findall(text)]}
    for keys in _KEYS:
        os_id, version, codename, pretty = (fields.get(key) or None for key in keys)
        if os_id or (version and pretty):
            return Kernel(
                os_id=os_id.lower() if os_id else None,
                version_id=version,
                version_codename=codename,
                pretty_name=pretty,
            )
    welcome = _WELCOME.search(text)
    return Kernel(os_id=welcome.group(1).lower(), version_id=welcome.group(2)) if welcome else Kernel()
