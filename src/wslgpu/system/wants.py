"""Questions to a machine, as values. Each has a stable id: recordings and tests find the answer by it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Run `argv` (no shell, no stdin, own process group) for at most `deadline_s` seconds. Answer: Ran or Absent."""

    id: str
    argv: tuple[str, ...]
    deadline_s: float = 10.0
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RunPython:
    """Run `script` (source text) isolated (`-I`) under `python`; the empty string means wslgpu's own. Answer: Ran."""

    id: str
    script: str
    args: tuple[str, ...] = ()
    python: str = ""
    deadline_s: float = 10.0
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReadFile:
    """The first `limit` bytes of a file. Answer: Content or Absent.

    `blocks`: a regular expression (MULTILINE); of a file made of blocks with empty lines between them only those that
    it is found in are kept (dpkg's status file is megabytes, and a dozen lines of it matter).
    """

    id: str
    path: str
    limit: int = 262_144
    blocks: str = ""


@dataclass(frozen=True)
class Inspect:
    """What stands at a path. Answer: Absent, or Value {kind, size, writable, real, inode, target?}.

    `kind`: file, folder, device, other; a link is followed and `target` says where it points (`kind` "broken" where
    that is nowhere). `writable`: may this user write there. `real`: the path with every link resolved. `size`: bytes.
    """

    id: str
    path: str


@dataclass(frozen=True)
class ListFolder:
    """Names in a folder that match a glob, sorted, at most `limit`. Answer: Value [name, ...] or Absent."""

    id: str
    path: str
    pattern: str = "*"
    limit: int = 2_000


@dataclass(frozen=True)
class Variable:
    """An environment variable. Answer: Value str or Absent."""

    id: str
    name: str


@dataclass(frozen=True)
class Space:
    """Room at a path, or at its nearest ancestor that exists. Answer: Value {free, total, inodes_free} in bytes."""

    id: str
    path: str


@dataclass(frozen=True)
class FindPrograms:
    """Where programs are on PATH and then in `also` (globs, `~` allowed). Answer: Value {name: path or null}.

    `compiled`: pass over scripts (a pyenv shim is no interpreter, and costs half a second to ask), and name each file
    once, by the first of its names.
    """

    id: str
    names: tuple[str, ...]
    also: tuple[str, ...] = ()
    compiled: bool = False


@dataclass(frozen=True)
class Machine:
    """The machine and this process. Answer: Value {system, machine, cpus, usable_cpus, uid, python, home, cwd, time}.

    `time`: seconds since 1970, as this machine believes.
    """

    id: str = "machine"


@dataclass(frozen=True)
class Release:
    """Which Linux distribution. Answer: Value {id, version_id, pretty_name, id_like, codename} or Absent."""

    id: str = "release"


@dataclass(frozen=True)
class Registry:
    """A registry key, with its subkeys to a depth. Answer: Value {values: {...}, subkeys: {name: {...}}} or Absent.

    `hive` is HKLM or HKCU; the 64-bit view is read. DWORDs come as int, strings as str, REG_MULTI_SZ as list,
    REG_BINARY as base64.
    """

    id: str
    hive: str
    key: str
    depth: int = 0


@dataclass(frozen=True)
class WindowsSession:
    """What Windows says of this process and of the processor, with no admin rights. Answer: Value.

    {elevated, python_bits, session, firmware_virtualization, slat, memory, processors, oem}: `session` 0 is that of
    services and of ssh; the two processor flags are IsProcessorFeaturePresent(21) and (20), which read false under a
    hypervisor; `memory` the machine's in bytes; `oem` the OEM code page ("cp850").
    """

    id: str = "windows.session"


Want = (
    Run
    | RunPython
    | ReadFile
    | Inspect
    | ListFolder
    | Variable
    | Space
    | FindPrograms
    | Machine
    | Release
    | Registry
    | WindowsSession
)
