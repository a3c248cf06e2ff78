"""Which file system a path lies on, from /proc/self/mountinfo (proc_pid_mountinfo(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from wslgpu.system.answers import Unknown
from wslgpu.system.wants import ReadFile

MOUNTINFO = ReadFile("mounts", "/proc/self/mountinfo")
# Folders of Windows inside WSL: 9p (WSL 2), virtiofs (WSL 2 by choice), drvfs (WSL 1).
WINDOWS_FILE_SYSTEMS = ("9p", "drvfs", "virtiofs", "v9fs")


@dataclass(frozen=True)
class Mount:
    """`point`: where it is mounted; `options` of the mount and of the file system."""

    point: str
    kind: str
    source: str
    options: tuple[str, ...]

    @property
    def read_only(self) -> bool:
        """Mounted `ro`."""
        return "ro" in self.options


@lru_cache(4)  # the same text is read for several facts of one look
def read_mounts(text: str | Unknown | None) -> tuple[Mount, ...] | Unknown:
    """All mounts, in order; lines of another shape are passed over."""
    if isinstance(text, Unknown) or text is None:
        return text or Unknown("not_applicable", "no /proc/self/mountinfo here")
    mounts: list[Mount] = []
    for line in text.splitlines():
        plain = _read_plain(line)
        if plain is not None:
            mounts.append(plain)
            continue
        before, separator, after = line.partition(" - ")
        fields, tail = before.split(" "), after.split(" ")
        if separator and len(fields) >= 6 and len(tail) >= 3:
            options = (*fields[5].split(","), *tail[2].split(","))
            mounts.append(Mount(_unescape(fields[4]), tail[0], _unescape(tail[1]), options))
    return tuple(mounts)


def _read_plain(line: str) -> Mount | None:
    """A line as `mount` or /proc/mounts print it, which is what people paste."""
    printed = re.match(r"(\S+) on (/\S*) type (\S+) \(([^)]*)\)", line)
    if printed:
        return Mount(_unescape(printed[2]), printed[3], printed[1], tuple(printed[4].split(",")))
    fields = line.split(" ")
    if len(fields) == 6 and fields[1].startswith("/") and fields[4:] == ["0", "0"]:
        return Mount(_unescape(fields[1]), fields[2], _unescape(fields[0]), tuple(fields[3].split(",")))
    return None


def mount_of(path: str, mounts: tuple[Mount, ...] | Unknown) -> Mount | Unknown:
    """The mount that holds an absolute path: the longest mount point, and of equal ones the last (it lies on top)."""
    if isinstance(mounts, Unknown):
        return mounts
    best: Mount | None = None
    for mount in mounts:
        root = mount.point.rstrip("/")
        inside = path == root or path.startswith(root + "/")
        if inside and (best is None or len(root) >= len(best.point.rstrip("/"))):
            best = mount
    return best or Unknown("malformed", f"no mount holds {path}")


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
