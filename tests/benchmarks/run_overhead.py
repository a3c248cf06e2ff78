"""What `wslgpu run` costs a healthy training: pairs of the same training with and without it, one after the other.

    WSLGPU_TEST_TF_PYTHON=... python tests/benchmarks/run_overhead.py [--pairs 11] [--write]

The rate is taken inside fit, without the first and the last 20 batches of each epoch. Which of a pair comes first
alternates. Judges nothing; docs/run.md shows the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import write_result
from faults import describe_python

ROOT = Path(__file__).resolve().parents[2]
SOURCE, EVIDENCE = ROOT / "src", ROOT / "docs" / "evidence" / "run-overhead.json"
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=11)
    parser.add_argument("--write", action="store_true", help="write docs/evidence/run-overhead.json")
    arguments = parser.parse_args()
    python = os.environ["WSLGPU_TEST_TF_PYTHON"]
    pairs = []
    for number in range(arguments.pairs):
        order = (False, True) if number % 2 else (True, False)
        rates = {supervised: measure(python, supervised) for supervised in order}
        pairs.append({"alone": round(rates[False], 1), "supervised": round(rates[True], 1)})
        print(f"pair {number + 1}: {pairs[-1]}", flush=True)
    ratios = [pair["supervised"] / pair["alone"] for pair in pairs]
    result = {
        "what": "batches a second of a healthy training through fork with two workers, under `wslgpu run` and alone",
        "versions": describe_python(python),
        "median_ratio": round(statistics.median(ratios), 4),
        "ratios": [round(ratio, 4) for ratio in ratios],
        "alone_median": statistics.median(pair["alone"] for pair in pairs),
        "pairs": pairs,
    }
    write_result(EVIDENCE if arguments.write else None, "run-overhead", result)


if __name__ == "__main__":
    main()
