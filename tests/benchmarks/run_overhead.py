"""What `wslgpu run` costs a healthy training: two trainings alike, one of them under it, that take turns epoch by epoch.

    WSLGPU_TEST_TF_PYTHON=... python tests/benchmarks/run_overhead.py [--pairs 40] [--write]

A pair is two epochs one right after the other, one of each training; which comes first alternates. While one trains, the
other waits in a callback. The rate is taken inside fit, without the first and the last batches of an epoch. (Whole
trainings one after the other differ by a tenth for reasons of the machine: that hides what is looked for.)
Also told: the CPU time of supervisor and guardian, as a part of one core; the watchdog's thread is in the rate. Judges
nothing; docs/run.md shows the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import write_result
from faults import describe_python

from wslgpu.system.guardian import read_processes
from wslgpu.training.watchdog import read_cpu_ticks

ROOT = Path(__file__).resolve().parents[2]
SOURCE, EVIDENCE = ROOT / "src", ROOT / "docs" / "evidence" / "run-overhead.json"
EPOCH_S = 60  # far more than an epoch takes
TRAINING = """
import os, sys, time
import numpy as np
import tensorflow as tf

FOLDER, EPOCHS = sys.argv[1], int(sys.argv[2])
KERAS3 = hasattr(tf.keras.utils, "PyDataset")
OPTIONS = {"workers": 2, "use_multiprocessing": True}
LENGTH, EDGE = 400, 30

class Items(tf.keras.utils.Sequence):
    def __init__(self):
        if KERAS3:
            super().__init__(**OPTIONS)
    def __len__(self):
        return LENGTH
    def __getitem__(self, index):
        end = time.thread_time() + 0.004
        while time.thread_time() < end:
            np.fft.fft2(np.ones((32, 32)))
        return np.zeros((16, 8, 8, 1), "float32"), np.zeros((16, 1), "float32")

class Turns(tf.keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        while not os.path.exists(f"{FOLDER}/go.{epoch}"):
            time.sleep(0.002)
        self.at = 0
    def on_train_batch_end(self, batch, logs=None):
        self.at += 1
        if self.at == EDGE:
            self.first = time.monotonic()
        if self.at == LENGTH - EDGE:
            self.rate = (LENGTH - 2 * EDGE) / (time.monotonic() - self.first)
    def on_epoch_end(self, epoch, logs=None):
        with open(f"{FOLDER}/done.{epoch}.new", "w") as file:
            file.write(str(self.rate))
        os.rename(f"{FOLDER}/done.{epoch}.new", f"{FOLDER}/done.{epoch}")

layers = tf.keras.layers
model = tf.keras.Sequential([tf.keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(Items(), epochs=EPOCHS, verbose=0, shuffle=False, callbacks=[Turns()], **({} if KERAS3 else OPTIONS))
"""


def start(python: str, folder: Path, epochs: int, supervised: bool) -> subprocess.Popen[bytes]:
    """One of the two trainings; its first epoch waits for its turn."""
    folder.mkdir()
    argv = [python, "-c", TRAINING, str(folder), str(epochs)]
    if supervised:
        argv = [sys.executable, "-m", "wslgpu", "run", "--", *argv]
    variables = {**os.environ, "PYTHONPATH": str(SOURCE)} if supervised else dict(os.environ)
    return subprocess.Popen(argv, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def train_epoch(folder: Path, epoch: int, process: subprocess.Popen[bytes]) -> float:
    """Batches a second of that training's next epoch."""
    (folder / f"go.{epoch}").touch()
    end = time.monotonic() + EPOCH_S
    while not (folder / f"done.{epoch}").exists():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{folder.name}: epoch {epoch} did not end (exit code {process.poll()})")
        time.sleep(0.01)
    return float((folder / f"done.{epoch}").read_text())


def read_own_cpu(pid: int) -> float:
    """CPU seconds so far of the supervisor `pid` and of its guardian."""
    parents = {child: parent for child, (parent, _, _) in read_processes().items()}
    guardian = next(child for child, parent in parents.items() if parent == pid)
    ticks = (read_cpu_ticks(pid) or 0) + (read_cpu_ticks(guardian) or 0)
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="write docs/evidence/run-overhead.json")
    arguments = parser.parse_args()
    python = os.environ["WSLGPU_TEST_TF_PYTHON"]
    pairs = []
    with tempfile.TemporaryDirectory(prefix="wslgpu-overhead-") as scratch:
        folders = {name: Path(scratch) / name for name in ("alone", "supervised")}
        running = {name: start(python, path, arguments.pairs + 1, name != "alone") for name, path in folders.items()}
        try:
            for name, path in folders.items():
                train_epoch(path, 0, running[name])  # not counted: everything is done for the first time in it
            began, cpu = time.monotonic(), read_own_cpu(running["supervised"].pid)
            for number in range(1, arguments.pairs + 1):
                order = sorted(folders, reverse=bool(number % 2))
                pairs.append({name: round(train_epoch(folders[name], number, running[name]), 1) for name in order})
                print(f"pair {number}: {pairs[-1]}", flush=True)
                if number == arguments.pairs - 1:
                    own_cpu = (read_own_cpu(running["supervised"].pid) - cpu) / (time.monotonic() - began)
        finally:
            for process in running.values():
                process.terminate()
                process.wait()
    ratios = [pair["supervised"] / pair["alone"] for pair in pairs]
    result = {
        "what": "batches a second of a healthy training through fork with two workers, under `wslgpu run` and alone",
        "versions": describe_python(python),
        "median_ratio": round(statistics.median(ratios), 4),
        "ratios": [round(ratio, 4) for ratio in ratios],
        "alone_median": statistics.median(pair["alone"] for pair in pairs),
        "supervisor_and_guardian_of_one_core": round(own_cpu, 4),
        "pairs": pairs,
    }
    write_result(EVIDENCE if arguments.write else None, "run-overhead", result)


if __name__ == "__main__":
    main()
