"""One batch in one piece of memory: a pickle stream, and behind it the arrays, each in its place.

The stream holds a note of where each array lies, and then everything that is no plain array (the structure, strings,
object arrays, anything); so nested structures and every dtype come through, and an array is copied once.
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
    """Leaves a number in the place of each plain array: what stands there is pickled too, so the less the better."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=4)
        self.arrays: list[Any] = []
        self.notes: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.end = 0

    def persistent_id(self, value: Any) -> Any:
        if type(value) not in PLAIN or value.dtype.hasobject:
            return None
        number = self.numbers.get(id(value))  # the same array twice is the same array twice on the other side
        if number is None:
            number = self.numbers[id(value)] = len(self.arrays)
            order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
            dtype = value.dtype.str if value.dtype.isbuiltin == 1 else value.dtype  # its name is ten times cheaper
            self.arrays.append(value)
            self.notes.append((self.end, dtype, value.shape, order))
            self.end = round_up(self.end + value.nbytes)
        return number


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, arrays: list[Any]) -> None:
        super().__init__(file)
        self.persistent_load = arrays.__getitem__  # type: ignore[method-assign]


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
    stream = pickle.dumps(packer.notes, 4) + file.getvalue()
    start = round_up(len(stream))
    used = start + packer.end
    if used > room:
        raise TooLarge(used)
    prepare(used)
    memoryview(memory).cast("B")[: len(stream)] = stream
    for array, (offset, _, shape, order) in zip(packer.arrays, packer.notes):  # noqa: B905 (Python 3.7)
        place: Any = np.ndarray(shape, array.dtype, memory, start + offset, order=order)
        np.copyto(place, array, casting="no")
    return len(stream), used


def unpack(memory: Any, stream: int, copy: bool) -> Any:
    """The batch that `pack` wrote. Without `copy` its arrays are views that keep `memory` alive."""
    file = io.BytesIO(memoryview(memory).cast("B")[:stream])
    start = round_up(stream)
    arrays: list[Any] = [
        np.ndarray(shape, dtype, memory, start + offset, order=order)
        for offset, dtype, shape, order in pickle.load(file)
    ]
    return _Unpacker(file, [array.copy(order="K") for array in arrays] if copy else arrays).load()
