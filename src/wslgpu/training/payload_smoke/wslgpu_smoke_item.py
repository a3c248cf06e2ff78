"""The synthetic task: tell in which of four directions the stripes of a noisy 16 x 16 picture run."""

from __future__ import annotations

import time

import numpy as np
from wslgpu_smoke_values import BATCH, CLASSES, ITEM_S, SEED, SIDE, TRAIN


def make_item(kind, index, rounds):
    """Batch `index` of a set: pictures (BATCH, SIDE, SIDE, 1) float32 and labels (BATCH,) int64.

    Depends on its arguments alone, so every way sees the same data. `rounds` is the CPU work: each turns the noise by
    a fixed phase in the frequency domain, which keeps its strength, so more work does not make the task easier.
    """
    rng = np.random.RandomState([SEED, kind, index])
    labels = rng.randint(0, CLASSES, BATCH)
    angle = labels * (np.pi / CLASSES)
    phase = rng.uniform(0, 2 * np.pi, BATCH)
    row, column = np.mgrid[0:SIDE, 0:SIDE] * (2 * np.pi / 6)
    along = np.cos(angle)[:, None, None] * row + np.sin(angle)[:, None, None] * column
    pictures = np.sin(along + phase[:, None, None])
    noise = rng.normal(size=(BATCH, SIDE, SIDE))
    turn = np.exp(1j * rng.uniform(0, 2 * np.pi, (SIDE, SIDE)))
    spectrum = np.fft.fft2(noise)
    for _ in range(rounds):
        spectrum = np.fft.fft2(np.fft.ifft2(spectrum * turn))
    noise = np.fft.ifft2(spectrum).real * np.sqrt(2 if rounds else 1)
    return (pictures + 0.6 * noise)[..., None].astype("float32"), labels.astype("int64")


def calibrate():
    """Rounds that make one item cost about ITEM_S of this machine's CPU, and what it then costs, in milliseconds."""

    def cost(rounds):
        best = None
        for index in range(5):
            began = time.thread_time()
            make_item(TRAIN, index, rounds)
            spent = time.thread_time() - began
            best = spent if best is None else min(best, spent)
        return best

    cost(5)
    one = max((cost(25) - cost(5)) / 20, 1e-6)
    rounds = max(5, min(5000, int(ITEM_S / one)))
    return rounds, round(1000 * cost(rounds), 2)
