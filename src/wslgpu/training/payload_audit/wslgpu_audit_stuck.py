"""Where threads and processes stand that do not go on."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import tempfile
import traceback

SIGNAL = getattr(signal, "SIGUSR2", None)


def ready(path):
    """In a child: answer SIGNAL with the Python lines at which it stands, even in a deadlock."""
    if SIGNAL is not None:
        faulthandler.register(SIGNAL, file=open(path, "w"), all_threads=False)


def trace_path():
    return os.path.join(tempfile.gettempdir(), "wslgpu-audit-%d.trace" % os.getpid())


def ask(pid, path, seconds=1.0):
    """The answer of another process."""
    import time

    if SIGNAL is None:
        return ""
    try:
        os.kill(pid, SIGNAL)
    except OSError:
        return ""
    end = time.monotonic() + seconds
    text = ""
    while time.monotonic() < end:
        try:
            with open(path) as file:
                text = file.read()
        except OSError:
            text = ""
        if text:
            time.sleep(0.1)
            with open(path) as file:
                return file.read()
        time.sleep(0.05)
    return text


def of_thread(ident):
    """Where another thread of this process stands."""
    frame = sys._current_frames().get(ident)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""
