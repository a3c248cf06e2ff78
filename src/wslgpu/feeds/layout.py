"""One batch in one piece of memory: a pickle stream, and behind it the arrays, each in its place.

The stream holds everything that is no plain array (the structure, strings, object arrays, anything), and for each
array a note of where it lies; so nested structures and every dtype come through, and an array is copied once.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

ALIGN = 128  # TensorFlow takes an array without copying only where it is aligned to 64 bytes
PLAIN = (np.ndarray, np.memmap)  # other subclasses (masked arrays, matrices) carry more than their buffer


class TooLarge(Exception):
    """The batch does not fit. `needed`: bytes."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=4)
        self.arrays: list[tuple[Any, int, str]] = []
        self.notes: dict[int, Any] = {}
        self.end = 0

    def persistent_id(self, value: Any) -> Any:
        if type(value) not in PLAIN or value.dtype.hasobject:
            return None
        note = self.notes.get(id(value))  # the same array twice is the same array twice on the other side
        if note is None:
            order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
            dtype = value.dtype.str if value.dtype.isbuiltin == 1 else value.dtype  # its name is ten times cheaper
            note = (len(self.arrays), self.end, dtype, value.shape, order)
            self.arrays.append((value, self.end, order))
            self.notes[id(value)] = note
            self.end = round_up(self.end + value.nbytes)
        return note


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, memory: Any, start: int, copy: bool) -> None:
        super().__init__(file)
        self.memory, self.start, self.copy = memory, start, copy
        self.arrays: dict[int, Any] = {}

    def persistent_load(self, note: Any) -> Any:
        number, offset, dtype, shape, order = note
        if number not in self.arrays:
            array: Any = np.ndarray(shape, dtype, self.memory, self.start + offset, order=order)
            self.arrays[number] = array.copy(order="K") if self.copy else array
        return self.arrays[number]


def round_up(size: int) -> int:
    """The next multiple of ALIGN."""
    return (size + ALIGN - 1) // ALIGN * ALIGN


def pack(batch: Any, memory: Any, room: int, prepare: Callable[[int], None] = lambda used: None) -> tuple[int, int]:
    """Write `batch` into `memory` (a writable buffer of `room` bytes). Bytes of the stream, and of all; TooLarge.

    `prepare` is told the bytes before they are written.
    """
    file = io.BytesIO()
    packer = _Packer(file)
    packer.dump(batch)
    stream = file.getbuffer()
    start = round_up(len(stream))
    used = start + packer.end
    if used > room:
        raise TooLarge(used)
    prepare(used)
    memoryview(memory).cast("B")[: len(stream)] = stream
    for array, offset, order in packer.arrays:
        place: Any = np.ndarray(array.shape, array.dtype, memory, start + offset, order=order)  # type: ignore[call-overload, arg-type, unused-ignore]
        np.copyto(place, array, casting="no")
    return len(stream), used


def unpack(memory: Any, stream: int, copy: bool) -> Any:
    """The batch that `pack` wrote. Without `copy` its arrays are views that keep `memory` alive."""
    file = io.BytesIO(memoryview(memory).cast("B")[:stream])
    return _Unpacker(file, memory, round_up(stream), copy).load()
