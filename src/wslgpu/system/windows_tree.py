"""End a process of Windows with all its descendants.

wsl.exe in System32 is a stub that starts the packaged one, which holds the same pipes: ending the stub alone would
leave the reader waiting. Toolhelp's snapshot needs no admin rights and is taken only when something has to be ended.
"""

from __future__ import annotations

import sys

if sys.platform != "win32":

    def end_tree(pid: int) -> None:
        """Nothing to do on this side: process groups serve."""

else:
    import ctypes
    from ctypes import wintypes

    SNAPSHOT_PROCESSES, TERMINATE = 0x2, 0x1

    class _Entry(ctypes.Structure):
        _fields_ = [
            ("size", wintypes.DWORD),
            ("usage", wintypes.DWORD),
            ("pid", wintypes.DWORD),
            ("heap", ctypes.c_size_t),
            ("module", wintypes.DWORD),
            ("threads", wintypes.DWORD),
            ("parent", wintypes.DWORD),
            ("priority", wintypes.LONG),
            ("flags", wintypes.DWORD),
            ("name", wintypes.WCHAR * 260),
        ]

    def end_tree(pid: int) -> None:
        """Terminate the descendants of `pid`, youngest first, then `pid` itself. Never raises."""
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
        kernel32.OpenProcess.restype = wintypes.HANDLE
        for member in reversed(_descendants(kernel32, pid)):
            handle = kernel32.OpenProcess(TERMINATE, False, member)
            if handle:
                kernel32.TerminateProcess(wintypes.HANDLE(handle), 1)
                kernel32.CloseHandle(wintypes.HANDLE(handle))

    def _descendants(kernel32: ctypes.WinDLL, pid: int) -> list[int]:
        snapshot = kernel32.CreateToolhelp32Snapshot(SNAPSHOT_PROCESSES, 0)
        parents: list[tuple[int, int]] = []
        entry = _Entry(size=ctypes.sizeof(_Entry))
        more = kernel32.Process32FirstW(wintypes.HANDLE(snapshot), ctypes.byref(entry))
        while more:
            parents.append((entry.pid, entry.parent))
            more = kernel32.Process32NextW(wintypes.HANDLE(snapshot), ctypes.byref(entry))
        kernel32.CloseHandle(wintypes.HANDLE(snapshot))
        tree = [pid]
        for member in tree:
            tree += [child for child, parent in parents if parent == member and child not in tree]
        return tree
