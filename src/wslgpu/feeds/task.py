"""A batch that is asked for, and how far it has come; a worker's place, and what is asked of it."""

from __future__ import annotations

import collections


class Task:
    """A batch to be made: where it stands."""

    def __init__(self, number: int, index: int, epoch: int) -> None:
        self.number, self.index, self.epoch = number, index, epoch
        self.slot: int | None = None
        self.seat: int | None = None
        self.result: tuple[int, int, int] | None = None  # kind, stream, used
        self.error: BaseException | None = None
        self.deaths = 0
        self.unwanted = False
        self.warned = False

    @property
    def finished(self) -> bool:
        """Whether a batch or an error is there."""
        return self.result is not None or self.error is not None


class Seat:
    """A worker's place: its process, and the tasks in its pipe, oldest first."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.tasks: collections.OrderedDict[int, Task] = collections.OrderedDict()
        self.lost = 0  # workers in a row that died here without a result

    def rank(self, depth: int, died: bool) -> tuple[int, int, int]:
        """The seat that ranks lowest takes the next task: one with room, rather where no worker has just died.

        A batch that a worker died with waits for the seat where the fewest do: sent back to the same place it would
        spend all its retries there, though it is not the batch that ends them.
        """
        full, many = len(self.tasks) >= depth, len(self.tasks)
        return (self.lost, full, many) if died else (full, self.lost, many)
