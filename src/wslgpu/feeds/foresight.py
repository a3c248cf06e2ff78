"""Which batches will be asked for next.

Keras asks a Sequence for one index at a time and keeps the order, shuffled or not, in a local variable of the
generator that asks (Keras 2 and 3 alike). Whoever reads that list knows the whole epoch. Where there is no such list,
two indexes in a row are taken for a run. A wrong guess costs time and never a wrong batch.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

FRAMES = 3  # a user's own wrapper may stand between Keras and the feed


class Foresight:
    """The order of the pass under way, as far as it is known."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.order: Any = ()
        self.source: Any = None
        self.at = 0
        self.early: set[int] = set()
        self.last: int | None = None

    def asked(self, index: int, length: int | None, look: Callable[[], Any]) -> bool:
        """Note that `index` is asked for. `look` finds the caller's order. True where a new pass began."""
        last, self.last = self.last, index
        if self._advance(index):
            return False
        source = look()
        if source is not None and not (source is self.source and index in self._window()):
            self._begin(source, [int(i) for i in source], index)
            return True
        if index in self._window():  # several threads ask, and not in step
            self.early.add(index)
            return False
        if last is not None and index == last + 1 and (length is None or index < length):
            self._begin(None, range(index, length) if length is not None else _Counting(index), index)
            return True
        return False

    def begin(self, order: Sequence[int]) -> None:
        """A pass whose order is known begins."""
        self.order, self.source, self.at, self.early = order, order, 0, set()

    def forget(self) -> None:
        """Nothing is known any more (the Sequence has changed)."""
        self.order, self.source, self.at, self.early, self.last = (), None, 0, set(), None

    def upcoming(self, count: int) -> list[int]:
        """The next indexes, at most `count`."""
        ahead = self.order[self.at : self.at + count + len(self.early)]
        return [i for i in ahead if i not in self.early][:count]

    def _begin(self, source: Any, order: Any, index: int) -> None:
        self.order, self.source, self.early = order, source, set()
        self.at = order.index(index) + 1

    def _window(self) -> Any:
        return self.order[self.at : self.at + self.window]

    def _advance(self, index: int) -> bool:
        ahead = self.order[self.at : self.at + 1]
        if not ahead or ahead[0] != index:
            return False
        self.at += 1
        while self.early:
            ahead = self.order[self.at : self.at + 1]
            if not ahead or ahead[0] not in self.early:
                break
            self.early.discard(ahead[0])
            self.at += 1
        return True


class _Counting:
    """start, start + 1, ... without end: the order of a Sequence without length."""

    def __init__(self, start: int) -> None:
        self.start = start

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return list(itertools.islice(itertools.count(self.start + place.start), place.stop - place.start))
        return self.start + place

    def __len__(self) -> int:
        return 1 << 62

    def index(self, value: int) -> int:
        return value - self.start


def find_order(frame: Any, index: int, length: int | None) -> Any:
    """The order that a caller goes through: a local that is a permutation of range(length). None: there is none."""
    if not length or length < 2:
        return None
    for _ in range(FRAMES):
        if frame is None:
            return None
        # Only generators are looked into: a look keeps all locals of a frame alive until it ends (before Python 3.13).
        for value in list(frame.f_locals.values()) if frame.f_code.co_flags & inspect.CO_GENERATOR else ():
            if isinstance(value, range):
                if value == range(length):
                    return value
            elif isinstance(value, (list, tuple, np.ndarray)) and _is_permutation(value, length):
                return value
        frame = frame.f_back
    return None


def _is_permutation(value: Any, length: int) -> bool:
    if len(value) != length or (isinstance(value, np.ndarray) and (value.ndim != 1 or value.dtype.kind not in "iu")):
        return False
    if not isinstance(value[0], (int, np.integer)) or not isinstance(value[-1], (int, np.integer)):
        return False
    try:
        array = np.asarray(value)
        return array.dtype.kind in "iu" and bool((np.sort(array) == np.arange(length)).all())
    except (TypeError, ValueError, OverflowError):
        return False
