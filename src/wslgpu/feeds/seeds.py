"""Random numbers in workers: fork copies the generators, so without this every worker draws the same ones.

The seed of a batch depends on the feed's seed, the epoch and the index alone: no two batches and no two epochs draw
the same, it does not matter which worker makes a batch, and a batch that is made again is the same batch.
"""

from __future__ import annotations

import random
import zlib
from typing import Any

import numpy as np

MASK = (1 << 64) - 1


def base_seed() -> int:
    """A seed from numpy's global state, which is left as it is: who has called numpy.random.seed gets the same runs."""
    state: Any = np.random.get_state()
    return zlib.crc32(np.asarray(state[1]).tobytes() + str(state[2]).encode())


def mix(*numbers: int) -> int:
    """64 well-mixed bits of some integers (the finalizer of splitmix64, once a number)."""
    mixed = 0
    for number in numbers:
        mixed = (mixed + number + 0x9E3779B97F4A7C15) & MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        mixed ^= mixed >> 31
    return mixed


def find_generators(sequence: Any) -> list[Any]:
    """The random generators that a Sequence holds as attributes of its own."""
    kinds: tuple[Any, ...] = (random.Random, np.random.RandomState)
    if hasattr(np.random, "Generator"):
        kinds += (np.random.Generator,)
    return [value for value in vars(sequence).values() if isinstance(value, kinds)] if _has_vars(sequence) else []


def _has_vars(value: Any) -> bool:
    return hasattr(value, "__dict__")


def seed_all(number: int, generators: list[Any]) -> None:
    """Seed `random`, `numpy.random` and the given generators."""
    random.seed(number)
    np.random.seed(number & 0xFFFFFFFF)
    for place, generator in enumerate(generators):
        own = mix(number, place + 1)
        if isinstance(generator, random.Random) or not hasattr(generator, "bit_generator"):
            generator.seed(own & 0xFFFFFFFF)
        else:
            bits = generator.bit_generator
            bits.state = type(bits)(own).state
