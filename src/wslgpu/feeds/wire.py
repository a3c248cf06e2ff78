"""What the processes of a feed say to each other, and through what.

Every message on a pipe is of fixed size, and a write holds whole ones (tasks several, results one) and no more than
PIPE_BUF, so none is ever torn: not by other writers, not by SIGKILL. The batches themselves go through the ring. No
semaphore, no lock and no file is shared, so a worker that dies at any instant leaves nothing locked and nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import socket
import struct
import weakref
from typing import Any

TASK = struct.Struct("<qqqq")  # task, index, slot, epoch
RESULT = struct.Struct("<qqqqqd")  # kind, seat, task, bytes of the stream, bytes used, seconds of work
STATE = struct.Struct("<qd")  # task under way, when it began (CLOCK_MONOTONIC is the same in every process)
DONE, FAILED, TOO_LARGE = 0, 1, 2

_all_wires: weakref.WeakSet[Wires] = weakref.WeakSet()
_kept: list[Wires] = []  # those of the fork under way (no `global`: Python 3.7 takes no annotation with it)
_registered: list[bool] = []


class Wires:
    """The pipes of one nursery: tasks to each seat, results and tracebacks from all, and the control socket."""

    def __init__(self, seats: int) -> None:
        self.tasks = [os.pipe() for _ in range(seats)]
        self.results = os.pipe()
        self.traces = os.pipe()
        self.parent, self.child = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for fd in (self.results[0], *self.traces):
            os.set_blocking(fd, False)
        self.open = True
        _all_wires.add(self)

    def fork(self) -> int:
        """os.fork(), after which the child still has these wires and no other feed's."""
        _kept.append(self)
        try:
            return os.fork()
        finally:
            _kept.clear()

    def keep_child_ends(self) -> None:
        """In the nursery: let go of the parent's ends, so that each side sees the other's end of file."""
        for _, write in self.tasks:
            os.close(write)
        os.close(self.results[0])
        os.close(self.traces[0])
        self.parent.close()
        self.open = False

    def keep_parent_ends(self) -> None:
        """In the parent. The read ends of the tasks stay: a dead worker's tasks are taken back out of its pipe."""
        os.close(self.results[1])
        os.close(self.traces[1])
        self.child.close()

    def close(self) -> None:
        """In the parent: close everything that is still open there."""
        if self.open:
            self.open = False
            for read, write in self.tasks:
                os.close(read)
                os.close(write)
            os.close(self.results[0])
            os.close(self.traces[0])
            self.parent.close()

    def order(self, *message: Any) -> None:
        """In the parent: tell the nursery. One that is gone is told by its end of file, which hear() returns."""
        with contextlib.suppress(OSError):
            self.parent.send(pickle.dumps(message, 4))

    def hear(self) -> tuple[Any, ...] | None:
        """In the parent: the nursery's next message; None where it has ended."""
        try:
            message = self.parent.recv(1 << 17)
        except OSError:
            return None
        found: tuple[Any, ...] | None = pickle.loads(message) if message else None
        return found

    def drain(self, seat: int) -> None:
        """In the parent: take what is left out of the pipe of a seat without a worker."""
        read = self.tasks[seat][0]
        while select.select([read], [], [], 0)[0]:
            os.read(read, 1 << 16)


def _close_in_child() -> None:
    """A child of any kind (Keras' own pool, another feed's nursery) must not hold a feed's pipes open."""
    for wires in list(_all_wires):
        if wires not in _kept:
            wires.close()


def register() -> None:
    """Let every fork of this process close the wires; called once, when the first feed is made."""
    if not _registered:
        os.register_at_fork(after_in_child=_close_in_child)
        _registered.append(True)


def unpack_results(data: bytes) -> tuple[list[tuple[Any, ...]], bytes]:
    """Whole results, and the rest."""
    whole = len(data) // RESULT.size * RESULT.size
    return list(RESULT.iter_unpack(data[:whole])), data[whole:]
