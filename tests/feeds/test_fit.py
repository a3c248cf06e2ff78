"""Inside real training: fit, evaluate and predict take a feed for the Sequence that it stands for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork workers are for Linux"),
]
SOURCE = Path(__file__).resolve().parents[2] / "src"

HEAD = """
import contextlib, json, os, signal, sys, threading, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf
from tensorflow import keras
from wslgpu.feeds import fork_feed, to_dataset

KERAS3 = hasattr(keras.utils, "PyDataset")

class Numbers(keras.utils.Sequence):
    def __init__(self, length, size=4, hook=True, seconds=0.0):
        if KERAS3:
            super().__init__()
        self.length, self.size, self.epoch, self.seconds = length, size, 0, seconds
        self.places = np.arange(length)
        if hook:
            self.on_epoch_end = self.shuffle
    def __len__(self):
        return self.length
    def __getitem__(self, index):
        time.sleep(self.seconds)
        x = np.full((8, self.size), self.places[index], "float32")
        x[:, 1] = self.epoch
        x[:, 2] = os.getpid() == MAIN
        return x, np.zeros((8, 1), "float32")
    def shuffle(self):
        self.epoch += 1
        np.random.shuffle(self.places)

MAIN = os.getpid()
ledger = []

class Gate(keras.layers.Layer):
    def call(self, inputs):
        def note(x):
            assert (x[:, 0] == x[0, 0]).all() and (x[:, 3:] == x[0, 0]).all()
            ledger.append((int(x[0, 0]), int(x[0, 1]), bool(x[0, 2])))
            return np.float32(0)
        zero = tf.numpy_function(note, [inputs], tf.float32)
        return inputs[:, :2] + tf.reshape(zero, [1, 1])
    def compute_output_shape(self, shape):
        return (shape[0], 2)

def build(size=4):
    x = keras.Input((size,))
    model = keras.Model(x, keras.layers.Dense(1)(Gate()(x)))
    model.compile("sgd", "mse", **({"jit_compile": False} if KERAS3 else {}))
    return model
"""

SCRIPTS = {
    "order and single use, not shuffled": """
feed = fork_feed(Numbers(30, hook=False), 3)
build().fit(feed, epochs=3, shuffle=False, verbose=0)
got = [value for value, _, _ in ledger]
assert got == list(range(30)) * 3, got
assert not any(main for _, _, main in ledger)
""",
    "shuffled by fit, as is its default": """
feed = fork_feed(Numbers(30, hook=False), 3)
build().fit(feed, epochs=3, verbose=0)
got = [value for value, _, _ in ledger]
epochs = [got[:30], got[30:60], got[60:]]
assert [sorted(epoch) for epoch in epochs] == [list(range(30))] * 3, got
assert epochs[0] != list(range(30)) and epochs[0] != epochs[1]
""",
    "on_epoch_end between the epochs": """
feed = fork_feed(Numbers(20), 3)
build().fit(feed, epochs=4, verbose=0)
got = [value for value, _, _ in ledger]
assert [sorted(got[at:at + 20]) for at in range(0, 80, 20)] == [list(range(20))] * 4, got
states = [{epoch for _, epoch, _ in ledger[at:at + 20]} for at in range(0, 80, 20)]
assert all(len(state) == 1 for state in states) and len({min(state) for state in states}) == 4, states
""",
    "validation, evaluate and predict": """
training, validation = fork_feed(Numbers(12), 2), fork_feed(Numbers(5, hook=False), 2)
model = build()
model.fit(training, validation_data=validation, epochs=2, verbose=0)
got = [value for value, _, _ in ledger]
assert got[12:17] == list(range(5)) and got[29:34] == list(range(5)), got
ledger.clear()
model.evaluate(validation, verbose=0)
assert [value for value, _, _ in ledger] == list(range(5))
ledger.clear()
predicted = model.predict(validation, verbose=0)
assert len(predicted) == 40 and [value for value, _, _ in ledger] == list(range(5))
""",
    "batches of many megabytes stay what they are while TensorFlow holds them": """
feed = fork_feed(Numbers(24, size=200_000, hook=False), 3)
build(200_000).fit(feed, epochs=3, verbose=0)
assert sorted(value for value, _, _ in ledger) == sorted(list(range(24)) * 3)
held = list(tf.data.Dataset.from_generator(lambda: iter(feed), output_signature=(
    tf.TensorSpec((8, 200_000), tf.float32), tf.TensorSpec((8, 1), tf.float32))).prefetch(8))
for index, (x, y) in enumerate(held):
    assert (x.numpy()[:, 3:] == index).all(), index
""",
    "workers are killed during fit": """
feed = fork_feed(Numbers(60, seconds=0.003), 3, retries=50)
kills = []
def murder():  # by the batches that fit has had, not by the clock: as many on a slow machine as on a fast one
    while True:
        time.sleep(0.001)
        for seat in feed._crew.seats[:1]:
            if seat.pid and len(ledger) >= 8 * len(kills) and seat.pid not in kills:
                kills.append(seat.pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(seat.pid, signal.SIGKILL)
threading.Thread(target=murder, daemon=True).start()
class Enough(keras.callbacks.Callback):  # a machine that forks slowly has fewer workers to kill: let it go on
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch >= 2 and len(kills) > 3
build().fit(feed, epochs=50, callbacks=[Enough()], verbose=0)
got = [value for value, _, _ in ledger]
epochs = [got[at:at + 60] for at in range(0, len(got), 60)]
assert len(epochs) >= 3 and all(sorted(epoch) == list(range(60)) for epoch in epochs), got
assert len(kills) > 3, kills
""",
    "an exception ends fit with its own text": """
class Faulty(Numbers):
    def __getitem__(self, index):
        if index == 7:
            raise ValueError("picture 7 is broken")
        return super().__getitem__(index)
try:
    build().fit(fork_feed(Faulty(12, hook=False), 2), verbose=0, shuffle=False)
except Exception as error:
    assert "picture 7 is broken" in str(error), error
else:
    raise AssertionError("fit went on")
""",
    "a feed made after training has begun": """
model = build()
model.fit(Numbers(3), verbose=0)
tf.random.normal((4, 4))
ledger.clear()
model.fit(fork_feed(Numbers(20, hook=False), 2), epochs=2, verbose=0, shuffle=False)
assert [value for value, _, _ in ledger] == list(range(20)) * 2
""",
    "to_dataset": """
class Mixed(Numbers):
    def __getitem__(self, index):
        rows = 8 if index < self.length - 1 else 3
        return {"x": np.full((rows, 4), index, "float32"), "s": np.array(["a"] * rows)}, [np.ones(rows), np.zeros((rows, 2), "int32")]
for workers in (0, 2):
    dataset = to_dataset(Mixed(6, hook=False), workers=workers)
    assert int(dataset.cardinality()) == 6
    spec = dataset.element_spec
    assert spec[0]["x"] == tf.TensorSpec((None, 4), tf.float32) and spec[0]["s"] == tf.TensorSpec((None,), tf.string), spec
    assert spec[1] == (tf.TensorSpec((None,), tf.float64), tf.TensorSpec((None, 2), tf.int32)), spec
    found = [int(batch[0]["x"][0, 0]) for batch in dataset]
    assert found == list(range(6)), found
sequence = Numbers(5)
build().fit(to_dataset(sequence, workers=2), epochs=3, verbose=0)
got = [value for value, _, _ in ledger]
assert [sorted(got[at:at + 5]) for at in range(0, 15, 5)] == [list(range(5))] * 3, got
assert sequence.epoch == 3
""",
}


@pytest.fixture(scope="module")
def python():
    named = os.environ.get("WSLGPU_TEST_TF_PYTHON")
    if not named:
        pytest.skip("WSLGPU_TEST_TF_PYTHON does not name a python that has TensorFlow")
    return named


@pytest.mark.parametrize("name", SCRIPTS)
def test_in_fit(python, name, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(HEAD + SCRIPTS[name] + "\nprint('held')\n")
    done = subprocess.run(
        [python, str(script)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (done.returncode, done.stdout[-5:]) == (0, "held\n"), done.stdout[-2000:] + done.stderr[-4000:]
