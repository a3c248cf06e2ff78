"""What `wslgpu run` costs a healthy training: pairs of the same training with and without it, one after the other.

By hand: WSLGPU_TEST_TF_PYTHON=... python tests/training/measure_overhead.py [PAIRS]. Prints batches a second of each run
and the median of the pairs' ratios; judges nothing. The rate is taken inside fit, from the end of the first epoch on.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
RUN = "from wslgpu.cli import main; main.COMMANDS.setdefault('run', ''); main.main()"
TRAINING = """
import sys, time
import numpy as np
import tensorflow as tf

KERAS3 = hasattr(tf.keras.utils, "PyDataset")
OPTIONS = {"workers": 2, "use_multiprocessing": True}

class Items(tf.keras.utils.Sequence):
    def __init__(self):
        if KERAS3:
            super().__init__(**OPTIONS)
    def __len__(self):
        return 400
    def __getitem__(self, index):
        end = time.thread_time() + 0.004
        while time.thread_time() < end:
            np.fft.fft2(np.ones((32, 32)))
        return np.zeros((16, 32, 32, 1), "float32"), np.zeros((16, 1), "float32")

class Clock(tf.keras.callbacks.Callback):
    began, batches = 0.0, 0
    def on_epoch_begin(self, epoch, logs=None):
        self.at = 0
    def on_train_batch_end(self, batch, logs=None):
        self.at += 1
        if self.at == 20:
            self.first = time.monotonic()
        if self.at == 380:
            self.began += time.monotonic() - self.first
            self.batches += 360

layers = tf.keras.layers
model = tf.keras.Sequential([tf.keras.Input((32, 32, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
clock = Clock()
model.fit(Items(), epochs=3, verbose=0, shuffle=False, callbacks=[clock], **({} if KERAS3 else OPTIONS))
print("RATE", clock.batches / clock.began)
"""


def measure(python: str, supervised: bool) -> float:
    """Batches a second of one training."""
    argv = [python, "-c", TRAINING]
    if supervised:
        argv = [sys.executable, "-c", RUN, "run", "--", *argv]
    variables = {**os.environ, "PYTHONPATH": str(SOURCE)} if supervised else dict(os.environ)
    done = subprocess.run(argv, env=variables, capture_output=True, text=True, timeout=300, check=True)
    return float(next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("RATE")))


def main() -> None:
    python, pairs = os.environ["WSLGPU_TEST_TF_PYTHON"], int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ratios = []
    for number in range(pairs):
        order = (False, True) if number % 2 else (True, False)
        rates = {supervised: measure(python, supervised) for supervised in order}
        ratios.append(rates[True] / rates[False])
        print(f"pair {number + 1}: alone {rates[False]:.1f} batches/s, supervised {rates[True]:.1f}: {ratios[-1]:.3f}")
    print(f"median of {pairs} pairs: {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
