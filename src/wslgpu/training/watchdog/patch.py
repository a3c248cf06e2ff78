"""Puts the watchdog into Keras: its pools, its items, and the time that `fit` waits for them."""

from __future__ import annotations

import functools
import multiprocessing
import os
import sys
import time
from typing import Any, Callable

from . import where
from .makers import WithPool, pool_maker
from .parent import Watchdog
from .values import KERAS_MODULES
from .worker import answer_stack_signal, watch_item

_watchdog: Watchdog | None = None


def install(run_dir: str, start_method: str = "auto", stuck_after_s: float = 300.0) -> Watchdog:
    """Start the watchdog of this process, once, and patch those modules of Keras that are imported already."""
    global _watchdog
    if _watchdog is None or _watchdog.pid != os.getpid():
        where.set_run_dir(run_dir)
        try:
            answer_stack_signal(run_dir)
        except (OSError, ValueError, RuntimeError):
            pass
        _watchdog = Watchdog(run_dir, stuck_after_s)
        _watchdog.start()
    for name in KERAS_MODULES:
        module = sys.modules.get(name)
        if module is not None:
            patch_keras(module, _watchdog, start_method)
    return _watchdog


def patch_keras(module: Any, watchdog: Watchdog | None, start_method: str) -> None:
    """Make the pools of one of KERAS_MODULES watched ones. In a worker (watchdog None) only the items are noted."""
    if getattr(module, "_wslgpu_watched", False):
        return
    module._wslgpu_watched = True
    for name in ("get_index", "next_sample"):
        if hasattr(module, name):
            setattr(module, name, watch_item(getattr(module, name)))
    if watchdog is None:
        return
    if hasattr(module, "OrderedEnqueuer"):
        module.OrderedEnqueuer.get = time_batches(module.OrderedEnqueuer.get, watchdog)
    maker = pool_maker(watchdog, start_method, module)
    if not hasattr(module, "get_pool_class"):  # TensorFlow 1.15 calls multiprocessing.Pool itself
        module.multiprocessing = WithPool(multiprocessing, maker)
        return
    original = module.get_pool_class

    def get_pool_class(use_multiprocessing: bool) -> Any:
        chosen = original(use_multiprocessing)
        # Keras may insist on threads (_FORCE_THREADPOOL): then there is nothing to watch.
        return maker if chosen == multiprocessing.Pool else chosen

    module.get_pool_class = get_pool_class


def time_batches(get: Callable[..., Any], watchdog: Watchdog) -> Callable[..., Any]:
    """Wrap OrderedEnqueuer.get(): the time until a batch comes is waiting, the time until the next is asked for is use.

    The first batch of an epoch is left out: it waits for the pool to start.
    """

    @functools.wraps(get)
    def timed(enqueuer: Any) -> Any:
        given = 0.0
        for batch in _timed_items(get(enqueuer), watchdog):
            asked, came = batch[0], batch[1]
            if given:
                watchdog.batches += 1
                watchdog.waited_s += came - asked
                watchdog.used_s += asked - given
            given = came
            yield batch[2]

    return timed


def _timed_items(batches: Any, watchdog: Watchdog) -> Any:
    while True:
        asked = time.monotonic()
        try:
            batch = next(batches)
        except StopIteration:
            return
        except Exception as error:
            watchdog.take_item_error(error)
            raise
        yield asked, time.monotonic(), batch
