"""Batches as short digests, one a leaf, so that they can be compared across threads, processes and time."""

from __future__ import annotations

import hashlib
import pickle


def leaves(batch, path=""):
    """(path, array or other value) of every leaf of a nested structure, in a fixed order."""
    if isinstance(batch, dict):
        found = []
        for key in sorted(batch, key=str):
            found += leaves(batch[key], "%s[%r]" % (path, key))
        return found
    if isinstance(batch, (list, tuple)):
        found = []
        for place, value in enumerate(batch):
            found += leaves(value, "%s[%d]" % (path, place))
        return found
    return [(path, as_array(batch))]


def as_array(value):
    """numpy's view of a leaf; tensors of any kind come out as arrays; what is no array stays as it is."""
    if type(value).__module__ == "numpy" and hasattr(value, "dtype"):
        return value
    if hasattr(value, "numpy"):
        return value.numpy()
    return value


def of_leaf(value):
    hasher = hashlib.blake2b(digest_size=8)
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):
        hasher.update(("%s%s" % (value.dtype, getattr(value, "shape", ()))).encode())
        if value.dtype.hasobject:
            hasher.update(repr(value.tolist()).encode("utf-8", "replace"))
        elif getattr(value, "flags", None) is not None and getattr(value.flags, "c_contiguous", False) and value.nbytes:
            hasher.update(value.reshape(-1).view("u1").data if value.ndim else value.tobytes())
        else:
            hasher.update(value.tobytes())
    else:
        try:
            hasher.update(pickle.dumps(value, 4))
        except Exception:
            hasher.update(repr(value).encode("utf-8", "replace"))
    return hasher.hexdigest()


def of_leaves(batch):
    """[[path, digest], ...]"""
    return [[path, of_leaf(value)] for path, value in leaves(batch)]


def shapes(batch):
    """[[path, kind or dtype, shape or None], ...]"""
    found = []
    for path, value in leaves(batch):
        if hasattr(value, "dtype") and hasattr(value, "shape"):
            found.append([path, str(value.dtype), list(value.shape)])
        else:
            found.append([path, type(value).__name__, None])
    return found


def form(batch):
    """The outermost type, and how many parts."""
    name = type(batch).__name__
    return [name, len(batch) if isinstance(batch, (list, tuple, dict)) else None]
