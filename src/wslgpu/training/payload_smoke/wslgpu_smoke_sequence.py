"""The Sequences that the smoke trains on. In a file that a spawned worker can import, as a user's must be.

Each batch carries who made it and when, as a second input of numbers, one row a picture (`TAG` in wslgpu_smoke_values).
"""

# mypy: ignore-errors
from __future__ import annotations

import multiprocessing
import os
import time

import numpy as np
import tensorflow as tf
from wslgpu_smoke_item import make_item
from wslgpu_smoke_memory import read_mapping, read_own_memory
from wslgpu_smoke_values import BATCH, METHODS, SEED

KERAS3 = hasattr(tf.keras.utils, "PyDataset")
LARGEST = 2**31 - 1


class SmokeSequence(tf.keras.utils.Sequence):
    """`length` batches of a set. `origin`: the moment on the monotonic clock from which the tags count."""

    def __init__(self, kind, length, rounds, origin, workers=1, use_multiprocessing=False, queue=10):
        if KERAS3:
            super(SmokeSequence, self).__init__(
                workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=queue
            )
        self.kind, self.length, self.rounds, self.origin = kind, length, rounds, origin
        self.epoch = 0

    def __len__(self):
        return self.length

    def on_epoch_end(self):
        # Called where the training runs; Keras sends the Sequence to its workers anew for each epoch.
        self.epoch += 1

    def __getitem__(self, index):
        began = time.monotonic()
        index = int(index)
        if index >= self.length:
            raise IndexError(index)
        pictures, labels = make_item(self.kind, index, self.rounds)
        self.use_more()
        # The first is drawn as it should be, the second from what every forked worker inherits alike.
        own = np.random.RandomState([SEED, self.kind, self.epoch, index]).randint(LARGEST)
        inherited = np.random.randint(LARGEST)
        process = multiprocessing.current_process()
        method = "main" if process._parent_pid is None else getattr(type(process), "_start_method", None)
        tag = [self.kind, index, os.getpid(), os.getppid(), METHODS.get(method, -1)]
        tag += [self.since(began), self.since(time.monotonic()), own, inherited]
        return (pictures, np.tile(np.array(tag, dtype="int32"), (BATCH, 1))), labels

    def use_more(self):
        """What else an item does."""

    def since(self, moment):
        return min(int(1e6 * (moment - self.origin)), LARGEST)


class HoldingSequence(SmokeSequence):
    """Holds a large object, uses all of it for each item, and notes what the worker's memory then is."""

    def hold(self, held, use, run_dir, case):
        """`use`: "read" or "write". Each worker's figures go to RUN_DIR/memory-CASE-PID."""
        self.held, self.use, self.path = held, use, os.path.join(run_dir, "memory-%s-" % case)
        return self

    def use_more(self):
        if isinstance(self.held, np.ndarray) and self.use == "write":
            self.held += 1
        elif isinstance(self.held, np.ndarray):
            self.held[::512].sum()  # one number of each page of 4096 bytes
        elif self.held is not None:
            for _ in self.held:  # looking at a Python object writes its count of references
                pass
        of_held = -1.0
        if isinstance(self.held, np.ndarray):
            of_held = read_mapping(self.held.ctypes.data + self.held.nbytes // 2)
        with open(self.path + str(os.getpid()), "w") as file:
            file.write(" ".join(str(value) for value in read_own_memory() + [of_held]))


class LockedGenerator(SmokeSequence):
    """A generator whose `next` takes a lock, read by several threads: the index that is asked for does not count."""

    def share(self, generator):
        self.generator = generator
        return self

    def __getitem__(self, index):
        return next(self.generator)
