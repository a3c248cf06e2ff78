"""How much the machines train together: read by the payload, and by the judge outside. Plain Python 3.7."""

from __future__ import annotations

EPOCHS = 3
BATCHES_EACH = 40  # of an epoch, for each machine
ROUNDS = 40  # CPU work of an item; a constant, for every machine must make the same data
RATE = 0.05
EVERY_STEP = 10  # progress is told after so many


def sequence_length(machines):
    """Batches of the Sequence that all share: the machine of index i gets i, i + machines, i + 2 * machines ..."""
    return BATCHES_EACH * machines
