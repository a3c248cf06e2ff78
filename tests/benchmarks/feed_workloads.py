"""Six synthetic workloads for feeds.py: what a batch costs, in whose time, and how large it is."""

from __future__ import annotations

import statistics
import time

ELEMENTS = 20_000
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
    """Rounds of Python, and of numpy, that take one millisecond of this CPU as it is now, proven on items of 20 ms."""
    source = np.linspace(0.0, 1.0, ELEMENTS)
    works = {"python": spin, "numpy": lambda rounds: crunch(np, source, rounds)}
    found = {}
    for name, work in works.items():
        rounds = 200
        for _ in range(6):  # from a rough guess to an item of 20 ms
            rounds = max(1, round(rounds * 0.020 / look(work, rounds)))
        found[name] = rounds / 20
    return found


def look(work, rounds):
    """Seconds of CPU of one item: the median of nine, so that neither a disturbed nor a lucky one decides."""
    times = []
    for _ in range(9):
        began = time.thread_time()
        work(rounds)
        times.append(time.thread_time() - began)
    return statistics.median(times)


def spin(rounds):
    total = 0
    for number in range(rounds):
        total += number & 3
    return total


def crunch(np, source, rounds):
    """Arithmetic that lets go of the GIL. In place: what an allocation costs depends on the heap of each process."""
    value = source.copy()
    for _ in range(rounds):
        np.multiply(value, value, out=value)
        np.add(value, 1.0, out=value)
        np.sqrt(value, out=value)
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
            self.source = np.linspace(0.0, 1.0, ELEMENTS)

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
