"""One machine's share of the Sequence, fed through Keras' own forked workers."""

# mypy: ignore-errors
from __future__ import annotations

import time

import tensorflow as tf
from wslgpu_smoke_sequence import KERAS3, SmokeSequence
from wslgpu_smoke_values import TAG, TRAIN
from wslgpu_workers_values import BATCHES_EACH, ROUNDS, sequence_length


class Share(SmokeSequence):
    """Every `machines`-th batch of the Sequence, from `index` on."""

    def share(self, machines, index):
        self.machines, self.index, self.length = machines, index, BATCHES_EACH
        return self

    def __getitem__(self, position):
        if int(position) >= BATCHES_EACH:
            raise IndexError(position)
        whole = SmokeSequence(TRAIN, sequence_length(self.machines), ROUNDS, self.origin)
        return whole[int(position) * self.machines + self.index]


def make_share(machines, index, workers):
    """The share, for Keras' enqueuer."""
    return Share(TRAIN, BATCHES_EACH, ROUNDS, time.monotonic(), workers, True).share(machines, index)


def feed(share, workers):
    """One epoch's batches with their tags: ((pictures, labels), {name: number}), in order, made through fork."""
    if KERAS3:
        from keras.src.trainers.data_adapters.py_dataset_adapter import OrderedEnqueuer

        enqueuer = OrderedEnqueuer(share, workers=workers, use_multiprocessing=True, max_queue_size=10, shuffle=False)
        enqueuer.start()
    else:
        enqueuer = tf.keras.utils.OrderedEnqueuer(share, use_multiprocessing=True, shuffle=False)
        enqueuer.start(workers=workers, max_queue_size=10)
    batches = enqueuer.get()
    try:
        for _ in range(BATCHES_EACH):
            (pictures, tag), labels = next(batches)
            yield (pictures, labels), dict(zip(TAG, [int(value) for value in tag[0]]))  # noqa: B905  (Python 3.7)
    finally:
        enqueuer.stop()
