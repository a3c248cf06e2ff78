"""Generators in several threads: the lock around next, and the better way, the lock around the index alone."""

from __future__ import annotations

import collections
import functools
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def threadsafe(generator: Any) -> Any:
    """Let several threads take items from one generator: each item goes to exactly one of them.

    Decorates a generator function, or wraps an iterator. The items are made inside the lock, one at a time, so more
    threads bring no more speed, and the order in which threads get on with them is theirs. For speed: `in_order`.
    """
    if hasattr(generator, "__next__"):
        return _Locked(generator)

    @functools.wraps(generator)
    def locked(*args: Any, **kwargs: Any) -> _Locked:
        return _Locked(generator(*args, **kwargs))

    return locked


class _Locked:
    """An iterator whose `__next__` takes a lock."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iter(iterator)
        self._lock = threading.Lock()

    def __iter__(self) -> _Locked:
        return self

    def __next__(self) -> Any:
        with self._lock:
            return next(self._iterator)

    def close(self) -> None:
        """Close the generator, after the item under way."""
        with self._lock:
            close = getattr(self._iterator, "close", None)
            if close is not None:
                close()


def in_order(
    make: Callable[[Any], Any], indexes: Iterable[Any], threads: int = 4, lookahead: int | None = None
) -> Iterator[Any]:
    """`make(index)` for each index, made by `threads` threads at a time, handed out in the order of the indexes.

    The lock is held while an index is taken, never while an item is made; so threads gain wherever `make` waits or
    lets go of the GIL. Several threads may take from the result. At most `lookahead` items (twice the threads) are
    made ahead. An exception of `make` is raised in its turn. Ends its threads when closed or let go.
    """
    if threads < 1:
        raise ValueError(f"threads={threads}: at least one is needed")
    return _InOrder(make, indexes, threads, lookahead or 2 * threads)


class _Work:
    """What the threads share. They hold this and not the iterator, so that the iterator's end can end them."""

    def __init__(self, make: Callable[[Any], Any], indexes: Iterable[Any], lookahead: int) -> None:
        self.make, self.indexes, self.lookahead = make, iter(indexes), lookahead
        self.changed = threading.Condition()
        self.promised: collections.deque[list[Any]] = collections.deque()  # [state, value], oldest first
        self.ended = self.closed = False

    def run(self) -> None:
        while True:
            with self.changed:
                while len(self.promised) >= self.lookahead and not self.closed:
                    self.changed.wait()
                if self.closed or self.ended:
                    return
                entry: list[Any] = ["under way", None]
                try:
                    index = next(self.indexes)
                except StopIteration:
                    self.ended = True
                    self.changed.notify_all()
                    return
                except BaseException as error:
                    self.ended = True
                    self.promised.append(["error", error])
                    self.changed.notify_all()
                    return
                self.promised.append(entry)
            try:
                value = self.make(index)
                state = "item"
            except BaseException as error:
                value, state = error, "error"
            with self.changed:
                entry[1], entry[0] = value, state
                self.changed.notify_all()


class _InOrder:
    def __init__(self, make: Callable[[Any], Any], indexes: Iterable[Any], threads: int, lookahead: int) -> None:
        self._work = _Work(make, indexes, lookahead)
        self._turn = threading.Lock()
        for _ in range(threads):
            threading.Thread(target=self._work.run, daemon=True).start()

    def __iter__(self) -> _InOrder:
        return self

    def __next__(self) -> Any:
        work = self._work
        with self._turn, work.changed:
            while not (work.promised and work.promised[0][0] != "under way"):
                if work.closed or (work.ended and not work.promised):
                    raise StopIteration
                work.changed.wait()
            state, value = work.promised.popleft()
            work.changed.notify_all()
        if state == "error":
            raise value
        return value

    def close(self) -> None:
        """End the threads; each finishes the item that it is at."""
        with self._work.changed:
            self._work.closed = True
            self._work.changed.notify_all()

    def __del__(self) -> None:
        self.close()
