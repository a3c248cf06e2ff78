"""Random numbers that repeat: per index, and per thread, so that a batch can be compared although it is random."""

from __future__ import annotations

import random
import sys
import threading


class Own(threading.local):
    """Each thread's own generators."""

    def __init__(self):
        self.user_seeds = False
        self.plain = random.Random(0)
        self.generators = {}
        self._numpy = None

    @property
    def numpy(self):
        np = sys.modules.get("numpy")  # the user's module may be what imports it
        if self._numpy is None and np is not None:
            self._numpy = np.random.RandomState(0)
        return self._numpy


own = Own()


def seed_global(number):
    """As a user would: all global generators."""
    random.seed(number)
    np = sys.modules.get("numpy")
    if np is not None:
        np.random.seed(number & 0xFFFFFFFF)
    tf = sys.modules.get("tensorflow")
    if tf is not None and hasattr(tf, "random"):
        try:
            tf.random.set_seed(number)
        except Exception:
            pass


def held_generators(sequence):
    """Attributes that are random generators: name -> generator."""
    np = sys.modules.get("numpy")
    kinds = (random.Random,)
    if np is not None:
        kinds += (np.random.RandomState,)
        if hasattr(np.random, "Generator"):
            kinds += (np.random.Generator,)
    return {name: value for name, value in getattr(sequence, "__dict__", {}).items() if isinstance(value, kinds)}


def keras_generators(sequence):
    """Seed generators of Keras layers that the Sequence holds: path -> SeedGenerator."""
    found = {}
    for name, value in getattr(sequence, "__dict__", {}).items():
        layers = value._flatten_layers() if hasattr(value, "_flatten_layers") else ()
        for place, layer in enumerate(layers):
            for inner, held in list(getattr(layer, "__dict__", {}).items()):
                if type(held).__name__ == "SeedGenerator" and hasattr(held, "state"):
                    found["%s.%d.%s" % (name, place, inner)] = held
    return found


def seed_held(generators, number):
    for place, name in enumerate(sorted(generators)):
        generator = generators[name]
        if hasattr(generator, "state") and hasattr(generator.state, "assign"):
            generator.state.assign([number + place, 0])
        elif hasattr(generator, "bit_generator"):
            bits = generator.bit_generator
            bits.state = type(bits)(number + place).state
        else:
            generator.seed((number + place) & 0xFFFFFFFF)


def seed_own(number):
    """This thread's generators, behind the names that user code calls."""
    own.plain.seed(number)
    if own.numpy is not None:
        own.numpy.seed(number & 0xFFFFFFFF)
    for place, name in enumerate(sorted(own.generators)):
        seed_held({name: own.generators[name]}, number + place)


class Held(object):
    """In the place of a generator that a Sequence holds: each thread has its own behind it."""

    def __init__(self, name, generator):
        self._name, self._kind = name, generator

    def __getattr__(self, attribute):
        if attribute == "seed":
            own.user_seeds = True
        generator = own.generators.get(self._name)
        if generator is None:
            generator = own.generators[self._name] = _another(self._kind)
        return getattr(generator, attribute)


def _another(generator):
    if hasattr(generator, "bit_generator"):
        return type(generator)(type(generator.bit_generator)(0))
    return type(generator)(0)


def take_over(sequence):
    """Put thread-owned generators behind random.*, numpy.random.* and held generators. Returns the undoing."""
    undo = []
    for name in dir(random):
        function = getattr(random, name)
        if getattr(function, "__self__", None) is getattr(random, "_inst", None) and not name.startswith("_"):
            undo.append((random, name, function))
            setattr(random, name, _dispatch("plain", name))
    np = sys.modules.get("numpy")
    if np is not None:
        state = getattr(getattr(np.random, "mtrand", None), "_rand", None)
        for name in dir(np.random):
            function = getattr(np.random, name)
            its = getattr(function, "__self__", None) is state or name == "seed"  # a plain function since numpy 1.24
            if state is not None and its and not name.startswith("_"):
                undo.append((np.random, name, function))
                setattr(np.random, name, _dispatch("numpy", name))
    for name, generator in held_generators(sequence).items():
        undo.append((sequence, name, generator))
        setattr(sequence, name, Held(name, generator))

    def restore():
        for place, name, value in undo:
            setattr(place, name, value)

    return restore


def nothing():
    """What undoes nothing."""


def _dispatch(which, name):
    def call(*args, **kwargs):
        if name == "seed":
            own.user_seeds = True  # of this thread; who asks looks at it afterwards
        return getattr(getattr(own, which), name)(*args, **kwargs)

    return call
