"""Who worked when in the last epoch of a training, and the loss of each batch. Pure: the payload's rows in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wslgpu.training.events import Event
from wslgpu.training.payload_smoke.wslgpu_smoke_values import EPOCHS, ROW, TRAIN

KIND, EPOCH, INDEX, PID, BEGAN, ENDED, ARRIVED, DONE = (
    ROW.index(name) for name in ("kind", "epoch", "index", "pid", "began", "ended", "arrived", "done")
)


def describe_timeline(way: Event) -> dict[str, Any]:
    """The training batches of the last epoch, in order of arrival; seconds from the moment its first was begun.

    `waited_s`: from one step's end to the next batch's arrival, added up. In one process the batch is made in it.
    """
    rows = [row for row in way["deliveries"] if row[KIND] == TRAIN and row[EPOCH] == EPOCHS - 1]
    start = min((row[BEGAN] for row in rows), default=0)
    batches = [
        {
            "index": row[INDEX],
            "pid": row[PID],
            "began_s": seconds(row[BEGAN] - start),
            "ended_s": seconds(row[ENDED] - start),
            "arrived_s": seconds(row[ARRIVED] - start),
            "done_s": seconds(max(row[DONE], row[ARRIVED]) - start),
        }
        for row in rows
    ]
    done = 0.0
    waited = 0.0
    for batch in batches:
        waited += max(0.0, batch["arrived_s"] - done)
        done = batch["done_s"]
    return {"epoch": EPOCHS, "seconds": round(done, 4), "waited_s": round(waited, 4), "batches": batches}


def seconds(microseconds: int) -> float:
    """Rounded to a tenth of a millisecond."""
    return round(microseconds / 1e6, 4)


def describe_batch_losses(said: Sequence[float], history: Mapping[str, Sequence[float]]) -> list[float]:
    """The loss of each training batch, in order.

    From TensorFlow 2.2 on, Keras tells callbacks the mean since the epoch began, before that the batch's own loss;
    which of the two, the epoch's end shows: there the mean is what the history holds.
    """
    ends = list(history.get("loss", ()))
    if not ends or len(said) % len(ends):
        return []
    length = len(said) // len(ends)
    epochs = [said[epoch * length : (epoch + 1) * length] for epoch in range(len(ends))]
    if any(abs(epoch[-1] - end) > 1e-4 * max(1.0, abs(end)) for epoch, end in zip(epochs, ends, strict=True)):
        return [round(loss, 4) for loss in said]
    return [
        round(mean * (number + 1) - (epoch[number - 1] * number if number else 0.0), 4)
        for epoch in epochs
        for number, mean in enumerate(epoch)
    ]
