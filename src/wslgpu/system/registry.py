"""Windows' registry, read with no admin rights and in its 64-bit view whatever this Python's width."""

from __future__ import annotations

import sys
from typing import Any

from wslgpu.system.answers import Absent, Answer, Unknown, Value
from wslgpu.system.wants import Registry

if sys.platform != "win32":

    def read_key(want: Registry) -> Answer:
        """There is no registry on this side."""
        return Unknown("not_applicable", "the registry is on the Windows side")

else:
    import binascii
    import winreg

    HIVES = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}

    def read_key(want: Registry) -> Answer:
        """Values and subkeys, to the depth that is wanted."""
        try:
            return Value(_read(HIVES[want.hive], want.key, want.depth))
        except FileNotFoundError:
            return Absent()

    def _read(root: Any, path: str, depth: int) -> dict[str, Any]:
        with winreg.OpenKey(root, path, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as key:
            subkey_count, value_count, _ = winreg.QueryInfoKey(key)
            values = {}
            for index in range(value_count):
                name, value, _ = winreg.EnumValue(key, index)
                values[name] = _plain(value)
            names = [winreg.EnumKey(key, index) for index in range(subkey_count)]
        subkeys: dict[str, Any] = {}
        for name in names:
            try:
                subkeys[name] = _read(root, f"{path}\\{name}", depth - 1) if depth > 0 else {}
            except OSError as error:  # one subkey that is denied ("Properties") must not cost the others
                subkeys[name] = {"unreadable": str(error)}
        return {"values": values, "subkeys": subkeys}

    def _plain(value: Any) -> Any:
        if not isinstance(value, bytes):
            return value
        return binascii.b2a_base64(value, newline=False).decode("ascii")
