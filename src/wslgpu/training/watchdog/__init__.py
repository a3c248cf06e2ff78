"""The watchdog that sits inside a training process and watches the worker pools Keras makes.

Keras waits for a worker's batch with `AsyncResult.get()` and no timeout, so a worker that was killed,
left by `sys.exit`, or blocked in a TensorFlow op makes `fit` wait for ever (keras-team/keras#11461,
tensorflow/tensorflow#37029). Here every worker writes into a small file which batch it makes and since when;
a thread in the parent reads those files ten times a second, names what went wrong, takes the Python stacks
of everybody, and hands Keras an exception instead of the batch that will never come.

Handed over as a folder, and loaded there as the package `_wslgpu_watchdog`; all of it is plain Python 3.7, standard
library only, and imports nothing of wslgpu.

`worker` is the workers' side, `look` and `files` read, `judge` and `items` judge (pure), `stacks` and `pool` are the
hands of `parent`, the thread that watches; `makers` and `patch` put it into Keras; `values` and `where` are what they
share.
"""

from __future__ import annotations

from .judge import is_tensorflow_innermost, judge_oom, judge_workers, signal_name
from .look import read_all_threads_wait, read_cpu_ticks, read_kernel_kills, read_oom_kills, read_slot
from .makers import choose_start_method
from .parent import Watchdog
from .patch import install, patch_keras
from .values import (
    ENV_RUN_DIR,
    ENV_START_METHOD,
    ENV_STUCK_AFTER,
    KERAS_MODULES,
    STACK_SIGNAL,
    Finding,
    Slot,
    WorkerView,
)

__all__ = [
    "ENV_RUN_DIR",
    "ENV_START_METHOD",
    "ENV_STUCK_AFTER",
    "KERAS_MODULES",
    "STACK_SIGNAL",
    "Finding",
    "Slot",
    "Watchdog",
    "WorkerView",
    "choose_start_method",
    "install",
    "is_tensorflow_innermost",
    "judge_oom",
    "judge_workers",
    "patch_keras",
    "read_all_threads_wait",
    "read_cpu_ticks",
    "read_kernel_kills",
    "read_oom_kills",
    "read_slot",
    "signal_name",
]
