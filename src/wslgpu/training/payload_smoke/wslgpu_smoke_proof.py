"""The proof: the same model trained in one process and through fork, and then fork in awkward arrangements."""

# mypy: ignore-errors
from __future__ import annotations

import functools
import multiprocessing
import os
import random
import sys
import time

import numpy as np
import tensorflow as tf
from wslgpu_smoke_device import read_output_device, read_placement
from wslgpu_smoke_item import calibrate
from wslgpu_smoke_load import load_package
from wslgpu_smoke_model import build_model, fit
from wslgpu_smoke_say import tell
from wslgpu_smoke_sequence import SmokeSequence
from wslgpu_smoke_values import (
    CROWD_BATCHES,
    CROWD_WORKERS,
    EPOCHS,
    NARROW_BATCHES,
    NARROW_WORKERS,
    SEED,
    SHUFFLED_EPOCHS,
    TRAIN,
    TRAIN_BATCHES,
    VALIDATION,
    VALIDATION_BATCHES,
    uneven_length,
)


def prove(options):
    """Everything, in order; each result is told as soon as it is there."""
    watch(options)
    rounds, item_ms = calibrate()
    seed()
    probe, _ = build_model()
    weights = probe.get_weights()
    item = SmokeSequence(TRAIN, 1, 1, time.monotonic())[0]
    placement = read_placement(probe, item)
    tell("prepared", item_ms=item_ms, placement=placement, output_device=read_output_device())
    for name, said, workers in (("single", "in one process", 1), ("fork", "through fork", options.workers)):
        model, ledger = build_model()
        model.set_weights(weights)
        tell("way", name=name, workers=workers, **train(model, ledger, rounds, workers, said))
    arrange(model, ledger, max(5, rounds // 3), options.workers)
    tell("result", default_start_method=multiprocessing.get_start_method(), main_pid=os.getpid())


def seed():
    """The same numbers in every run."""
    random.seed(SEED)
    np.random.seed(SEED)
    (tf.random.set_seed if hasattr(tf.random, "set_seed") else tf.compat.v1.set_random_seed)(SEED)


def watch(options):
    """The watchdog, and fork for Keras' pools, whatever the process-wide default is."""
    watchdog = load_package("_wslgpu_watchdog", options.watchdog)
    running = watchdog.install(options.run_dir, start_method="fork", stuck_after_s=options.stuck_after)
    watchdog.patch_keras(sys.modules[tf.keras.utils.Sequence.__module__], running, "fork")


def make_sets(rounds, **settings):
    """The Sequence to train on, and the one to validate on."""
    return (
        SmokeSequence(TRAIN, TRAIN_BATCHES, rounds, **settings),
        SmokeSequence(VALIDATION, VALIDATION_BATCHES, rounds, **settings),
    )


def train(model, ledger, rounds, workers, said):
    """Fit once. What the ledger holds, the history and the seconds, as one dict. `said`: what progress calls it."""
    history, seconds = fit(
        model,
        ledger,
        functools.partial(make_sets, rounds),
        workers,
        workers > 1,
        epochs=EPOCHS,
        progress=lambda epoch: tell("progress", text="%s: epoch %d of %d" % (said, epoch + 1, EPOCHS)),
    )
    curves = {
        key.replace("acc", "accuracy") if key.endswith("acc") else key: [float(v) for v in values]
        for key, values in history.items()
    }
    return dict(
        take_page(ledger),
        seconds=round(seconds, 3),
        batches_per_s=round(len(ledger.rows) / seconds, 2),
        history=curves,
        batch_losses=[round(loss, 6) for loss in ledger.losses],
    )


def take_page(ledger):
    """What reached the model since the ledger was opened."""
    return {"deliveries": ledger.rows, "parents": {str(pid): parent for pid, parent in ledger.parents.items()}}


def arrange(model, ledger, rounds, workers):
    """Fork where it is awkward: shuffled and with one batch left over; fewer batches than workers; a queue of one."""
    for name, batches, count, queue, epochs in (
        ("shuffled", uneven_length(workers), workers, 10, SHUFFLED_EPOCHS),
        ("crowd", CROWD_BATCHES, CROWD_WORKERS, 10, 1),
        ("narrow", NARROW_BATCHES, NARROW_WORKERS, 1, 1),
    ):
        tell("progress", text="%d workers, %d batches, a queue of %d" % (count, batches, queue))
        make = functools.partial(SmokeSequence, TRAIN, batches, rounds)
        _, seconds = fit(model, ledger, make, count, True, queue, epochs, shuffle=name == "shuffled")
        tell(
            "arrangement",
            name=name,
            workers=count,
            queue=queue,
            batches=batches,
            epochs=epochs,
            seconds=round(seconds, 3),
            **take_page(ledger),
        )
