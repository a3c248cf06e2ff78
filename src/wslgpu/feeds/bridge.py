"""The bridge to tf.data, with the signature that Keras itself would take: what varies between batches is None."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np


def to_dataset(sequence: Any, *, workers: int = 0, peek: int = 2, **options: Any) -> Any:
    """A tf.data.Dataset of one epoch of `sequence`: its batches in order, each once, and then its on_epoch_end.

    Give it to `fit` as it is (each epoch goes through it anew), or repeat it. The length must stay what it is.

    workers: 0 makes the batches where tf.data asks for them; more go through `fork_feed`, which takes `options`.
    peek: batches looked at for the signature, from the front, and the last. Axes that differ, and the first, are None.

    Lists of arrays become tuples, as tf.data understands them. Raises ValueError where the batches' structures differ.
    """
    tf = importlib.import_module("tensorflow")
    length = len(sequence)
    if length < 1:
        raise ValueError("the Sequence is empty (its length is 0)")
    source = sequence
    if workers:
        from .make import fork_feed

        source = fork_feed(sequence, workers, **options)
    numbers = sorted({*range(min(peek, length)), length - 1})
    signature = find_signature(tf, [as_tuples(source[number]) for number in numbers])

    def batches() -> Iterator[Any]:
        for number in range(length):
            yield as_tuples(source[number])
        if hasattr(source, "on_epoch_end"):
            source.on_epoch_end()

    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(length)).prefetch(2)


def as_tuples(batch: Any) -> Any:
    """The batch with tuples for lists, down to the arrays."""
    if isinstance(batch, dict):
        return {key: as_tuples(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return tuple(as_tuples(value) for value in batch)
    return batch


def find_signature(tf: Any, batches: list[Any]) -> Any:
    """The tf.TensorSpec structure that all of `batches` fit."""
    first = batches[0]
    if isinstance(first, dict):
        if any(not isinstance(batch, dict) or batch.keys() != first.keys() for batch in batches):
            raise ValueError("the batches of the Sequence are dicts with different keys")
        return {key: find_signature(tf, [batch[key] for batch in batches]) for key in first}
    if isinstance(first, tuple):
        if any(not isinstance(batch, tuple) or len(batch) != len(first) for batch in batches):
            raise ValueError("the batches of the Sequence are tuples of different lengths")
        return tuple(find_signature(tf, list(parts)) for parts in zip(*batches))  # noqa: B905 (Python 3.7)
    arrays = [np.asarray(batch) for batch in batches]
    kinds = {array.dtype for array in arrays}
    text = all(array.dtype.kind in "OSU" for array in arrays)
    if len(kinds) > 1 and not text:
        raise ValueError(f"the batches of the Sequence have different dtypes: {sorted(map(str, kinds))}")
    if len({array.ndim for array in arrays}) > 1:
        raise ValueError("the batches of the Sequence have arrays of different rank")
    shape = [None if axis == 0 else _common(sizes) for axis, sizes in enumerate(zip(*(a.shape for a in arrays)))]  # noqa: B905 (Python 3.7)
    return tf.TensorSpec(shape, tf.string if text else tf.as_dtype(arrays[0].dtype))


def _common(sizes: tuple[int, ...]) -> int | None:
    return sizes[0] if len(set(sizes)) == 1 else None
