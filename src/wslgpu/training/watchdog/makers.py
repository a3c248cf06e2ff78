"""How Keras gets its pools: by which start method, and watched from their first process on."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import time
import weakref
from typing import Any, Callable

from .parent import Watchdog
from .pool import Pool
from .worker import own_slot


def choose_start_method(wanted: str) -> str:
    """`auto` means: what the process would take, but fork where the forkserver is merely Python's own default.

    Python 3.14 made the forkserver the default on Linux; every epoch of a Keras pool would import TensorFlow anew.
    A method that the user has set is kept.
    """
    if wanted != "auto":
        return wanted
    methods = multiprocessing.get_all_start_methods()  # the platform's default comes first
    actual = multiprocessing.get_start_method(allow_none=True) or methods[0]
    if actual == "forkserver" and methods[0] == "forkserver" and "fork" in methods:
        return "fork"
    return actual


def pool_maker(watchdog: Watchdog, wanted: str, module: Any) -> Callable[..., Any]:
    """What makes the pools of Keras' `module`, with multiprocessing.Pool's arguments."""

    def make(*args: Any, **kwargs: Any) -> Any:
        method = choose_start_method(wanted)
        record = Pool(method)
        context = _recording_context(method, record.started)
        if method == "fork":
            watchdog.look_at_files(getattr(module, "_SHARED_SEQUENCES", {}))
        try:
            pool = context.Pool(*args, **kwargs)
        except Exception as error:
            return _PoolThatFailed(watchdog.take_pool_error(error, method))
        watchdog.pools.append(record)
        record.last_move = time.monotonic()
        record.pool = weakref.ref(pool)
        return pool

    return make


class WithPool:
    """A module with another Pool."""

    def __init__(self, module: Any, maker: Callable[..., Any]) -> None:
        self._module = module
        self.Pool = maker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _PoolThatFailed:
    """Stands for a pool that could not be made. Keras 2 makes its pools in a thread that nobody watches: an exception
    there ends that thread and leaves `fit` waiting for ever. Here every batch is the exception."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def apply_async(self, *args: Any, **kwargs: Any) -> _PoolThatFailed:
        return self

    def get(self, timeout: float | None = None) -> Any:
        raise self.error

    def wait(self, timeout: float | None = None) -> None:
        return

    def close(self) -> None:
        return

    terminate = join = close


def _recording_context(method: str, started: list[Any]) -> Any:
    """A context of multiprocessing that notes each process it starts. The process-wide default is left alone."""
    base: Any = multiprocessing.get_context(method)
    if method != "fork":
        return base  # its Process is pickled to the child and must stay importable there

    class NotedProcess(base.Process):  # type: ignore[misc]
        def start(self) -> None:
            base.Process.start(self)
            started.append(self)

        def run(self) -> None:
            own_slot()
            base.Process.run(self)

    class NotingContext(type(base)):  # type: ignore[misc]
        Process = NotedProcess

    return NotingContext()
