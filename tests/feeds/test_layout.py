from __future__ import annotations

import collections

import pytest

np = pytest.importorskip("numpy")

from wslgpu.feeds.layout import ALIGN, TooLarge, pack, unpack  # noqa: E402

Point = collections.namedtuple("Point", "x y")
RECORDS = np.zeros(3, dtype=[("name", "S4"), ("value", "f8", (2,))])

BATCHES = {
    "array": np.arange(12).reshape(3, 4),
    "pair": (np.ones((2, 3), "float32"), np.zeros(2, "int64")),
    "three, with weights": (np.ones(4), np.ones(4), np.full(4, 0.5)),
    "dicts in tuples": ({"a": np.ones(2), "b": [np.zeros(1), None]}, {"out": np.array(3.0)}),
    "named tuple": Point(np.arange(3), [1, "two", b"three"]),
    "scalars": (1, 2.5, True, np.float16(3), np.int8(-1)),
    "strings": (np.array(["a", "bcd"]), np.array([b"x", b"yz"]), "text"),
    "objects": np.array(["ragged", [1, 2], None, {"k": 1}], dtype=object),
    "objects inside": (np.array([np.arange(2), np.arange(3)], dtype=object), np.ones(2)),
    "dates": np.array(["2020-01-01", "NaT"], dtype="datetime64[ns]"),
    "complex and bool": (np.array([1j, 2]), np.array([True, False])),
    "records": RECORDS,
    "big-endian": np.arange(5, dtype=">i4"),
    "empty": (np.zeros((0, 3)), np.zeros(0, "U5")),
    "Fortran order": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "not contiguous": np.arange(24).reshape(4, 6)[::2, ::3],
    "negative strides": np.arange(5)[::-1],
    "broadcast": np.broadcast_to(np.arange(3), (4, 3)),
    "no dimension": np.array(7),
    "masked": np.ma.array([1, 2, 3], mask=[0, 1, 0]),
    "nothing": None,
    "bytes": b"x" * 1000,
}


def same(left, right):
    if isinstance(left, np.ma.MaskedArray):
        assert isinstance(right, np.ma.MaskedArray)
        assert (left.mask == right.mask).all()
        assert left.tolist() == right.tolist()
    elif isinstance(left, np.ndarray):
        assert isinstance(right, np.ndarray)
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        if left.dtype.hasobject:
            for one, other in zip(left.flat, right.flat, strict=True):
                same(one, other)
        else:
            assert left.tobytes() == right.tobytes()
    elif isinstance(left, (list, tuple)):
        assert type(left) is type(right)
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            same(one, other)
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            same(left[key], right[key])
    else:
        assert type(left) is type(right)
        assert left == right


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("name", BATCHES)
def test_what_comes_out_is_what_went_in(name, copy):
    memory = bytearray(1 << 16)
    stream, used = pack(BATCHES[name], memory, len(memory))
    assert stream <= used <= len(memory)
    same(BATCHES[name], unpack(memory, stream, copy))


def test_arrays_lie_aligned_and_share_the_memory():
    memory = np.zeros(1 << 12, "uint8")
    stream, _ = pack((np.ones(3, "int8"), np.ones(5)), memory.data, memory.nbytes)
    first, second = unpack(memory.data, stream, False)
    assert np.shares_memory(second, memory)
    assert (second.ctypes.data - memory.ctypes.data) % ALIGN == 0
    assert (first.ctypes.data - memory.ctypes.data) % ALIGN == 0
    first[0] = 9  # writable
    assert unpack(memory.data, stream, False)[0][0] == 9


def test_a_copy_shares_nothing():
    memory = np.zeros(1 << 12, "uint8")
    stream, _ = pack(np.ones(5), memory.data, memory.nbytes)
    assert not np.shares_memory(unpack(memory.data, stream, True), memory)


def test_the_same_array_twice_is_written_once():
    memory = bytearray(1 << 12)
    array = np.ones(100)
    _, once = pack(array, memory, len(memory))
    stream, twice = pack((array, array), memory, len(memory))
    assert twice - once <= ALIGN
    first, second = unpack(memory, stream, False)
    assert first is second


def test_memmaps_come_out_as_arrays(tmp_path):
    mapped = np.memmap(tmp_path / "data", dtype="int32", mode="w+", shape=(8,))
    mapped[:] = np.arange(8)
    memory = bytearray(1 << 12)
    stream, _ = pack(mapped[2:5], memory, len(memory))
    found = unpack(memory, stream, False)
    assert type(found) is np.ndarray
    assert found.tolist() == [2, 3, 4]


def test_too_large_says_how_large():
    with pytest.raises(TooLarge) as caught:
        pack(np.zeros(1000), bytearray(1000), 1000)
    assert caught.value.needed >= 8000
