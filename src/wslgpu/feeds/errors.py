"""What can go wrong in a feed, by name."""

from __future__ import annotations


class FeedError(RuntimeError):
    """A feed cannot go on; the text says why and what to do."""


class WorkerDied(FeedError):
    """A batch has ended its worker several times over."""


class WorkerStuck(FeedError):
    """A batch takes longer than the feed's timeout."""


class WorkerTraceback(Exception):
    """The cause of an exception that comes from a worker: its traceback there, as text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return "in a worker of the feed:\n\n" + self.text
