"""Threads in place of workers, where there is no fork: the same order and single use, and Python's GIL."""

from __future__ import annotations

import collections
import concurrent.futures
import time
import warnings
from typing import Any

from .errors import WorkerStuck
from .task import Task


class ThreadCrew:
    """As ForkCrew, within this process."""

    kind = "threads"
    lent = 0  # of shared memory: none

    def __init__(self, sequence: Any, workers: int, timeout: float) -> None:
        self.sequence, self.workers, self.timeout = sequence, workers, timeout
        self.waiting: collections.deque[Task] = collections.deque()
        self.running: dict[int, tuple[Task, Any, float]] = {}
        self.batches: dict[int, Any] = {}
        self.number = 1
        self.largest = 0
        self.replaced = 0
        self.pool = concurrent.futures.ThreadPoolExecutor(workers)

    def stop(self) -> None:
        """Let no new batch begin. A thread cannot be ended: one that is under way ends by itself."""
        self.waiting.clear()
        self.pool.shutdown(wait=False)

    def restart(self) -> None:
        """The threads see the Sequence itself: there is nothing to renew."""

    def call(self, name: str, states: Any) -> None:
        """The caller has run the hook on the very Sequence that the threads use."""
        self.waiting.clear()
        concurrent.futures.wait([future for _, future, _ in self.running.values()], self.timeout)
        self.running.clear()

    def submit(self, index: int, epoch: int, first: bool) -> Task:
        """Ask for a batch."""
        task = Task(self.number, index, epoch)
        self.number += 1
        if first:
            self.waiting.appendleft(task)
        else:
            self.waiting.append(task)
        return task

    def discard(self, task: Task) -> None:
        """This batch is not wanted any more."""
        task.unwanted = True
        self.batches.pop(task.number, None)
        if task in self.waiting:
            self.waiting.remove(task)

    def wait(self, task: Task) -> None:
        """Until the task is finished."""
        self.pump(0)
        while not task.finished:
            self.pump(0.5)

    def supply(self, ahead: int) -> None:
        """Start what waits."""
        self.pump(0)

    def pump(self, seconds: float) -> None:
        """Start what waits, as far as there are threads; take in what is ready, waiting up to `seconds` for one."""
        while self.waiting and len(self.running) < 2 * self.workers:
            task = self.waiting.popleft()
            self.running[task.number] = (task, self.pool.submit(self._make, task.index), time.monotonic())
        futures = [future for _, future, _ in self.running.values()]
        concurrent.futures.wait(futures, seconds, concurrent.futures.FIRST_COMPLETED)
        for number, (task, future, began) in list(self.running.items()):
            if future.done():
                del self.running[number]
                task.error = future.exception()
                if task.error is None and not task.unwanted:
                    task.result = (0, 0, 0)
                    self.batches[number] = future.result()
            elif seconds and future.running() and time.monotonic() - began > self.timeout / 10 and not task.warned:
                task.warned = True
                warnings.warn(f"batch {task.index} is still under way in a thread", RuntimeWarning, stacklevel=2)
            elif seconds and time.monotonic() - began > self.timeout:
                del self.running[number]
                task.error = WorkerStuck(f"batch {task.index} is not there after timeout={self.timeout:g} s")

    def take(self, task: Task, copy: bool) -> Any:
        """The batch, or its exception."""
        if task.error is not None:
            raise task.error
        return self.batches.pop(task.number)

    def _make(self, index: int) -> Any:
        return self.sequence[index]
