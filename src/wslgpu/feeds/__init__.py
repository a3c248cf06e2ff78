"""What a training script imports: fork_feed, threadsafe and in_order, to_dataset.

Needs numpy and nothing else, on Python 3.7 or newer; imports neither Keras nor TensorFlow by itself.
"""

from __future__ import annotations

from .bridge import to_dataset
from .errors import FeedError, WorkerDied, WorkerStuck, WorkerTraceback
from .feed import Feed
from .generators import in_order, threadsafe
from .make import fork_feed

__all__ = [
    "Feed",
    "FeedError",
    "WorkerDied",
    "WorkerStuck",
    "WorkerTraceback",
    "fork_feed",
    "in_order",
    "threadsafe",
    "to_dataset",
]
