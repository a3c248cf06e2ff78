"""How each quick question is answered on this machine."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from wslgpu.system.answers import Absent, Answer, Content, Unknown, Value
from wslgpu.system.host import Side
from wslgpu.system.wants import (
    FindPrograms,
    Inspect,
    ListFolder,
    Machine,
    ReadFile,
    Registry,
    Release,
    Space,
    Variable,
    WindowsSession,
)


@cache
def local_side() -> Side:
    """windows by the platform; wsl by the kernel's release, except in a container, which borrows that kernel."""
    if sys.platform == "win32":
        return "windows"
    try:
        kernel = Path("/proc/sys/kernel/osrelease").read_text(encoding="utf-8", errors="replace").lower()
    except OSError:
        return "linux"
    in_container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    # A kernel of one's own need not name Microsoft; WSL's init leaves /run/WSL all the same (microsoft/WSL#10289).
    is_wsl = "microsoft" in kernel or Path("/run/WSL").is_dir()
    return "wsl" if is_wsl and not in_container else "linux"


def read_file(want: ReadFile) -> Answer:
    """At most `limit` bytes, and whether there were more."""
    try:
        with open(want.path, "rb") as file:
            data = file.read(want.limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Absent()
    truncated = len(data) > want.limit
    data = data[: want.limit]
    return Content(_matching_blocks(data, want.blocks) if want.blocks else data, truncated=truncated)


def _matching_blocks(data: bytes, pattern: str) -> bytes:
    wanted = re.compile(pattern.encode("utf-8"), re.MULTILINE)
    return b"\n\n".join(block for block in data.split(b"\n\n") if wanted.search(block))


def inspect(want: Inspect) -> Answer:
    """What stands at a path."""
    path = Path(want.path)
    value: dict[str, Any] = {"real": os.path.realpath(path)}
    if path.is_symlink():
        value["target"] = str(path.readlink())
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Value({**value, "kind": "broken", "size": 0, "writable": False}) if "target" in value else Absent()
    value["kind"] = _kind(found.st_mode)
    value["size"] = found.st_size
    value["inode"] = found.st_ino
    value["writable"] = os.access(path, os.W_OK)
    return Value(value)


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "other"


def list_folder(want: ListFolder) -> Answer:
    """Sorted names that match."""
    try:
        names = os.listdir(want.path)
    except (FileNotFoundError, NotADirectoryError):
        return Absent()
    return Value(sorted(fnmatch.filter(names, want.pattern))[: want.limit])


def read_variable(want: Variable) -> Answer:
    """An environment variable of this process."""
    value = os.environ.get(want.name)
    return Absent() if value is None else Value(value)


def measure_space(want: Space) -> Answer:
    """Free room for this user, in bytes."""
    path = Path(want.path)
    while not path.exists() and path != path.parent:
        path = path.parent
    import shutil  # it brings every packing library along; Windows asks nothing of this kind

    usage = shutil.disk_usage(path)
    value: dict[str, Any] = {"total": usage.total, "free": usage.free, "inodes_free": None}
    if sys.platform != "win32":
        value["inodes_free"] = os.statvfs(path).f_favail
    return Value(value)


def find_programs(want: FindPrograms) -> Answer:
    """Each name's path, or null."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders.append(str(Path(sys.executable).parent))  # what was installed along with wslgpu: uv
    import glob  # Windows asks nothing of this kind

    for pattern in want.also:
        folders += sorted(glob.glob(os.path.expanduser(pattern)), reverse=True)
    found = {name: _find_program(name, folders, want.compiled) for name in want.names}
    return Value(_once_each(found) if want.compiled else found)


def _once_each(found: dict[str, str | None]) -> dict[str, str | None]:
    """python3 is mostly a link to the python3.12 that was found before: it need not be asked again."""
    seen: set[str] = set()
    kept: dict[str, str | None] = {}
    for name, path in found.items():
        real = os.path.realpath(path) if path else ""
        kept[name] = None if real in seen else path
        seen.add(real or name)
    return kept


def _find_program(name: str, folders: list[str], compiled: bool) -> str | None:
    import shutil

    for folder in folders:
        path = shutil.which(name, path=folder) if folder else None
        if path and not (compiled and _is_script(path)):
            return path
    return None


def _is_script(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def describe_machine(want: Machine) -> Answer:
    """What Python says of the machine and of this process."""
    import platform

    value: dict[str, Any] = {
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count() or 1,
        "usable_cpus": os.cpu_count() or 1,
        "uid": None,
        "python": platform.python_version(),
        "home": str(Path("~").expanduser()),
        "cwd": os.getcwd(),
        "time": int(time.time()),
    }
    if sys.platform != "win32":
        value["usable_cpus"] = len(os.sched_getaffinity(0))
        value["uid"] = os.getuid()
    return Value(value)


def name_release(want: Release) -> Answer:
    """The distribution's own name for itself, by the `distro` library (which knows the odd places)."""
    if sys.platform == "win32":
        return Unknown("not_applicable", "no Linux distribution on this side")
    import distro

    # No lsb_release, no uname: both start programs, and os-release says it all.
    found = distro.LinuxDistribution(include_lsb=False, include_uname=False)
    attributes = found.os_release_info()
    if not attributes:
        return Absent()
    return Value(
        {
            "id": found.id(),
            "version_id": attributes.get("version_id", ""),
            "pretty_name": attributes.get("pretty_name", ""),
            "id_like": attributes.get("id_like", ""),
            "codename": found.codename(),
        }
    )


def read_registry(want: Registry) -> Answer:
    """A key of this Windows' registry."""
    from wslgpu.system.registry import read_key

    return read_key(want)


def read_session(want: WindowsSession) -> Answer:
    """This process and the processor, as Windows sees them."""
    from wslgpu.system.windows_session import describe_session

    return describe_session()


LOOKS: dict[type, Callable[[Any], Answer]] = {
    ReadFile: read_file,
    Inspect: inspect,
    ListFolder: list_folder,
    Variable: read_variable,
    Space: measure_space,
    FindPrograms: find_programs,
    Machine: describe_machine,
    Release: name_release,
    Registry: read_registry,
    WindowsSession: read_session,
}
