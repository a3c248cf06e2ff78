"""fork_feed: from a Sequence to a feed."""

from __future__ import annotations

import operator
import sys
import warnings
from typing import Any

from .crew import ForkCrew
from .feed import Feed
from .keras_base import find_base
from .memory import available_memory, usable_cores
from .seeds import base_seed
from .threads import ThreadCrew

_classes: dict[type, type] = {}


def fork_feed(
    sequence: Any,
    workers: int | None = None,
    *,
    lookahead: int | None = None,
    memory: int | None = None,
    seed: int | None = None,
    reseed: bool = True,
    shuffle: bool = False,
    copy: bool = False,
    timeout: float = 300.0,
    retries: int = 3,
    threads: bool = False,
) -> Any:
    """What `fit` takes in place of `sequence`: the same batches in the same order, made by persistent fork workers.

    Call it before the model is built, if you can: the workers are forked from a process that is forked here and now.
    Give `fit` no `workers` and no `use_multiprocessing`. Close it, or use it as a context manager, or let it go.

    workers: processes; None: one a usable core.
    lookahead: batches made ahead, at most; None: four a worker, at least 32; of large batches,
        where memory that is used anew costs more than it gains, two a worker.
    memory: bytes that batches made ahead and batches in use may take; None: a quarter of what is available.
    seed: of the random numbers drawn in `__getitem__` (global generators, and those held as attributes); None: taken
        from numpy's global state. Each batch of each epoch has its own. `reseed=False` leaves all generators alone.
    shuffle: for `for batch in feed` only. `fit` shuffles by its own argument, as with any Sequence.
    copy: hand out copies. Without it, arrays are views of shared memory, which is used again only after the last view
        has gone; where too many are held, copies are handed out.
    timeout: seconds for one batch, then WorkerStuck names it and where it stands; a tenth of it warns.
    retries: how many workers a batch may end before WorkerDied is raised.
    threads: use threads, not processes; what happens, with a warning, where there is no fork.

    Raises ValueError for bad arguments. Exceptions of `__getitem__` are raised where the batch is asked for, with the
    worker's traceback as their cause.
    """
    workers = usable_cores() if workers is None else operator.index(workers)
    if workers < 1:
        raise ValueError(f"workers={workers}: a feed needs at least one")
    if not hasattr(sequence, "__getitem__"):
        raise ValueError(f"a {type(sequence).__name__} has no __getitem__: a feed needs batches by number")
    lookahead = max(32, 4 * workers) if lookahead is None else max(operator.index(lookahead), workers)
    if seed is None:
        seed = base_seed()
    crew = None if threads else _fork_crew(sequence, workers, lookahead, seed if reseed else None, timeout, retries)
    if crew is None:
        crew = ThreadCrew(sequence, workers, timeout)
    memory = available_memory() // 4 if memory is None else operator.index(memory)
    return _feed_class(find_base(sequence))(sequence, crew, lookahead, memory, shuffle, copy, seed)


def _fork_crew(sequence: Any, workers: int, lookahead: int, seed: int | None, timeout: float, retries: int) -> Any:
    if not sys.platform.startswith("linux"):
        why = f"no safe fork on {sys.platform}"
    else:
        try:
            return ForkCrew(sequence, workers, lookahead, max(4, lookahead), seed, timeout, retries)
        except OSError as error:
            why = f"fork or shared memory failed ({error})"
    warnings.warn(
        f"fork_feed uses {workers} threads, not processes: {why}. Python code in __getitem__ gains nothing by threads",
        RuntimeWarning,
        stacklevel=3,
    )
    return None


def _feed_class(base: type) -> type:
    """Feed with `base` behind it, so that `fit` takes it for what it is."""
    if base not in _classes:
        _classes[base] = Feed if base is object else type("Feed", (Feed, base), {"__doc__": Feed.__doc__})
    return _classes[base]
