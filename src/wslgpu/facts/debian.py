"""dpkg and apt, from their own files: no program is run and no lock is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.shapes import read_names, read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ListFolder, ReadFile, Want

# Only packages of NVIDIA's and packages that are not whole: of a status file of megabytes a dozen blocks.
STATUS = ReadFile(
    "dpkg.status",
    "/var/lib/dpkg/status",
    limit=16_777_216,
    blocks=r"^Package: (?:lib)?(?:nvidia|cuda|cudnn|xserver-xorg-video-nvidia)"
    r"|^Status: \S+ \S+ (?:half-configured|half-installed|unpacked)",
)
LOCK = Inspect("dpkg.lock", "/var/lib/dpkg/lock-frontend")
LOCKS = ReadFile("kernel.locks", "/proc/locks")
SOURCES = ReadFile("apt.sources", "/etc/apt/sources.list")
SOURCES_FOLDER = ListFolder("apt.sources_folder", "/etc/apt/sources.list.d", limit=60)
WANTS = (STATUS, LOCK, LOCKS, SOURCES, SOURCES_FOLDER)
BROKEN = ("half-configured", "half-installed", "unpacked")
# A driver for a real kernel; libnvidia-container is Docker's, and the toolkit's cuda-* packages hold no driver.
DRIVER = re.compile(
    r"(nvidia-(driver|dkms|utils|compute-utils|kernel|firmware|headless|open)"
    r"|libnvidia-(compute|gl|cfg|common|decode|encode|extra|fbc1)"
    r"|libcuda1$|cuda-drivers|xserver-xorg-video-nvidia|nvidia-\d{3}$)"
)
META = re.compile(r"cuda(-\d+-\d+)?$|cuda-runtime-\d+-\d+$|cuda-demo-suite|cuda-drivers")


@dataclass(frozen=True)
class Debian:
    """`installed`: NVIDIA's packages by name, with version; `broken`: packages that dpkg left unfinished.

    `sources`: lines of apt's sources that name NVIDIA's repositories. `lock_holder`: the process that holds dpkg's
    lock. All are None where this is no Debian.
    """

    installed: Mapping[str, str] | Unknown | None
    broken: tuple[str, ...] | Unknown | None
    sources: tuple[str, ...] | Unknown | None
    lock_holder: int | Unknown | None

    @property
    def drivers(self) -> tuple[str, ...] | Unknown | None:
        """Installed packages that bring an NVIDIA driver of Linux."""
        if self.installed is None or isinstance(self.installed, Unknown):
            return self.installed
        return tuple(sorted(name for name in self.installed if DRIVER.match(name)))

    @property
    def metas(self) -> tuple[str, ...] | Unknown | None:
        """Installed packages that pull the driver in with their next upgrade."""
        if self.installed is None or isinstance(self.installed, Unknown):
            return self.installed
        return tuple(sorted(name for name in self.installed if META.match(name)))


def wants_of_sources(answers: Answers) -> tuple[Want, ...]:
    """The second question: the source files whose names tell of NVIDIA."""
    names = read_names(answers, SOURCES_FOLDER.id)
    if not isinstance(names, tuple):
        return ()
    chosen = [name for name in names if re.search("cuda|nvidia", name, re.IGNORECASE)][:8]
    return tuple(ReadFile(f"apt.source:{name}", f"/etc/apt/sources.list.d/{name}", 65_536) for name in chosen)


def read_debian(answers: Answers) -> Debian:
    """A machine without dpkg's status file is no Debian."""
    text = answers.text(STATUS.id)
    whole = isinstance(text, str)
    packages = read_status(text) if isinstance(text, str) else {}
    return Debian(
        installed={n: v for n, (state, v) in packages.items() if state == "installed"} if whole else _none(text),
        broken=tuple(sorted(n for n, (state, _) in packages.items() if state in BROKEN)) if whole else _none(text),
        sources=_read_sources(answers),
        lock_holder=_read_holder(answers),
    )


def _none(text: str | Unknown | None) -> Unknown | None:
    return text if isinstance(text, Unknown) else None


def read_status(text: str) -> Mapping[str, tuple[str, str]]:
    """{package: (state, version)} of dpkg's status file, or of lines as `dpkg -l` prints them."""
    packages: dict[str, tuple[str, str]] = {}
    for block in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^(Package|Status|Version): *(.{1,200}?)\s*$", block, re.MULTILINE))
        if "Package" in fields:
            words = fields.get("Status", "install ok installed").split()
            packages[fields["Package"]] = (words[-1], fields.get("Version", ""))
    if not packages:
        for letters, name, version in re.findall(
            r"^([a-z][a-zA-Z]) +([a-z0-9][^\s:]*)\S*(?: +(\S+))?", text, re.MULTILINE
        ):
            packages[name] = (LETTERS.get(letters[1], "not-installed"), version)
    return packages


LETTERS = {"i": "installed", "F": "half-configured", "H": "half-installed", "U": "unpacked", "W": "triggers-awaited"}


def _read_sources(answers: Answers) -> tuple[str, ...] | Unknown | None:
    names = read_names(answers, SOURCES_FOLDER.id)
    main = answers.text(SOURCES.id)
    texts = [main, *(answers.text(want_id) for want_id in answers if want_id.startswith("apt.source:"))]
    lines = [
        line.strip()
        for text in texts
        if isinstance(text, str)
        for line in text.splitlines()
        if re.search(r"/compute/cuda/|nvidia", line, re.IGNORECASE) and not line.lstrip().startswith("#")
    ]
    if not lines and isinstance(names, Unknown) and isinstance(main, Unknown):
        return names
    return tuple(lines)


def _read_holder(answers: Answers) -> int | Unknown | None:
    lock, locks = read_thing(answers, LOCK.id), answers.text(LOCKS.id)
    if lock is None or isinstance(lock, Unknown):
        return lock
    if locks is None or isinstance(locks, Unknown):
        return locks
    match = re.search(rf"^\d+: \S+ +\S+ +WRITE +([0-9]{{1,9}}) [0-9a-f]+:[0-9a-f]+:{lock.inode} ", locks, re.MULTILINE)
    return int(match[1]) if match and lock.inode else None
