"""A Sequence whose batches are made by workers that live as long as it does."""

from __future__ import annotations

import operator
import os
import random
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any

from .errors import FeedError
from .foresight import Foresight, find_order
from .keras_base import own_hook
from .memory import shm_size
from .seeds import mix
from .task import Task

AHEAD_BYTES = 64 << 20  # more than this is made ahead only as two batches a worker: memory that is used anew is slow


class Feed:
    """A Sequence in front of a Sequence. `feed[i]` is `sequence[i]`, whatever was guessed and made ahead."""

    def __init__(
        self, sequence: Any, crew: Any, lookahead: int, memory: int, shuffle: bool, copy: bool, seed: int
    ) -> None:
        try:
            super().__init__(workers=1, use_multiprocessing=False)  # type: ignore[call-arg]
        except TypeError:  # Keras 2, or no Keras
            super().__init__()
        self.sequence = sequence
        self._crew, self._lookahead, self._memory = crew, lookahead, memory
        self._limited_for, self._most = -1, 0
        self._shuffle, self._copy, self._seed = shuffle, copy, seed
        self._foresight = Foresight(lookahead)
        self._tasks: dict[int, Task] = {}
        self._epoch = 0
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self._broken = False
        self._closed = False
        self._hooks = {name for name in ("on_epoch_begin", "on_epoch_end") if own_hook(sequence, name)}
        self._seen = _attributes(sequence)
        self._finalizer = weakref.finalize(self, crew.stop)

    # -- what Keras asks

    def __len__(self) -> int:
        length = self.num_batches
        if length is None:
            raise TypeError("this Sequence has no length")
        return length

    @property
    def num_batches(self) -> int | None:
        """Batches of an epoch; None: without end."""
        if hasattr(self.sequence, "__len__"):
            return len(self.sequence)
        length = getattr(self.sequence, "num_batches", None)
        return None if length is None else int(length)

    def __getitem__(self, index: int) -> Any:
        frame = sys._getframe(1)
        number = operator.index(index)
        with self._ready() as length:
            if number < 0 and length is not None:
                number += length
            began = self._foresight.asked(number, length, lambda: find_order(frame, number, length))
            if began:
                self._drop_unforeseen()
            return self._take(number)

    def __iter__(self) -> Iterator[Any]:
        length = self.num_batches
        with self._ready():
            self._epoch += 1
            order = list(range(length)) if length is not None else None
            if order is not None:
                if self._shuffle:
                    random.Random(mix(self._seed, self._epoch)).shuffle(order)
                self._foresight.begin(order)
                self._drop_unforeseen()
        numbers = iter(order) if order is not None else _count()
        for number in numbers:
            yield self[number]

    def on_epoch_begin(self) -> None:
        """As the Sequence's own; the workers' copies see it too."""
        self._call("on_epoch_begin")

    def on_epoch_end(self) -> None:
        """As the Sequence's own; the workers' copies see it too."""
        with self._lock:
            self._epoch += 1
            self._call("on_epoch_end")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "sequence":
            raise AttributeError(name)
        return getattr(self.sequence, name)

    # -- the user's side

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("a feed has processes of its own and cannot be pickled; give fit the feed without workers")

    def close(self) -> None:
        """End the workers. Batches that were handed out stay valid."""
        with self._lock:
            if self._owner == os.getpid():
                self._closed = True
                self._tasks.clear()
                self._finalizer()

    def refresh(self) -> None:
        """Let the workers start anew from the Sequence as it is now: after changing something inside it in place."""
        with self._ready(renew=False):
            self._forget()
            self._crew.restart()
            self._seen = _attributes(self.sequence)

    def describe(self) -> dict[str, Any]:
        """How this feed works, for a log: kind, workers, lookahead, largest batch (bytes), workers replaced, memory."""
        return {
            "kind": self._crew.kind,
            "workers": self._crew.workers,
            "lookahead": self._limit(),
            "largest_batch": self._crew.largest,
            "replaced": self._crew.replaced,
            "memory": "anonymous shared memory" if self._crew.kind == "fork" else "this process",
            "dev_shm_unused": shm_size(),
        }

    # -- inside

    def _ready(self, renew: bool = True) -> _Ready:
        return _Ready(self, renew)

    def _enter(self, renew: bool) -> int | None:
        if self._owner != os.getpid():
            raise FeedError(
                "a feed was used in a forked child: it has workers of its own, so give fit no workers and no "
                "use_multiprocessing"
            )
        if self._closed:
            raise FeedError("this feed is closed")
        if self._broken:  # Ctrl-C in the middle of a message: what the workers said is not all known
            self._forget()
            self._crew.restart()
        elif renew and not self._tasks and _changed(self._seen, self.sequence):
            self._crew.restart()  # a callback has given the Sequence a new attribute: the workers must see it
            self._seen = _attributes(self.sequence)
        self._broken = True
        return self.num_batches

    def _take(self, number: int) -> Any:
        task = self._tasks.pop(number, None)
        if task is None:
            if len(self._tasks) >= self._limit():
                self._drop_unforeseen(keep=self._limit() - 1)
            task = self._crew.submit(number, self._epoch, first=True)
        self._top_up()
        self._crew.wait(task)
        batch = self._crew.take(task, self._copy or self._too_much_held())
        self._top_up()
        self._crew.supply(self._limit())
        return batch

    def _top_up(self) -> None:
        limit = self._limit()
        missing = limit - len(self._tasks)
        if missing <= 0:
            return
        tasks = self._tasks
        for number in [number for number in self._foresight.upcoming(limit) if number not in tasks][:missing]:
            tasks[number] = self._crew.submit(number, self._epoch, first=False)

    def _limit(self) -> int:
        """Batches ahead: as many as were wanted and fit into the memory."""
        largest: int = self._crew.largest
        if largest != self._limited_for:
            self._limited_for = largest
            workers: int = self._crew.workers
            if not largest:
                self._most = workers  # nothing is known of the size yet
            else:
                ahead = max(2 * workers, AHEAD_BYTES // largest)
                self._most = max(workers, min(self._lookahead, ahead, self._memory // largest - 2))
        return self._most

    def _too_much_held(self) -> bool:
        held: int = self._crew.lent
        return held > 2 and (held + self._limit()) * self._crew.largest > self._memory

    def _drop_unforeseen(self, keep: int | None = None) -> None:
        wanted = self._foresight.upcoming(self._limit() if keep is None else keep)
        for number in [number for number in self._tasks if number not in wanted]:
            self._crew.discard(self._tasks.pop(number))

    def _forget(self) -> None:
        for task in self._tasks.values():
            self._crew.discard(task)
        self._tasks.clear()
        self._foresight.forget()

    def _call(self, name: str) -> None:
        """Run a hook here and in the nursery, from the same state of the global random generators."""
        from .nursery import random_state

        if name not in self._hooks:
            return
        with self._ready():
            states = random_state()
            getattr(self.sequence, name)()
            self._forget()
            self._crew.call(name, states)
            self._seen = _attributes(self.sequence)


class _Ready:
    """Holds the feed's lock; left by Ctrl-C or an error of the feed itself it marks the feed for a new start."""

    def __init__(self, feed: Feed, renew: bool) -> None:
        self.feed, self.renew = feed, renew

    def __enter__(self) -> int | None:
        self.feed._lock.acquire()
        try:
            return self.feed._enter(self.renew)
        except BaseException:
            self.feed._lock.release()
            raise

    def __exit__(self, kind: Any, *_: object) -> None:
        self.feed._broken = kind is not None and not issubclass(kind, Exception)
        self.feed._lock.release()


def _attributes(sequence: Any) -> dict[str, Any]:
    """What a Sequence holds, by name: kept alive, so that `is` tells what was replaced."""
    return dict(getattr(sequence, "__dict__", {}))


def _changed(seen: dict[str, Any], sequence: Any) -> bool:
    now = getattr(sequence, "__dict__", {})
    return len(now) != len(seen) or any(name not in seen or seen[name] is not value for name, value in now.items())


def _count() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1
