"""One way to feed `fit`, by name, on synthetic data: python ways_payload.py WAY [START_METHOD].

For matrix.py and windows_ways.py. Runs under any Python from 3.7 on with TensorFlow from 1.15 on, on Linux and on
Windows, and imports nothing of wslgpu. One JSON line when TensorFlow is there, one when `fit` has ended; a fit that
hangs writes no second one. START_METHOD is set for the whole process, as a program would.
Each process, a spawned worker too, notes in a file of its own in the folder WAYS_NOTES how far it is: who waits for it
can tell a hang from an import that takes its time.
"""

import json
import multiprocessing
import os
import sys
import threading
import time

BEGAN = time.time()


def note(word):
    """`starts`, `imported` or `batch`, as a line of this process' own file."""
    if os.environ.get("WAYS_NOTES"):
        with open(os.path.join(os.environ["WAYS_NOTES"], str(os.getpid())), "a") as file:
            file.write(word + "\n")


note("starts")

import numpy as np  # noqa: E402  (its import is part of what is timed)

LENGTH, EPOCHS, WORKERS, ITEM_S = 8, 2, 2, 0.02
WAYS = {  # way -> (workers, use_multiprocessing)
    "one-process": (1, False),
    "threads": (WORKERS, False),
    "sequence": (WORKERS, True),
    "sequence-lock": (WORKERS, True),
    "generator": (WORKERS, True),
    "generator-threads": (WORKERS, False),
    "generator-lock-threads": (WORKERS, False),
}


def say(**values):
    """One JSON line on stdout."""
    print("WAYS " + json.dumps(values), flush=True)


def make_item(index):
    """Four rows that carry the batch's index and its maker's pid; costs ITEM_S."""
    time.sleep(ITEM_S)
    row = np.array([index, os.getpid(), 1.0], "float32")
    return np.tile(row, (4, 1)), np.zeros((4, 1), "float32")


def generate():
    """The batches as a generator, epoch after epoch."""
    while True:
        for index in range(LENGTH):
            yield make_item(index)


class Locked(object):
    """The well-known wrapper: one thread at a time may call next()."""

    def __init__(self, items):
        self.items, self.lock = items, threading.Lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            return next(self.items)


from tensorflow.keras.utils import Sequence  # noqa: E402  (at the top, as in a user's script: a spawned worker runs it again)

note("imported")


class Items(Sequence):
    """A plain Sequence; at the module's top, so that it can be pickled."""

    def __init__(self, **options):
        if options:
            super(Items, self).__init__(**options)

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        return make_item(int(index))


class LockedItems(Items):
    """The same, holding a lock, as Sequences with a cache or a file do."""

    def __init__(self, **options):
        super(LockedItems, self).__init__(**options)
        self.lock = threading.Lock()


def build_model(tf, seen):
    """A small model whose first layer notes which batch reached it, and who made it."""
    keras = tf.keras

    class Gate(keras.layers.Layer):
        def call(self, inputs):
            def take(row):
                seen.append([int(row[0]), int(row[1])])
                note("batch")
                return np.float32(0)

            zero = tf.numpy_function(take, [inputs[0]], tf.float32)
            return inputs + tf.reshape(zero, [1, 1])

        def compute_output_shape(self, shape):
            return shape

    x = inputs = keras.Input((3,))
    x = keras.layers.Dense(1)(Gate()(x))
    model = keras.Model(inputs, x)
    model.compile("sgd", "mse")
    return model


def feed(way, keras3):
    """What fit gets: the data, and its own arguments."""
    workers, processes = WAYS[way]
    options = {"workers": workers, "use_multiprocessing": processes}
    if way.startswith("generator"):
        items = Locked(generate()) if "lock" in way else generate()
        return items, dict(options, steps_per_epoch=LENGTH)
    kind = LockedItems if way == "sequence-lock" else Items
    return (kind(**options), {}) if keras3 else (kind(), options)


def main():
    way, method = (sys.argv[1:] + [""])[:2]
    if method:
        multiprocessing.set_start_method(method)
    import tensorflow as tf

    keras3 = hasattr(tf.keras.utils, "PyDataset")
    say(
        event="imported",
        way=way,
        tensorflow=tf.__version__,
        python="%d.%d.%d" % sys.version_info[:3],
        platform=sys.platform,
        import_s=round(time.time() - BEGAN, 1),
        start_method=multiprocessing.get_start_method(),
    )
    seen = []
    model = build_model(tf, seen)
    items, arguments = feed(way, keras3)
    began = time.time()
    ended = {"outcome": "trained"}
    try:
        model.fit(items, epochs=EPOCHS, verbose=0, shuffle=False, **arguments)
    except Exception as error:
        ended = {"outcome": "raised", "kind": type(error).__name__, "text": " ".join(str(error).split())[:600]}
    say(event="ended", way=way, seconds=round(time.time() - began, 2), here=os.getpid(), seen=seen, **ended)
    # A generator's pool may wait for its workers for ever at exit; what was to be told is told.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
