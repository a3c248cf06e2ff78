"""One machine's share of the Sequence, and the forked workers that feed it."""

# mypy: ignore-errors
from __future__ import annotations

import os

import numpy as np
import tensorflow as tf
from wslgpu_smoke_item import make_item
from wslgpu_smoke_load import load_package
from wslgpu_smoke_sequence import KERAS3
from wslgpu_smoke_values import TRAIN
from wslgpu_workers_values import BATCHES_EACH, ROUNDS

# A batch's tag: its number in the whole Sequence, the worker that made it, that one's parent, and the parent's parent.
TAG = ("index", "pid", "parent", "grandparent")


class Share(tf.keras.utils.Sequence):
    """Every `machines`-th batch of the Sequence, from `index` on. It cannot be pickled: only a fork hands it on."""

    def __init__(self, machines, index):
        if KERAS3:
            super(Share, self).__init__()
        self.machines, self.index = machines, index

    def __len__(self):
        return BATCHES_EACH

    def __getitem__(self, position):
        if int(position) >= BATCHES_EACH:
            raise IndexError(position)
        number = int(position) * self.machines + self.index
        parent = os.getppid()
        tag = np.array([number, os.getpid(), parent, read_parent(parent)], dtype="int64")
        return make_item(TRAIN, number, ROUNDS) + (tag,)

    def __reduce__(self):
        raise TypeError("this Sequence is to be forked")


def read_parent(pid):
    """The pid of a process' parent."""
    with open("/proc/%d/stat" % pid, "rb") as file:
        return int(file.read().rsplit(b")", 1)[1].split()[1])


def open_feed(share, workers, feeds, timeout):
    """The share's forked workers, for all epochs. Call it before TensorFlow has made a device or a server.

    `feeds`: the folder of wslgpu.feeds; `timeout`: seconds for one batch. With the strategy a process gets a hundred
    threads, and a handler of TensorFlow's for SIGTERM that every fork inherits: multiprocessing's Pool ends its workers
    by SIGTERM and waits for them, and there it waits for ever.
    """
    return load_package("wslgpu_feeds", feeds).fork_feed(share, workers, reseed=False, timeout=timeout)


def count_threads():
    """Threads of this process, those of C included."""
    return len(os.listdir("/proc/self/task"))
