"""The ways to make batches that feeds.py compares, each as a rate: bare, or inside `fit`."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path

from feed_workloads import WORKLOADS, make_sequence

ROOT = Path(__file__).resolve().parents[2]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MANY = 2 * CORES
START_S = (
    15.0  # more than fit takes to its first steps, which trace and compile beside workers that are already at work
)
LOADERS = (
    "single",
    "threads",
    "locked-generator",
    "in_order",
    "fork",
    "tf-generator",
    "tf-map",
    "feed",
    "feed-copy",
    "torch",
    "alone",
)
FITS = ("single", "threads", "fork", "tf-generator", "tf-map", "feed")


def ways_of(workload, part):
    """The ways to compare: with as many workers as cores; in `fit` also with more, and with many where a batch waits."""
    if part == "spawn":
        return ["spawn"]
    waits = WORKLOADS[workload][0] == "wait"
    numbers = [CORES] if part == "loader" and not waits else [CORES, MANY]
    if waits and part == "fit":
        numbers += [2 * MANY, 4 * MANY, 8 * MANY]
    found = []
    for way in LOADERS if part == "loader" else FITS:
        head, dash, tail = way.partition("-")
        if head in ("threads", "fork", "feed", "torch", "alone"):
            found += [f"{head}{number}{dash}{tail}" for number in (numbers if not tail else [CORES])]
        else:
            found.append(way)
    return found


def measure(batches, seconds, skip):
    """Batches a second, after `skip`, for about `seconds`."""
    began = count = 0
    first = time.perf_counter()
    for number, _ in enumerate(batches):
        now = time.perf_counter()
        if not began:
            if number + 1 >= skip or now - first > 3 * seconds:
                began, count = now, 0
            continue
        count += 1
        if now - began > seconds and count >= 5:
            break
    return count / (time.perf_counter() - began)


def run_loader(mode, workload, rounds, seconds):
    """The rate of one way in a bare loop."""
    import numpy as np

    name, number, _ = split(mode)
    if name == "alone":
        return run_alone(np, workload, rounds, number, seconds)
    if name == "torch":
        return run_torch(np, workload, rounds, number, seconds)
    if name == "locked-generator" or name == "in_order":
        return run_generator(np, name, workload, rounds, seconds)
    if name == "feed":
        from wslgpu.feeds import fork_feed

        with fork_feed(make_sequence(np, object, workload, rounds), number, copy=mode.endswith("copy")) as feed:
            return measure(iter(feed), seconds, 4 * number + 4)
    if name == "single":
        sequence = make_sequence(np, object, workload, rounds)
        return measure((sequence[i] for i in range(len(sequence))), seconds, 3)
    if name.startswith("tf-"):
        return measure(tf_dataset(np, name, workload, rounds), seconds, 14)
    return run_keras(np, name, number, workload, rounds, seconds)


def split(mode):
    head, _, rest = mode.partition("-")
    digits = "".join(c for c in head if c.isdigit())
    if digits:
        return head[: -len(digits)], int(digits), rest
    return mode, CORES if mode == "spawn" else 1, ""


def run_keras(np, name, number, workload, rounds, seconds):
    """Keras' own enqueuer, without a model."""
    import keras
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    settings = {"workers": number, "use_multiprocessing": name != "threads", "max_queue_size": 10}
    sequence = make_sequence(np, keras.utils.PyDataset, workload, rounds, **settings)
    adapter = PyDatasetAdapter(sequence)
    adapter.on_epoch_begin()
    try:
        return measure(adapter._get_iterator(), seconds, 14)
    finally:
        adapter.on_epoch_end()


def tf_dataset(np, name, workload, rounds):
    import tensorflow as tf

    sequence = make_sequence(np, object, workload, rounds)
    shape = WORKLOADS[workload][2]
    if name == "tf-generator":
        from wslgpu.feeds import to_dataset

        return to_dataset(sequence)

    def get(index):
        x, y = tf.numpy_function(lambda i: sequence[int(i)], [index], (tf.float32, tf.float32))
        return tf.ensure_shape(x, shape), tf.ensure_shape(y, shape[:1])

    data = tf.data.Dataset.range(len(sequence))
    return data.map(get, num_parallel_calls=CORES, deterministic=True).prefetch(2)


def run_generator(np, name, workload, rounds, seconds):
    """The lock around next with as many threads as cores, and the lock around the index alone."""
    from wslgpu.feeds import in_order, threadsafe

    sequence = make_sequence(np, object, workload, rounds)
    if name == "in_order":
        batches = in_order(sequence.__getitem__, range(len(sequence)), threads=MANY)
        try:
            return measure(batches, seconds, MANY + 4)
        finally:
            batches.close()

    @threadsafe
    def generator():
        for index in range(len(sequence)):
            yield sequence[index]

    shared, made, end = generator(), [], time.perf_counter() + seconds

    def take():
        while time.perf_counter() < end:
            next(shared)
            made.append(1)

    began = time.perf_counter()
    threads = [threading.Thread(target=take) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(made) / (time.perf_counter() - began)


def run_torch(np, workload, rounds, number, seconds):
    try:
        import torch.utils.data
    except ImportError:
        return None
    sequence = make_sequence(np, object, workload, rounds)
    loader = torch.utils.data.DataLoader(sequence, batch_size=None, num_workers=number, prefetch_factor=4)
    return measure(iter(loader), seconds, 4 * number + 4)


def run_alone(np, workload, rounds, number, seconds):
    """As many processes at once, each for itself, that hand nothing over: what this machine has to give, no way of use.

    Cores that share memory and caches do not make as much side by side as one after the other.
    """
    context = multiprocessing.get_context("fork")
    start, rates = context.Barrier(number), context.SimpleQueue()

    def work():
        sequence = make_sequence(np, object, workload, rounds)
        start.wait()
        rates.put(measure((sequence[i] for i in range(len(sequence))), seconds, 3))

    workers = [context.Process(target=work) for _ in range(number)]
    for worker in workers:
        worker.start()
    total = sum(rates.get() for _ in workers)
    for worker in workers:
        worker.join()
    return total


def run_fit(mode, workload, rounds, seconds):
    """The rate inside `fit` of a model whose step does nothing."""
    sys.path[:0] = [str(ROOT / "src/wslgpu/training" / name) for name in ("payload_tune", "payload_audit")]
    import numpy as np
    import tensorflow as tf
    import wslgpu_tune_trials as trials
    from wslgpu_tune_model import make_sink

    name, number, _ = split(mode)
    model = make_sink(tf)
    timer = trials.make_timer(tf, seconds, 20, START_S + 5 * seconds)
    feed = None
    settings = {}
    if name in ("threads", "fork"):
        settings = {"workers": number, "use_multiprocessing": name == "fork", "max_queue_size": 10}
    if name.startswith("tf-"):
        data = tf_dataset(np, name, workload, rounds)
    else:
        data = make_sequence(np, tf.keras.utils.PyDataset, workload, rounds, **settings)
    if name == "feed":
        from wslgpu.feeds import fork_feed

        feed = data = fork_feed(data, number)
    try:
        trials.fit(tf, model, data, timer, **({} if name.startswith("tf-") else {"shuffle": False}))
    finally:
        if feed is not None:
            feed.close()
    return timer.rate()
