"""Which slot of the ring is whose: free, being written, or lent to the arrays of a batch that was handed out."""

from __future__ import annotations

import collections
import weakref
from typing import Any

from .memory import Ring


class Slots:
    """The slots of a ring. Each worker gets back those that it has written: memory that is new to it costs more."""

    def __init__(self, ring: Ring, workers: int) -> None:
        self.ring = ring
        self._fresh = list(range(ring.slots))
        self._free: list[list[int]] = [[] for _ in range(workers)]  # by the worker that wrote them last
        self._writer = [0] * ring.slots
        self._leases: dict[int, tuple[Any, int]] = {}
        self._ended: collections.deque[Any] = collections.deque()

    @property
    def lent(self) -> int:
        """Slots on which arrays still lie."""
        self.reclaim()
        return len(self._leases)

    def take(self, seat: int) -> int | None:
        """A free slot for a worker: its own last one, else another's, else one never written. None: there is none."""
        self.reclaim()
        own = self._free[seat]
        if own:
            return own.pop()
        for other in self._free:
            if other:
                slot = other.pop()
                break
        else:
            if not self._fresh:
                return None
            slot = self._fresh.pop()
        self._writer[slot] = seat
        return slot

    def give_back(self, slot: int) -> None:
        """This slot is free."""
        self._free[self._writer[slot]].append(slot)

    def lend(self, slot: int, memory: Any) -> None:
        """It is free when `memory`, on which arrays lie, has gone."""
        lease = weakref.ref(memory, self._ended.append)
        self._leases[id(lease)] = (lease, slot)

    def reclaim(self) -> None:
        """Slots whose last array has gone. The callbacks only note it: they may run at any point, in any thread."""
        while self._ended:
            lease = self._leases.pop(id(self._ended.popleft()), None)
            if lease is not None:
                self.give_back(lease[1])
