"""What the rooms of the watchdog share: names, limits, and what is seen and said, as values."""

from __future__ import annotations

import signal
import struct
from typing import NamedTuple

# Where Keras keeps its pools, oldest last. `keras` is Keras 3 or 2.6 to 2.15, the rest is inside TensorFlow.
KERAS_MODULES = (
    "keras.src.trainers.data_adapters.py_dataset_adapter",
    "keras.src.utils.data_utils",
    "keras.utils.data_utils",
    "tf_keras.src.utils.data_utils",
    "tensorflow.python.keras.utils.data_utils",
    "tensorflow_core.python.keras.utils.data_utils",
)

ENV_RUN_DIR = "WSLGPU_RUN_DIR"
ENV_START_METHOD = "WSLGPU_START_METHOD"
ENV_STUCK_AFTER = "WSLGPU_STUCK_AFTER"

POLL_S = 0.1
TELL_INPUT_S = 30.0
DEADLOCK_AFTER_S = 0.6  # blocked in a futex, no CPU used, a TensorFlow frame innermost
QUIET_AFTER_DEATH_S = 0.8  # a worker died idle and nothing has moved since
STILLBORN_LIMIT = 6
START_S = 180.0  # a slow disk and a cold cache: importing TensorFlow in a spawned worker can take this long
STACK_SIGNAL = getattr(signal, "SIGRTMIN", 34) + 7  # far from SIGUSR1/2, which schedulers use
SIGKILL = int(getattr(signal, "SIGKILL", 9))  # Windows has no name for it, and no process there ends by it

RECORD = struct.Struct("<QqqqdQ")  # count, busy, sequence uid, index, since (monotonic), count again
SLOT_BYTES = 64


class Slot(NamedTuple):
    """What one worker says of itself. `since` is time.monotonic() in seconds, the same clock in every process."""

    writes: int
    busy: bool
    uid: int
    batch: int
    since: float


class WorkerView(NamedTuple):
    """What can be seen of one worker from outside it. Seconds; `exitcode` as multiprocessing gives it."""

    pid: int
    exitcode: int | None
    slot: Slot | None
    busy_s: float
    cpu_still_s: float
    waits_on_lock: bool
    stack: str


class Finding(NamedTuple):
    slug: str
    sentence: str
    pid: int
    batch: int | None
