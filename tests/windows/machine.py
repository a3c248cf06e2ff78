"""A machine played in the bed: keys in Wine's registry, and what wsl.exe, nvidia-smi.exe and powershell.exe answer.

Everything here is synthetic: it plays what a recording says, byte for byte, and nothing of it was seen by Wine itself.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Mode = Literal["print", "prompt", "hang", "relay"]

# Runs in a Windows Python for as long as the tests do: takes keys away and writes keys, as each line of JSON says.
WRITE_REGISTRY = r"""
import json, sys, winreg
HIVES = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
KINDS = {int: winreg.REG_DWORD, str: winreg.REG_SZ, list: winreg.REG_MULTI_SZ}
def clear(root, path):
    try:
        with winreg.OpenKey(root, path, 0, winreg.KEY_ALL_ACCESS) as key:
            subkeys, values, _ = winreg.QueryInfoKey(key)
            for name in [winreg.EnumKey(key, i) for i in range(subkeys)]:
                clear(root, path + "\\" + name)
        winreg.DeleteKey(root, path)
    except FileNotFoundError:
        pass
def write(root, path, tree):
    with winreg.CreateKeyEx(root, path, 0, winreg.KEY_ALL_ACCESS) as key:
        for name, value in tree.get("values", {}).items():
            winreg.SetValueEx(key, name, 0, KINDS[type(value)], value)
    for name, below in tree.get("subkeys", {}).items():
        write(root, path + "\\" + name, below)
def clear_values(root, path, names):
    try:
        with winreg.OpenKey(root, path, 0, winreg.KEY_ALL_ACCESS) as key:
            for name in names:
                try: winreg.DeleteValue(key, name)
                except FileNotFoundError: pass
    except FileNotFoundError:
        pass
for line in sys.stdin:
    orders = json.loads(line)
    try:
        for hive, path in orders["clear"]:
            clear(HIVES[hive], path)
        for hive, path, names in orders["clear_values"]:
            clear_values(HIVES[hive], path, names)
        for hive, path, tree in orders["write"]:
            write(HIVES[hive], path, tree)
        print("done", flush=True)
    except OSError as error:
        print(ascii(error), flush=True)
"""


@dataclass(frozen=True)
class Play:
    """One call and what it gives. `arguments` joined by a blank, "*" at the end for anything more; `port` for relay."""

    arguments: str
    stdout: bytes = b""
    stderr: bytes = b""
    exit: int = 0
    mode: Mode = "print"
    delay_ms: int = 0
    utf8: bytes | None = None
    port: int = 0


@dataclass
class Machine:
    """`keys`: (hive, path) -> {values, subkeys}, or None where the key must not be there; `plays` by program."""

    keys: dict[tuple[str, str], Mapping[str, Any] | None] = field(default_factory=dict)
    plays: dict[str, list[Play]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


# Wine's own keys of these paths hold more than the machine: only these values are taken away.
SHARED_KEYS = {
    "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": (
        "UBR",
        "DisplayVersion",
        "ReleaseId",
        "EditionID",
        "CurrentBuild",
    ),
    "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment": (),
    "HARDWARE\\DESCRIPTION\\System\\BIOS": (),
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System": ("TypeOfAdminApprovalMode",),
}


def set_up(bed: Any, machine: Machine, folder: Path) -> dict[str, str]:
    """Put the machine into the bed; the answer is the environment that its programs need. `folder` takes the plays."""
    orders: dict[str, list[Any]] = {"clear": [], "clear_values": [], "write": []}
    for (hive, path), tree in machine.keys.items():
        if path in SHARED_KEYS:
            orders["clear_values"].append([hive, path, SHARED_KEYS[path]])
        else:
            orders["clear"].append([hive, path])
        if tree is not None:
            orders["write"].append([hive, path, tree])
    assert bed.tell(WRITE_REGISTRY, json.dumps(orders)) == "done"
    folder.mkdir(parents=True, exist_ok=True)
    places = {
        "wsl": bed.system32 / "wsl.exe",
        "nvidia-smi": bed.system32 / "nvidia-smi.exe",
        "powershell": bed.system32 / "WindowsPowerShell" / "v1.0" / "powershell.exe",
    }
    for program, place in places.items():
        place.unlink(missing_ok=True)
        if program in machine.plays:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bed.folder / "standins" / "standin.exe", place)
            write_plays(folder, program, machine.plays[program])
    for user in (bed.prefix / "drive_c" / "users").iterdir():
        for name in (".wslconfig", ".wslconfig.txt"):
            (user / name).unlink(missing_ok=True)
            if name in machine.files and user.name != "Public":
                (user / name).write_bytes(machine.files[name])
    return {"WSLGPU_STANDINS": "Z:" + str(folder).replace("/", "\\")}


def write_plays(folder: Path, program: str, plays: list[Play]) -> None:
    """The file that a stand-in reads; bytes stand in files of their own."""
    lines = []
    for number, play in enumerate(plays):
        names = {}
        for stream, data in (("out", play.stdout), ("err", play.stderr), ("utf8", play.utf8)):
            names[stream] = f"{program}.{number}.{stream}" if data else "-"
            if data:
                (folder / names[stream]).write_bytes(data)
        out = str(play.port) if play.mode == "relay" else names["out"]
        fields = (play.arguments, play.mode, str(play.delay_ms), str(play.exit), out, names["err"], names["utf8"])
        lines.append("\t".join(fields))
    (folder / f"{program}.plays").write_text("\n".join(lines) + "\n", encoding="utf-8")


def calls(folder: Path) -> list[tuple[str, str]]:
    """(program, arguments) of every call that a stand-in got."""
    log = folder / "calls.txt"
    if not log.is_file():
        return []
    pairs = [line.partition("\t") for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [(program, arguments) for program, _, arguments in pairs]
