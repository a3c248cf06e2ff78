"""A worker: takes tasks from its seat, makes batches, lays them into the ring, says so. Ends when its seat closes."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import pickle
import signal
import sys
import time
import traceback
from typing import Any

from .layout import TooLarge, pack
from .memory import Ring
from .processes import run_fork_hooks
from .seeds import find_generators, mix, seed_all
from .wire import DONE, FAILED, RESULT, STATE, TASK, TOO_LARGE, Wires

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
PR_SET_PDEATHSIG = 1
TRACE_SIGNAL = signal.SIGUSR2 if hasattr(signal, "SIGUSR2") else None


def die_with_parent(parent: int) -> None:
    """Let the kernel end this process with the one that forked it, however that one ends."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:
        os._exit(0)


def keep_heap() -> None:
    """Let glibc reuse the memory of large arrays: given back after each batch, every page of the next is a fault."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(M_TRIM_THRESHOLD, 512 << 20)
    except (OSError, AttributeError):
        pass  # another C library


def work(sequence: Any, wires: Wires, ring: Ring, seat: int, seed: int | None, nursery: int) -> None:
    """Serve a seat until its pipe is closed. Runs in the worker; never returns to the caller's code.

    `nursery`: its pid from before the fork. One that is killed before the worker's first step leaves tasks in the pipe,
    whose slots the workers of the next nursery are given: an orphan must not write there.
    """
    die_with_parent(nursery)
    keep_heap()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    run_fork_hooks()
    wires.child.close()
    for other, (read, _) in enumerate(wires.tasks):
        if other != seat:
            os.close(read)
    if TRACE_SIGNAL is not None:
        faulthandler.register(TRACE_SIGNAL, file=wires.traces[1], all_threads=False)
    generators = find_generators(sequence)
    state = seat * STATE.size
    tasks, results = wires.tasks[seat][0], wires.results[1]
    while True:
        message = os.read(tasks, TASK.size)
        if len(message) < TASK.size:
            return
        task, index, slot, epoch = TASK.unpack(message)
        began = time.monotonic()
        STATE.pack_into(ring.map, state, task, began)
        if seed is not None:
            seed_all(mix(seed, epoch, index), generators)
        kind, stream, used = _make(sequence, index, ring, slot)
        STATE.pack_into(ring.map, state, -1, 0.0)
        _flush()
        os.write(results, RESULT.pack(kind, seat, task, stream, used, time.monotonic() - began))


def _make(sequence: Any, index: int, ring: Ring, slot: int) -> tuple[int, int, int]:
    memory = ring.slot(slot)
    try:
        return (DONE, *pack(sequence[index], memory, ring.room, lambda used: ring.prepare(slot, used)))
    except TooLarge as error:
        return TOO_LARGE, 0, error.needed
    except BaseException as error:  # sys.exit() in a Sequence too: it must reach the caller, not end a worker
        return (FAILED, *pack(_describe(error), memory, ring.room))


def _describe(error: BaseException) -> tuple[BaseException, str]:
    """The exception, or one like it where it cannot be pickled, and its traceback."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        copy = pickle.loads(pickle.dumps(error))
        if type(copy) is not type(error):
            raise TypeError("another type came back")
    except Exception:
        return RuntimeError(type(error).__name__ + ": " + str(error)), text
    return error, text


def _flush() -> None:
    """What user code prints must not wait in a buffer for a worker's end."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 (once a batch: contextlib.suppress would cost more than the flush)
            stream.flush()
        except (AttributeError, ValueError, OSError):
            pass
