"""The parent's side of the workers: hands out tasks, takes in batches, replaces who dies.

The pipes are wire.py's, the memory memory.py's and slots.py's, and who is stuck is stuck.py's to say.
"""

from __future__ import annotations

import collections
import contextlib
import os
import select
import time
import warnings
from typing import Any

from .errors import FeedError, WorkerDied, WorkerStuck, WorkerTraceback
from .layout import unpack
from .memory import Ring
from .nursery import start_nursery
from .processes import advise, kill, name_ending, runs
from .slots import Slots
from .stuck import end_stuck
from .task import Seat, Task
from .wire import DONE, FAILED, STATE, TASK, Wires, register, unpack_results

TICK_S = 0.5
AHEAD_S = 0.02  # work that a worker has waiting, so that a parent that is busy (Python's GIL) costs no idle time
FIRST_TASK = 1
RESULTS_BYTES = 1 << 16  # taken out of the pipe at once


class ForkCrew:
    """Persistent fork workers around a ring of shared memory. Linux only. OSError where there is no room for it."""

    kind = "fork"

    def __init__(
        self, sequence: Any, workers: int, lookahead: int, spare: int, seed: int | None, timeout: float, retries: int
    ) -> None:
        register()
        self.sequence, self.workers, self.seed = sequence, workers, seed
        self.timeout, self.retries = timeout, retries
        self.spare = spare
        self.ring = Ring(lookahead + spare, workers * STATE.size)
        self.slots = Slots(self.ring, workers)
        self.number = FIRST_TASK
        self.seconds = 0.0  # of one batch, a running mean
        self.largest = 0  # bytes
        self.replaced = 0
        self.idle_deaths = 0
        self.nursery: int | None = None
        self.owner = os.getpid()
        self.start()

    # -- life

    def start(self) -> None:
        """Fork the nursery and from it one worker a seat. Tasks that were under way start anew."""
        self.wires = Wires(self.workers)
        self.seats = [Seat() for _ in range(self.workers)]
        self.waiting: collections.deque[Task] = collections.deque()
        self.rest = b""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on threads and fork: see nursery.py
            self.nursery = start_nursery(self.sequence, self.wires, self.ring, self.seed)
        for seat in range(self.workers):
            self.wires.order("fork", seat)
        self.poll = select.poll()
        self.poll.register(self.wires.results[0], select.POLLIN)
        self.poll.register(self.wires.parent, select.POLLIN)

    def stop(self) -> None:
        """End every process and wait until none of them runs. Tasks are kept as they are."""
        if self.nursery is None or os.getpid() != self.owner:
            return
        nursery, self.nursery = self.nursery, None
        pids = [seat.pid for seat in self.seats if seat.pid]
        for pid in [nursery, *pids]:
            kill(pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(nursery, 0)
        for _ in range(5000):  # looks, not seconds: where the whole machine stood still, the killed have not run either
            if not any(runs(pid) for pid in pids):
                break
            time.sleep(0.001)
        self.wires.close()

    def restart(self) -> None:
        """A new nursery from the parent's own Sequence; every unfinished task goes to the new workers."""
        tasks = self._unfinished()
        self.stop()
        self.start()
        self.waiting.extend(tasks)

    def _unfinished(self) -> list[Task]:
        tasks = [task for seat in self.seats for task in seat.tasks.values()] + list(self.waiting)
        kept = []
        for task in sorted(tasks, key=lambda task: task.number):
            self._free_slot(task)
            task.seat = None
            if not task.unwanted:
                kept.append(task)
        return kept

    def call(self, name: str, states: Any) -> None:
        """Run a hook in the nursery; new workers are forked from what it leaves. FeedError carries its traceback."""
        for task in self._unfinished():
            task.unwanted = True
        if self.nursery is None:
            self.start()
            return
        for seat in self.seats:
            seat.tasks.clear()
            seat.pid = None
        self.waiting.clear()
        self.wires.order("call", name, states)
        end = time.monotonic() + self.timeout
        while True:
            if not select.select([self.wires.parent], [], [], max(0.0, end - time.monotonic()))[0]:
                self.stop()
                raise WorkerStuck(f"{name} has not ended within timeout={self.timeout:g} s in the workers' process")
            message = self.wires.hear()
            if message is None:  # the nursery has died; the parent's Sequence has had its hook already
                self.restart()
                return
            if message[0] == "called":
                break
        for number in range(self.workers):
            self.wires.drain(number)
        self._read_results()
        if message[1]:
            raise FeedError(name + " failed in the workers' process:\n" + message[1])
        for seat_number in range(self.workers):
            self.wires.order("fork", seat_number)

    # -- tasks

    @property
    def lent(self) -> int:
        """Batches whose arrays somebody still holds."""
        return self.slots.lent

    def submit(self, index: int, epoch: int, first: bool) -> Task:
        """Ask for a batch. `first`: before all that still waits."""
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
        if task.finished:
            self._free_slot(task)
        elif task in self.waiting:
            self.waiting.remove(task)

    def wait(self, task: Task) -> None:
        """Until the task is finished. Hands out waiting tasks meanwhile."""
        while not task.finished:
            self.pump(TICK_S)

    def supply(self, ahead: int) -> None:
        """Keep the workers busy, who have `ahead` batches to make: one at a time if they are few, else by quarters.

        Each message lets go of Python's lock, and a training step that holds it is slow to give it back.
        """
        if len(self.waiting) >= max(1, ahead // 4):
            self.pump(0)

    def take(self, task: Task, copy: bool) -> Any:
        """The batch of a finished task; its exception is raised. Call it once."""
        if task.error is not None:
            raise task.error
        assert task.result is not None
        assert task.slot is not None
        kind, stream, used = task.result
        if kind not in (DONE, FAILED):
            room = self.ring.room
            self._free_slot(task)
            raise FeedError(
                f"batch {task.index} takes {used >> 20} MiB and a slot of the feed holds {room >> 20} MiB; "
                "make the batch smaller, or give this process more address space (ulimit -v)"
            )
        copy = copy or kind == FAILED or self.slots.lent >= self.spare
        memory = self.ring.slot(task.slot)
        if copy:
            batch = unpack(memory, stream, True)
            self._free_slot(task)
        else:
            batch = unpack(memory, stream, False)
            self.slots.lend(task.slot, memory)
            task.slot = None
        if kind == FAILED:
            error, text = batch
            raise error from WorkerTraceback(text)
        return batch

    def _free_slot(self, task: Task) -> None:
        if task.slot is not None:
            self.slots.give_back(task.slot)
            task.slot = None

    # -- the pump

    def pump(self, seconds: float) -> None:
        """Hand out what waits, then take in what has arrived; wait up to `seconds` where nothing has."""
        self._hand_out()
        ready = {fd for fd, _ in self.poll.poll(int(seconds * 1000))}
        if self.wires.results[0] in ready:
            self._read_results()
        if self.wires.parent.fileno() in ready:
            message = self.wires.hear()
            if message is None:
                self._count_idle_death("the process that forks them ended", 10 * self.workers)
                self.restart()
            elif message[0] == "born":
                self.seats[message[1]].pid = message[2]
            elif message[0] == "died":
                self._replace(*message[1:])
        if not ready and seconds:
            end_stuck(self.seats, self.ring.map, self.wires.traces[0], self.timeout)

    def _hand_out(self) -> None:
        if not self.waiting:
            return
        depth = max(2, int(AHEAD_S / self.seconds)) if self.seconds else 2
        messages: dict[int, bytes] = {}
        while self.waiting:
            died = self.waiting[0].deaths > 0
            number = min(range(self.workers), key=lambda number: self.seats[number].rank(depth, died))
            seat = self.seats[number]
            if len(seat.tasks) >= depth:
                break
            slot = self.slots.take(number)
            if slot is None:
                break
            task = self.waiting.popleft()
            task.slot, task.seat = slot, number
            seat.tasks[task.number] = task
            message = TASK.pack(task.number, task.index, slot, task.epoch)
            messages[number] = messages.get(number, b"") + message
        for number, message in messages.items():
            for start in range(0, len(message), select.PIPE_BUF):
                os.write(self.wires.tasks[number][1], message[start : start + select.PIPE_BUF])

    def _read_results(self) -> None:
        while True:
            try:
                data = os.read(self.wires.results[0], RESULTS_BYTES)
            except BlockingIOError:
                return
            if not data:
                return
            results, self.rest = unpack_results(self.rest + data)
            for kind, seat, number, stream, used, seconds in results:
                task = self.seats[seat].tasks.pop(number, None)
                if task is None:  # of a worker that is gone
                    continue
                self.idle_deaths = self.seats[seat].lost = 0
                self.seconds = seconds if not self.seconds else 0.8 * self.seconds + 0.2 * seconds
                self.largest = max(self.largest, used)
                task.result = (kind, stream, used)
                if task.unwanted:
                    self._free_slot(task)
            if len(data) < RESULTS_BYTES:  # the pipe is empty
                return

    def _replace(self, number: int, pid: int, status: int) -> None:
        """A worker died: what it had finished counts, the rest of its tasks goes to the others."""
        seat = self.seats[number]
        if seat.pid != pid:
            return
        self._read_results()
        self.wires.drain(number)
        under_way = STATE.unpack_from(self.ring.map, number * STATE.size)[0]
        STATE.pack_into(self.ring.map, number * STATE.size, -1, 0.0)
        seat.pid = None
        seat.lost += 1
        tasks = list(seat.tasks.values())
        seat.tasks.clear()
        for task in reversed(tasks):
            self._free_slot(task)
            task.seat = None
            if task.number == under_way:
                task.deaths += 1
            if task.deaths > self.retries and not task.finished:
                task.error = WorkerDied(
                    f"batch {task.index} ended {task.deaths} workers in a row, the last by {name_ending(status)}; "
                    + advise(status)
                )
            elif not task.unwanted and not task.finished:
                self.waiting.appendleft(task)
        if under_way not in {task.number for task in tasks}:
            self._count_idle_death("worker " + str(pid) + " ended by " + name_ending(status))
        self.replaced += 1
        self.wires.order("fork", number)

    def _count_idle_death(self, what: str, weight: int = 1) -> None:
        self.idle_deaths += weight
        if self.idle_deaths > 50 * self.workers:
            raise FeedError(f"workers end faster than they can work ({what}); try fork_feed(..., threads=True)")
