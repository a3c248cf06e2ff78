"""The ways to feed the same `fit`, side by side: how many batches a second each brings, and who made them.

In a process of its own, so that what hangs or fails here costs nothing of the proof. Nothing is judged here either.
"""

# mypy: ignore-errors
from __future__ import annotations

import functools
import multiprocessing
import os
import sys
import time

import numpy as np
import tensorflow as tf
from wslgpu_smoke_holding import measure_memory
from wslgpu_smoke_item import calibrate, make_item
from wslgpu_smoke_load import load_package
from wslgpu_smoke_model import build_model, fit, keras
from wslgpu_smoke_proof import seed
from wslgpu_smoke_say import tell
from wslgpu_smoke_sequence import LockedGenerator, SmokeSequence
from wslgpu_smoke_values import BATCH, ROUNDS, ROW, SETTLED, SIDE, TAG, TRAIN, WAY_BATCHES, WAYS_S

ARRIVED, INDEX, PID = ROW.index("arrived"), ROW.index("index"), ROW.index("pid")


def compare_ways(options):
    """First the workers' memory, then each way in turn, several times over."""
    if multiprocessing.get_start_method(allow_none=True) != "fork":
        multiprocessing.set_start_method("fork", force=True)  # this process is for the comparison alone
    rounds, item_ms = calibrate()
    seed()
    fitted = build_model()
    make = functools.partial(SmokeSequence, TRAIN, WAY_BATCHES, rounds)
    tell("progress", text="a first fit, which is not counted")
    fit(fitted[0], fitted[1], functools.partial(SmokeSequence, TRAIN, 4, rounds))
    measure_memory(fitted, options)
    tell("calibrated", item_ms=item_ms)
    ways = {
        "single": lambda: fit(fitted[0], fitted[1], make),
        "threads": lambda: fit(fitted[0], fitted[1], make, options.workers),
        "locked-generator": lambda: fit(
            fitted[0], fitted[1], functools.partial(make_locked, options.feeds, rounds), options.workers
        ),
        "fork": lambda: fit(fitted[0], fitted[1], make, options.workers, True),
        "fork-feed": lambda: fit_feed(fitted, options, rounds),
        "tf-data": lambda: fit(
            fitted[0], fitted[1], lambda origin, **settings: make_dataset(rounds, options.workers, origin)
        ),
        "in-memory": make_resident(rounds, options.device),
    }
    began = time.monotonic()
    for turn in range(ROUNDS):
        for name in [name for name in ways if ways[name] is not None]:
            tell("progress", text="comparing: %s, round %d of %d" % (name, turn + 1, ROUNDS))
            try:
                ways[name]()
                ledger = ways[name].ledger if name == "in-memory" else fitted[1]
                tell("compared", name=name, workers=count_workers(name, options.workers), **describe(ledger.rows))
            except Exception as error:
                tell("not-compared", name=name, text="%s: %s" % (type(error).__name__, str(error)[:500]))
                ways[name] = None
        if time.monotonic() - began > WAYS_S:
            break


def count_workers(name, workers):
    return 1 if name in ("single", "in-memory") else workers


def describe(rows):
    """Seconds to the first batch, batches a second once it runs evenly, and whether each index came once, in order."""
    arrived = [row[ARRIVED] / 1e6 for row in rows]
    indices = [row[INDEX] for row in rows]
    return {
        "first_batch_s": round(arrived[0], 4),
        "rate": round((len(rows) - 1 - SETTLED) / (arrived[-1] - arrived[SETTLED]), 2),
        "batches": len(rows),
        "each_once": len(set(indices)) == len(rows) == WAY_BATCHES,
        "in_order": indices == sorted(indices),
        "makers": len({row[PID] for row in rows} - {os.getpid()}),
    }


def make_locked(feeds, rounds, origin, queue, workers, use_multiprocessing):
    """The lock-wrapped generator of the forums: its work is done while it holds the lock."""
    threadsafe = load_feeds(feeds).threadsafe
    source = SmokeSequence(TRAIN, 10 * WAY_BATCHES, rounds, origin)

    @threadsafe
    def generate():
        for index in range(len(source)):  # more than are asked for: Keras looks at the first ones itself
            yield source[index]

    locked = LockedGenerator(TRAIN, WAY_BATCHES, rounds, origin, workers, use_multiprocessing, queue)
    return locked.share(generate())


def fit_feed(fitted, options, rounds):
    """wslgpu's own feed: forked workers that hand their batches over in shared memory."""
    feeds, opened = load_feeds(options.feeds), []

    def make(origin, **settings):
        opened.append(feeds.fork_feed(SmokeSequence(TRAIN, WAY_BATCHES, rounds, origin), options.workers))
        return opened[0]

    try:
        return fit(fitted[0], fitted[1], make)
    finally:
        for feed in opened:
            feed.close()


def make_dataset(rounds, workers, origin):
    """tf.data with as many parallel calls as the others have workers. The items are Python, as the Sequence's are."""
    source = SmokeSequence(TRAIN, WAY_BATCHES, rounds, origin)

    def get(index):
        def item(number):
            (pictures, tag), labels = source[int(number)]
            return pictures, tag, labels

        pictures, tag, labels = tf.numpy_function(item, [index], (tf.float32, tf.int32, tf.int64))
        pictures.set_shape((BATCH, SIDE, SIDE, 1))
        tag.set_shape((BATCH, len(TAG)))
        labels.set_shape((BATCH,))
        return (pictures, tag), labels

    return tf.data.Dataset.range(WAY_BATCHES).map(get, num_parallel_calls=workers).prefetch(2)


def make_resident(rounds, device):
    """Everything made beforehand and kept on the device; `fit` then gets nothing but indices. None where it cannot."""
    if not hasattr(keras.Model, "train_step"):
        tell("not-compared", name="in-memory", text="this TensorFlow's models have no train_step")
        return None
    began = time.monotonic()
    items = [make_item(TRAIN, index, rounds) for index in range(WAY_BATCHES)]
    tags = np.zeros((WAY_BATCHES, BATCH, len(TAG)), "int32")
    tags[:, :, TAG.index("index")] = np.arange(WAY_BATCHES)[:, None]
    tags[:, :, TAG.index("pid")] = os.getpid()
    place = "/GPU:0" if device != "cpu" and tf.config.list_physical_devices("GPU") else "/CPU:0"
    with tf.device(place):
        pictures = tf.constant(np.stack([item[0] for item in items]))
        labels = tf.constant(np.stack([item[1] for item in items]))
        tags = tf.constant(tags)
    tell("resident", prepare_s=round(time.monotonic() - began, 3), device=place.strip("/"))

    class Resident(keras.Model):
        def train_step(self, data):
            index = (data[0] if isinstance(data, (tuple, list)) else data)[0]
            item = (tf.gather(pictures, index), tf.gather(tags, index)), tf.gather(labels, index)
            return super(Resident, self).train_step(item)

    model, ledger = build_model(Resident)

    def run():
        return fit(model, ledger, lambda **settings: tf.data.Dataset.range(WAY_BATCHES).batch(1))

    run()  # its step is traced, which is not counted
    run.ledger = ledger
    return run


def load_feeds(folder):
    """wslgpu.feeds, by path."""
    return sys.modules.get("_wslgpu_feeds") or load_package("_wslgpu_feeds", folder)
