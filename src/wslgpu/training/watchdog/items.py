"""Names for what a worker raised and Keras passes on. Pure."""

from __future__ import annotations

import multiprocessing.pool
import re

NOT_THE_USERS = re.compile(r"/site-packages/|/multiprocessing/|/bootstrap/|^<")
FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')
# What HDF5 says of bytes that it did not find where they should be.
DAMAGED = re.compile(
    r"inflate\(\) failed|filter returned failure|[Bb]-tree signature|addr overflow|bad object header|"
    r"[Cc]an't (synchronously )?read data|bad local heap signature|free block size is zero|not a .*heap"
)


def name_item_error(error: BaseException, shared_files: tuple[str, ...]) -> tuple[str, str] | None:
    """Slug and sentence of an error that came out of a worker process; None for any other (also for our own)."""
    if isinstance(error, multiprocessing.pool.MaybeEncodingError):
        return "keras-pickle", "A batch cannot be sent back from its worker: %s" % _short(str(error.exc))
    remote = getattr(error, "__cause__", None)
    if type(remote).__name__ != "RemoteTraceback":
        return None
    said = "%s: %s" % (type(error).__name__, _short(str(error)))
    if DAMAGED.search(str(error)) and (shared_files or isinstance(error, OSError)):
        return (
            "keras-h5py-fork",
            "A worker could not read %s: %s. It was opened before the fork, and all workers share its position."
            % (" and ".join(shared_files) or "an HDF5 file", said),
        )
    return "sequence-item-raises", "A worker's __getitem__ raised %s%s" % (said, _place(str(remote)))


def _place(traceback: str) -> str:
    """Where the user's own code stood, innermost last, beyond the frames of Keras and multiprocessing."""
    own = [f for f in FRAME.findall(traceback) if not NOT_THE_USERS.search(f[0])]
    return ", in %s, line %s of %s" % (own[-1][2], own[-1][1], own[-1][0]) if own else ""


def _short(text: str) -> str:
    return " ".join(text.split())[:400]
