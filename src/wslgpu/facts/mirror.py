"""Inside WSL: what only Windows knows, asked of Windows' own reg.exe by its path on the 9p mount.

Not by PATH: `appendWindowsPath=false` takes it away, and it may name other programs (microsoft/WSL#5296). reg.exe
needs no admin rights and starts in a tenth of the time of PowerShell. Its answers become those of a `Registry` want,
so that one set of readers serves both sides.
"""

from __future__ import annotations

import re
from typing import Any

from wslgpu.facts import windows_build, windows_driver, windows_wsl
from wslgpu.facts.mounts import MOUNTINFO, WINDOWS_FILE_SYSTEMS, Mount, read_mounts
from wslgpu.facts.windows import Visit, WindowsFacts, read_windows
from wslgpu.facts.windows_session import PROFILE
from wslgpu.facts.wsl_conf import read_wsl_conf
from wslgpu.facts.wslconfig import FILE_ID, TXT_ID
from wslgpu.system.answers import Absent, Answer, Answers, Ran, Unknown, Value
from wslgpu.system.wants import Inspect, ReadFile, Registry, Run, Want

ASKED = (windows_build.CURRENT, windows_wsl.LXSS, windows_wsl.MSI, windows_driver.DISPLAY, windows_driver.INSTALLED)
# Where Windows keeps the user's folder: an environment variable does not cross over by itself.
USER = Registry("windows.volatile", "HKCU", "Volatile Environment")
DEADLINE_S = 5.0
HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}
_VALUE = re.compile(r"^ {4}(.+?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$")


def wants_of_mirror(answers: Answers) -> tuple[Want, ...]:
    """reg.exe for each key, side by side; none where Windows' drive is not found or its programs do not start."""
    drive = find_drive(answers)
    if drive is None or read_wsl_conf(answers).interop is False:
        return ()
    program = f"{drive}/Windows/System32/reg.exe"
    return tuple(
        Run(
            f"mirror.{want.id}",
            (program, "query", _path(want), *(("/s",) if want.depth else ()), "/reg:64"),
            DEADLINE_S,
        )
        for want in (*ASKED, USER)
    )


def wants_of_user_files(answers: Answers) -> tuple[Want, ...]:
    """.wslconfig in the user's folder of Windows, once that is known."""
    drive, profile = find_drive(answers), _read_profile(answers)
    if drive is None or profile is None or profile[:2].upper() != "C:":
        return ()
    folder = drive + profile[2:].replace("\\", "/")
    return (ReadFile(FILE_ID, f"{folder}/.wslconfig"), Inspect(TXT_ID, f"{folder}/.wslconfig.txt"))


def read_mirror(answers: Answers) -> WindowsFacts | None:
    """What reg.exe told; None where Windows was not asked."""
    asked = (*ASKED, ReadFile(FILE_ID, ""))
    if not any(f"mirror.{want.id}" in answers or want.id in answers for want in asked):
        return None
    # A recording by hand may hold the key itself.
    found: dict[str, Answer] = {
        want.id: answers[want.id] if want.id in answers else as_registry(answers[f"mirror.{want.id}"], want)
        for want in ASKED
    }
    for want_id in (FILE_ID, TXT_ID):
        found[want_id] = answers[want_id]
    profile = _read_profile(answers)
    found[PROFILE.id] = Value(profile) if profile else Unknown("unreachable", "Windows did not name the user's folder")
    return read_windows(Answers(found), Visit(None, True))


def find_drive(answers: Answers) -> str | None:
    """Where C: is mounted: /mnt/c, unless `[automount] root` says otherwise. None where it is not mounted."""
    mounts = read_mounts(answers.text(MOUNTINFO.id))
    if isinstance(mounts, Unknown):
        return None
    return next((mount.point.rstrip("/") for mount in mounts if _is_drive_c(mount)), None)


def _is_drive_c(mount: Mount) -> bool:
    if mount.kind not in WINDOWS_FILE_SYSTEMS:
        return False
    options = ",".join(mount.options).upper()
    return mount.source.upper() in ("C:", "C:\\") or "PATH=C:\\" in options or "PATH=C:;" in options


def as_registry(answer: Answer, want: Registry) -> Answer:
    """What `reg.exe query` printed, as the answer to a `Registry` want."""
    if not isinstance(answer, Ran):
        return Unknown("unreachable", "there is no reg.exe") if isinstance(answer, Absent) else answer
    from wslgpu.system.decode import decode

    tree = read_query(decode(answer.stdout), _path(want))
    if tree is not None:
        return Value(tree)
    # Exit 1 and nothing on stdout is "no such key"; the words are translated.
    return Absent() if answer.exit == 1 else Unknown("failed", f"reg.exe ended with {answer.exit}")


def read_query(text: str, path: str) -> dict[str, Any] | None:
    """{values, subkeys} of the key at `path`; None where the text does not hold it."""
    root: dict[str, Any] | None = None
    here: dict[str, Any] | None = None
    for line in text.splitlines():
        if line.upper().startswith("HKEY_"):
            root = root or {"values": {}, "subkeys": {}}
            here = _descend(root, line.strip(), path)
            continue
        value = _VALUE.match(line)
        if value and here is not None:
            here["values"][value[1]] = _plain(value[2], value[3] or "")
    return root


def _descend(root: dict[str, Any], line: str, path: str) -> dict[str, Any] | None:
    if not line.upper().startswith(path.upper()):
        return None
    here = root
    for name in line[len(path) :].split("\\"):
        if name:
            here = here["subkeys"].setdefault(name, {"values": {}, "subkeys": {}})
    return here


def _plain(kind: str, text: str) -> Any:
    if kind in ("REG_DWORD", "REG_QWORD") and text.lower().startswith("0x"):
        return int(text, 16)
    return text.split("\\0") if kind == "REG_MULTI_SZ" else text


def _path(want: Registry) -> str:
    return f"{HIVES[want.hive]}\\{want.key}"


def _read_profile(answers: Answers) -> str | None:
    tree = as_registry(answers[f"mirror.{USER.id}"], USER)
    profile = tree.value["values"].get("USERPROFILE") if isinstance(tree, Value) else None
    return profile if isinstance(profile, str) and profile else None
