"""Which class `fit` takes for a Sequence, found without importing Keras or TensorFlow."""

from __future__ import annotations

import sys
from typing import Any

NAMES = ("PyDataset", "Sequence")
PACKAGES = ("keras", "tf_keras", "tensorflow", "tensorflow_core")


def find_base(sequence: Any) -> type:
    """The Keras class that `sequence` inherits; else that of a Keras that is already imported; else `object`."""
    for cls in type(sequence).__mro__:
        if cls.__name__ in NAMES and is_keras(cls):
            return cls
    for module in ("keras", "tf_keras", "tensorflow"):
        found = sys.modules.get(module)
        utils = getattr(getattr(found, "keras", found), "utils", None)
        for name in NAMES:
            base = getattr(utils, name, None)
            if isinstance(base, type):
                return base
    return object


def is_keras(cls: type) -> bool:
    """Whether a class is Keras' own."""
    return cls.__module__.split(".")[0] in PACKAGES


def own_hook(sequence: Any, name: str) -> bool:
    """Whether the Sequence has a hook (on_epoch_end) of its own, not Keras' empty one."""
    if name in getattr(sequence, "__dict__", ()):
        return True
    for cls in type(sequence).__mro__:
        if name in vars(cls):
            return not is_keras(cls)
    return callable(getattr(sequence, name, None))
