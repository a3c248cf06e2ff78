"""The worker's side: says which batch it makes and since when, and gives its stacks when asked."""

from __future__ import annotations

import faulthandler
import functools
import mmap
import multiprocessing
import os
import time
from typing import Any, Callable

from . import where
from .values import RECORD, SLOT_BYTES, STACK_SIGNAL


class _SlotWriter:
    def __init__(self, run_dir: str) -> None:
        path = os.path.join(run_dir, "w.%d" % os.getpid())
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.ftruncate(fd, SLOT_BYTES)
            self._map = mmap.mmap(fd, SLOT_BYTES)
        finally:
            os.close(fd)
        self._count = 0
        answer_stack_signal(run_dir)

    def write(self, busy: int, uid: int, index: int) -> None:
        # The count is written first and last: a reader that sees two different counts reads again.
        self._count += 1
        RECORD.pack_into(self._map, 0, self._count, busy, uid, index, time.monotonic(), self._count)


_stacks: Any = None  # kept open: the signal handler writes to its descriptor


def answer_stack_signal(run_dir: str) -> None:
    """From now on STACK_SIGNAL writes this process' Python stacks to stack.PID, even while it hangs in C code."""
    global _stacks
    if not hasattr(faulthandler, "register"):
        return  # Windows has no such signal
    path = os.path.join(run_dir, "stack.%d" % os.getpid())
    _stacks = open(path + ".new", "a")  # appending: the reader empties the file before it asks
    faulthandler.register(STACK_SIGNAL, file=_stacks, all_threads=True, chain=False)
    os.rename(path + ".new", path)  # its being there says that the signal may be sent


_writer: _SlotWriter | None = None
_writer_pid = 0


def own_slot() -> _SlotWriter | None:
    """This worker's slot; None in the parent (threads of a ThreadPool are not workers) or when it cannot be made."""
    global _writer, _writer_pid
    if _writer_pid != os.getpid():
        _writer, _writer_pid = None, os.getpid()
        run_dir = where.run_dir()
        if run_dir and getattr(multiprocessing.current_process(), "_parent_pid", None) is not None:
            try:
                _writer = _SlotWriter(run_dir)
            except (OSError, ValueError, RuntimeError):
                _writer = None  # a full disk must not stop a training that would work without us
    return _writer


def watch_item(make: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap Keras' get_index(uid, i) or next_sample(uid). Stays picklable: name and module are the original's."""

    @functools.wraps(make)
    def made(uid: int, *index: Any) -> Any:
        slot = own_slot()
        if slot is None:
            return make(uid, *index)
        number = index[0] if index and isinstance(index[0], int) else -1
        slot.write(1, int(uid), number)
        try:
            item = make(uid, *index)
        except Exception:
            slot.write(0, int(uid), number)
            raise
        # Not in a finally: sys.exit() leaves the slot busy, and so it can be told from a worker that was sent home.
        slot.write(0, int(uid), number)
        return item

    return made
