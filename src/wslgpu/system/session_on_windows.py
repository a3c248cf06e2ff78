"""The same as session.supervise, where a training runs on Windows itself: no fork, no signals, no guardian.

wslgpu puts itself into a job object that kills its members when the last handle to it closes (CreateJobObjectW,
JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE). Children are born into it, and the handle closes with wslgpu, however it ends.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    import signal
    import subprocess
    import threading
    import time
    from collections.abc import Callable, Mapping, Sequence
    from ctypes import wintypes
    from types import FrameType

    from wslgpu.system.answers import Absent, Unknown
    from wslgpu.system.ended import TICK_S, Ended
    from wslgpu.system.windows_tree import end_tree

    KILL_ON_JOB_CLOSE, EXTENDED_LIMITS = 0x2000, 9
    QUERY_LIMITED = 0x1000
    TICKS_A_SECOND = 100  # as /proc counts on Linux
    _jobs: list[int] = []  # kept open until the end of wslgpu

    class _BasicLimits(ctypes.Structure):
        _fields_ = [
            ("process_time", ctypes.c_int64),
            ("job_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("least_set", ctypes.c_size_t),
            ("most_set", ctypes.c_size_t),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD),
            ("scheduling", wintypes.DWORD),
        ]

    class _Limits(ctypes.Structure):
        _fields_ = [
            ("basic", _BasicLimits),
            ("io", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("most_process_memory", ctypes.c_size_t),
            ("most_job_memory", ctypes.c_size_t),
        ]

    def supervise_on_windows(
        argv: Sequence[str],
        *,
        deadline_s: float | None,
        env: Mapping[str, str] | None,
        patience_s: float,
        on_tick: Callable[[], str],
        on_interrupt: Callable[[], None],
        before_kill: Callable[[str, int], None],
    ) -> Ended | Absent | Unknown:
        """Run `argv` with our streams. The console sends Ctrl-C to the child by itself."""
        _hold_in_a_job()
        began = time.monotonic()
        pressed: list[float] = []

        def note(number: int, frame: FrameType | None) -> None:
            pressed.append(time.monotonic())

        main = threading.current_thread() is threading.main_thread()
        previous = signal.signal(signal.SIGINT, note) if main else None
        try:
            try:
                child = subprocess.Popen(list(argv), stdin=subprocess.DEVNULL, env=dict(env) if env else None)
            except FileNotFoundError:
                return Absent()
            except OSError as error:
                return Unknown("denied", f"{argv[0]}: {error}")
            ended_by = ""
            while True:
                try:
                    child.wait(TICK_S)
                    break
                except subprocess.TimeoutExpired:
                    pass
                now = time.monotonic()
                word = on_tick()
                if not ended_by and pressed:
                    ended_by = "interrupt"
                    on_interrupt()
                elif not ended_by and (word or (deadline_s is not None and now - began >= deadline_s)):
                    ended_by = word or "deadline"
                    before_kill(ended_by, child.pid)
                    end_tree(child.pid)
                if ended_by == "interrupt" and (len(pressed) > 1 or now - pressed[0] >= patience_s):
                    end_tree(child.pid)
            end_tree(child.pid)  # what it left behind still names it as its parent
            return Ended(child.returncode, ended_by, time.monotonic() - began, (), "")
        finally:
            if previous is not None:
                signal.signal(signal.SIGINT, previous)

    def read_cpu_ticks(pid: int) -> int | None:
        """User and kernel time of a process in 1/100 s, as on Linux; None when it is gone."""
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.OpenProcess.restype = wintypes.HANDLE
        handle = wintypes.HANDLE(kernel32.OpenProcess(QUERY_LIMITED, False, pid))
        if not handle:
            return None
        times = [ctypes.c_uint64() for _ in range(4)]
        told = kernel32.GetProcessTimes(handle, *(ctypes.byref(value) for value in times))
        kernel32.CloseHandle(handle)
        # In units of 100 ns: creation, exit, kernel, user. An exit time means that it has ended.
        return (times[2].value + times[3].value) * TICKS_A_SECOND // 10**7 if told and not times[1].value else None

    def _hold_in_a_job() -> None:
        if _jobs:
            return
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.CreateJobObjectW.restype = wintypes.HANDLE
        kernel32.GetCurrentProcess.restype = wintypes.HANDLE
        job = kernel32.CreateJobObjectW(None, None)
        if not job:
            return
        limits = _Limits()
        limits.basic.flags = KILL_ON_JOB_CLOSE
        handle = wintypes.HANDLE(job)
        kernel32.SetInformationJobObject(handle, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
        kernel32.AssignProcessToJobObject(handle, wintypes.HANDLE(kernel32.GetCurrentProcess()))
        _jobs.append(job)
