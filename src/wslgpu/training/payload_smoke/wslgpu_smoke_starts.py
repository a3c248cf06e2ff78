"""What the other start methods cost: the time until the first batch, and memory of a worker that shares nothing.

Under spawn and forkserver each worker is a new Python that imports the Sequence's file, and with it TensorFlow; and
Keras makes its workers anew for each epoch. No forking pool was made before in this process: Keras keeps a queue that
is of the start method which was first used, and spawn refuses a forked one.
"""

# mypy: ignore-errors
from __future__ import annotations

import functools
import multiprocessing

from wslgpu_smoke_holding import hold, make_array, read_available_mib
from wslgpu_smoke_item import calibrate
from wslgpu_smoke_model import build_model, fit
from wslgpu_smoke_proof import seed
from wslgpu_smoke_say import tell
from wslgpu_smoke_sequence import SmokeSequence
from wslgpu_smoke_values import HELD_MIB, METHODS, ROW, START_BATCHES, TRAIN

ARRIVED, METHOD = ROW.index("arrived"), ROW.index("method")


def compare_starts(options):
    """One epoch through each start method that there is; spawn's workers hold a large array, too."""
    rounds, _ = calibrate()
    seed()
    model, ledger = build_model()
    tell("progress", text="a first fit, which is not counted")
    fit(model, ledger, functools.partial(SmokeSequence, TRAIN, 4, rounds))
    for method in ("spawn", "forkserver", "fork"):
        if method not in multiprocessing.get_all_start_methods():
            tell("not-started", name=method, text="this Python has no %s" % method)
            continue
        tell("progress", text="start method %s" % method)
        multiprocessing.set_start_method(method, force=True)  # this process is for the comparison alone
        try:
            room = read_available_mib()
            if method == "spawn" and (room is None or room > 6 * HELD_MIB + 2000):
                hold((model, ledger), options, method, make_array(), "read", False, START_BATCHES)
            else:
                fit(
                    model, ledger, functools.partial(SmokeSequence, TRAIN, START_BATCHES, rounds), options.workers, True
                )
        except Exception as error:
            tell("not-started", name=method, text="%s: %s" % (type(error).__name__, str(error)[:500]))
            continue
        rows = ledger.rows
        tell(
            "started",
            name=method,
            workers=options.workers,
            first_batch_s=round(rows[0][ARRIVED] / 1e6, 3),
            batches=len(rows),
            seconds=round(rows[-1][ARRIVED] / 1e6, 3),
            really=sorted({name for name, number in METHODS.items() if number in {row[METHOD] for row in rows}}),
        )
