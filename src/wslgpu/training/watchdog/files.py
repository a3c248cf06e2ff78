"""HDF5 files that a pool's workers would share with each other, found before they are forked.

The library is not asked: its lock may be held by another thread just now. An open file is known by its first bytes,
and who uses it by the types of what the Sequence holds.
"""

from __future__ import annotations

import os
import sys
from typing import Any

LIBRARIES = ("h5py", "tables", "netCDF4")
KINDS = ("File", "Group", "Dataset", "Variable", "Array")
SIGNATURE = b"\x89HDF\r\n\x1a\n"
DEPTH = 2  # self.file, and self.files[0]
MOST_ITEMS = 50  # a list of a million paths is not walked


def find_shared_hdf5(sequences: dict[int, Any]) -> tuple[str, ...]:
    """Names of what Keras' sequences hold that is HDF5 (`self.data`), where this process has such a file open."""
    if not any(name in sys.modules for name in LIBRARIES) or not has_open_hdf5():
        return ()
    found = []
    for sequence in sequences.values():
        found += ["self." + name for name, value in _attributes(sequence) if _holds_hdf5(value, DEPTH)]
        module = sys.modules.get(type(sequence).__module__)
        found += [name for name, value in list(vars(module).items()) if _is_hdf5(value)] if module else []
    return tuple(sorted(set(found)))


def describe_shared(names: tuple[str, ...]) -> str:
    return (
        "The Sequence holds an HDF5 file that is open before its workers are forked (%s): they share its position,"
        " and older HDF5 libraries then read wrong data without an error." % ", ".join(names)
    )


def has_open_hdf5(folder: str = "/proc/self/fd") -> bool:
    """Whether one of this process' open files begins as HDF5 does. pread(2) leaves the position alone."""
    try:
        descriptors = os.listdir(folder)
    except OSError:
        return False
    for name in descriptors:
        try:
            if os.path.isfile(os.path.join(folder, name)) and os.pread(int(name), 8, 0) == SIGNATURE:
                return True
        except OSError:
            continue
    return False


def _attributes(thing: Any) -> list[tuple[str, Any]]:
    return list(getattr(thing, "__dict__", {}).items())


def _is_hdf5(value: Any) -> bool:
    kind = type(value)
    return kind.__module__.split(".")[0] in LIBRARIES and kind.__name__ in KINDS


def _holds_hdf5(value: Any, depth: int) -> bool:
    if _is_hdf5(value):
        return True
    if depth == 0:
        return False
    inside = list(value.values())[:MOST_ITEMS] if isinstance(value, dict) else []
    inside += list(value[:MOST_ITEMS]) if isinstance(value, (list, tuple)) else []
    inside += [held for _, held in _attributes(value)[:MOST_ITEMS]] if not isinstance(value, type) else []
    return any(_holds_hdf5(held, depth - 1) for held in inside)
