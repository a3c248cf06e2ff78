"""How much the smoke trains and on what: read by the payload, and by the judge outside. Plain Python 3.7."""

from __future__ import annotations

CLASSES = 4
SIDE = 16
BATCH = 16
TRAIN_BATCHES = 25  # not divisible by the usual numbers of workers
VALIDATION_BATCHES = 7
EPOCHS = 3
ITEM_S = 0.015
SEED = 20200613
TRAIN, VALIDATION = 0, 1
METHODS = {"main": 0, "fork": 1, "spawn": 2, "forkserver": 3}

# A batch's tag, which travels to the model as a second input: times in microseconds since the fit was begun.
TAG = ("kind", "index", "pid", "parent", "method", "began", "ended", "own", "inherited")
# A row of the ledger: the tag as it arrived, with the epoch, when it came to the model and when its step was done.
ROW = ("kind", "epoch", "index", "pid", "parent", "method", "began", "ended", "arrived", "done", "own", "inherited")

# The arrangements: more batches than any number of workers divides, fewer batches than workers, a queue of one.
SHUFFLED_EPOCHS = 2
CROWD_BATCHES, CROWD_WORKERS = 3, 5
NARROW_BATCHES, NARROW_WORKERS = 8, 3


def uneven_length(workers):
    """Batches of the shuffled arrangement: one is always left over."""
    return 5 * workers + 1


# The comparison.
WAY_BATCHES = 60
SETTLED = 16  # batches until the queue of ten is no longer what is read
ROUNDS = 3
WAYS_S = 25.0  # no further round is begun after so long
START_BATCHES = 12
HELD_MIB = 128
HELD_NUMBERS = 1000000
MEMORY_BATCHES = 6
