"""The nursery: a process forked once from the training, from which all workers are forked.

It is single-threaded, it never makes a batch, and it is the one that runs on_epoch_end for the workers. So a dead
worker is replaced by a fork of a process without TensorFlow's threads; all workers of an epoch are copies of the very
same Sequence (each running on_epoch_end by itself would shuffle differently); and what a worker changes in its copy
stays there.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import random
import select
import signal
import sys
import threading
import traceback
from typing import Any

import numpy as np

from .memory import Ring
from .processes import run_fork_hooks
from .wire import Wires
from .worker import die_with_parent, work


def start_nursery(sequence: Any, wires: Wires, ring: Ring, seed: int | None) -> int:
    """Fork the nursery. Its pid; in the nursery this never returns."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()
    parent = os.getpid()
    # The kernel ties the parent-death signal to the thread that forked: one that ends would end the nursery.
    lasting = threading.current_thread() is threading.main_thread()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pid = wires.fork()
        if pid == 0:
            _be_nursery(sequence, wires, ring, seed, parent if lasting else None)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    wires.keep_parent_ends()
    return pid


def random_state() -> tuple[Any, Any]:
    """The state of Python's and numpy's global generators."""
    return random.getstate(), np.random.get_state()


def _be_nursery(sequence: Any, wires: Wires, ring: Ring, seed: int | None, parent: int | None) -> None:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if parent is not None:
            die_with_parent(parent)
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a worker that touches TensorFlow must not take the card's memory
        wires.keep_child_ends()
        run_fork_hooks()
        sys.stdin = open(os.devnull)  # noqa: SIM115 (for as long as the process lives)
        gc.freeze()  # no collection in a worker then writes to, and so copies, the pages that it shares
        _Nursery(sequence, wires, ring, seed).serve()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


class _Nursery:
    def __init__(self, sequence: Any, wires: Wires, ring: Ring, seed: int | None) -> None:
        self.sequence, self.wires, self.ring, self.seed = sequence, wires, ring, seed
        self.pids: dict[int, int] = {}  # pid -> seat
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_read, False)
        os.set_blocking(self.wake_write, False)

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self.wake_write)
        control = self.wires.child
        poll = select.poll()
        poll.register(control, select.POLLIN)
        poll.register(self.wake_read, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll()]
            if self.wake_read in ready:
                os.read(self.wake_read, 4096)
                self.report_deaths()
            if control.fileno() in ready:
                message = control.recv(1 << 17)
                if not message:
                    self.end_workers()  # the parent has closed the feed, or is gone
                    return
                self.obey(*pickle.loads(message))

    def obey(self, order: str, *arguments: Any) -> None:
        if order == "fork":
            self.fork_worker(arguments[0])
        elif order == "call":
            self.end_workers()
            self.say("called", self.call(*arguments))

    def fork_worker(self, seat: int) -> None:
        nursery = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(self.wake_read)
                os.close(self.wake_write)
                work(self.sequence, self.wires, self.ring, seat, self.seed, nursery)
            except BrokenPipeError:
                pass
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        self.pids[pid] = seat
        self.say("born", seat, pid)

    def call(self, name: str, state: tuple[Any, Any]) -> str:
        """Run a hook of the Sequence as the parent ran it: with the same global random state. Its traceback, or ""."""
        random.setstate(state[0])
        np.random.set_state(state[1])
        try:
            getattr(self.sequence, name)()
        except BaseException:
            return traceback.format_exc()
        return ""

    def end_workers(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in list(self.pids):
            _wait(pid, 0)
            del self.pids[pid]

    def report_deaths(self) -> None:
        for pid in list(self.pids):
            status = _wait(pid, os.WNOHANG)
            if status is not None:
                self.say("died", self.pids.pop(pid), pid, status)

    def say(self, *message: Any) -> None:
        self.wires.child.send(pickle.dumps(message, 4))


def _wait(pid: int, options: int) -> int | None:
    try:
        found, status = os.waitpid(pid, options)
    except ChildProcessError:  # user code waited for all its children
        return 0
    return status if found else None
