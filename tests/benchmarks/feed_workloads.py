"""Six synthetic workloads for feeds.py: what a batch costs, in whose time, and how large it is."""

from __future__ import annotations

import time

SMALL, LARGE = (8, 3200), (8, 656_250)  # float32: 102 kB and 21 MB
WORKLOADS = {
    "light-small": ("python", 1.0, SMALL),
    "light-large": ("held", 1.0, LARGE),
    "heavyGIL-small": ("python", 20.0, SMALL),
    "heavyNP-small": ("numpy", 20.0, SMALL),
    "heavyNP-large": ("numpy", 20.0, LARGE),
    "io-small": ("wait", 20.0, SMALL),
}


def calibrate(np):
    """Rounds of Python, and of numpy, that take one millisecond of this machine's CPU: the best of several looks."""
    best = {"python": 1e9, "numpy": 1e9}
    source = np.linspace(0.0, 1.0, 20_000)
    for _ in range(15):
        began = time.thread_time()
        spin(20_000)
        best["python"] = min(best["python"], (time.thread_time() - began) / 20_000)
        began = time.thread_time()
        crunch(np, source, 20)
        best["numpy"] = min(best["numpy"], (time.thread_time() - began) / 20)
    return {name: max(1, int(0.001 / seconds)) for name, seconds in best.items()}


def spin(rounds):
    total = 0
    for number in range(rounds):
        total += number & 3
    return total


def crunch(np, source, rounds):
    value = source
    for _ in range(rounds):
        value = np.sqrt(value * value + 1.0)  # arrays of this size let go of the GIL
    return value


def make_sequence(np, base, workload, rounds, length=100_000, **settings):
    kind, milliseconds, shape = WORKLOADS[workload]

    class Work(base):
        def __init__(self):
            if settings:
                super().__init__(**settings)
            elif base is not object:
                super().__init__()
            self.held = np.ones(shape, "float32")
            self.source = np.linspace(0.0, 1.0, 20_000)

        def __len__(self):
            return length

        def __getitem__(self, index):
            labels = np.zeros((shape[0],), "float32")
            if kind == "wait":
                time.sleep(milliseconds / 1000)
            elif kind == "numpy":
                crunch(np, self.source, int(rounds["numpy"] * milliseconds))
            else:
                spin(int(rounds["python"] * milliseconds))
            if kind == "held":
                return self.held, labels
            return np.full(shape, float(index % 7), "float32"), labels

        def __reduce__(self):  # a spawned worker makes its own: the class is one of this call
            return remake_sequence, (workload, rounds, length, settings)

    return Work()


def remake_sequence(workload, rounds, length, settings):
    """What a spawned worker of Keras unpickles."""
    import keras
    import numpy as np

    return make_sequence(np, keras.utils.PyDataset, workload, rounds, length, **settings)
