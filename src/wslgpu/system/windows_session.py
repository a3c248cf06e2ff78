"""This process and the processor as Windows' own functions describe them; none of them needs admin rights."""

from __future__ import annotations

import os
import struct
import sys
from typing import Any

from wslgpu.system.answers import Answer, Unknown, Value

FIRMWARE_VIRTUALIZATION = 21  # PF_VIRT_FIRMWARE_ENABLED
SECOND_LEVEL_TRANSLATION = 20  # PF_SECOND_LEVEL_ADDRESS_TRANSLATION

if sys.platform != "win32":

    def describe_session() -> Answer:
        """There is no such session on this side."""
        return Unknown("not_applicable", "a question to Windows")

else:
    import ctypes

    class _MemoryStatus(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("total", ctypes.c_uint64)] + [
            (name, ctypes.c_uint64) for name in ("free", "page_total", "page_free", "v_total", "v_free", "v_extended")
        ]

    def describe_session() -> Answer:
        """Value of `WindowsSession`."""
        kernel32, shell32 = ctypes.windll.kernel32, ctypes.windll.shell32
        session = ctypes.c_uint32(0)
        found = kernel32.ProcessIdToSessionId(kernel32.GetCurrentProcessId(), ctypes.byref(session))
        memory = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        told = kernel32.GlobalMemoryStatusEx(ctypes.byref(memory))
        value: dict[str, Any] = {
            "elevated": bool(shell32.IsUserAnAdmin()),
            "python_bits": struct.calcsize("P") * 8,
            "session": session.value if found else None,
            "firmware_virtualization": bool(kernel32.IsProcessorFeaturePresent(FIRMWARE_VIRTUALIZATION)),
            "slat": bool(kernel32.IsProcessorFeaturePresent(SECOND_LEVEL_TRANSLATION)),
            "memory": memory.total if told else None,
            "processors": os.cpu_count(),
            "oem": f"cp{kernel32.GetOEMCP()}",
        }
        return Value(value)
