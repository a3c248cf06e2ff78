"""One pool of Keras: what was seen of it, and how it is ended so that `fit` raises."""

from __future__ import annotations

import multiprocessing.pool
import os
import time
from typing import Any

from .values import SIGKILL, START_S, Finding


class Pool:
    """One pool of Keras and what was seen of its workers."""

    def __init__(self, method: str) -> None:
        self.start_s = 0.0 if method == "fork" else START_S
        self.pool: Any = None  # a weak reference once the pool is there
        self.started: list[Any] = []  # every Process ever started for it, also those replaced since
        self.ticks: dict[int, tuple[int | None, float]] = {}
        self.stacks_asked: dict[int, int] = {}
        self.last_counts: tuple[Any, ...] = ()
        self.last_move = time.monotonic()
        self.tripped: Finding | None = None
        self.slow_told: set[tuple[int, int]] = set()


def error_of(finding: Finding) -> RuntimeError:
    return RuntimeError("wslgpu: [%s] %s" % (finding.slug, finding.sentence))


def fail_pending(pool: Any, error: Exception) -> None:
    """Give every batch that somebody waits for an exception as its result."""
    for result in list(pool._cache.values()):
        try:
            result._set(0, (False, error))
        except (AttributeError, KeyError, IndexError):
            pass  # answered in the meantime


def end_pool(pool: Any, alive: list[Any]) -> None:
    """Kill a pool's workers for good. Pool.terminate() would wait for a lock that a dead worker may hold."""
    # The pool itself stays "running": Keras' thread goes on to ask it for batches, and gets our error for those too.
    pool._worker_handler._state = multiprocessing.pool.TERMINATE  # or it would start new ones
    notifier = getattr(pool, "_change_notifier", None)
    if notifier is not None:
        notifier.put(None)
    time.sleep(0.01)
    for process in set(alive) | set(pool._pool):
        if process.exitcode is None:
            try:
                if os.name == "nt":
                    process.terminate()
                else:
                    os.kill(process.pid, SIGKILL)
            except OSError:
                pass
    deadline = time.monotonic() + 1
    while any(p.exitcode is None for p in set(alive) | set(pool._pool)) and time.monotonic() < deadline:
        time.sleep(0.01)
    # The locks lie in shared memory and outlive their holders; at exit multiprocessing takes them once more.
    for lock in (getattr(pool._inqueue, "_rlock", None), getattr(pool._outqueue, "_wlock", None)):
        if lock is not None and not lock.acquire(block=False):
            pass
        if lock is not None:
            try:
                lock.release()
            except ValueError:
                pass
