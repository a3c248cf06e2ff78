"""Keras' own messages about Sequences, workers and generators, and the traces they leave when they die."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.transcripts.clean import clean

_FIT = re.compile(
    r"(fit|evaluate|predict)\(\) got an unexpected keyword argument '(workers|use_multiprocessing|max_queue_size)'"
)
_GENERATOR = re.compile(r"has no attribute '((?:fit|evaluate|predict)_generator)'")
_PICKLE = re.compile(
    r"[Cc]an(?:not|'t) pickle [^\n]{1,160}|objects cannot be pickled|PicklingError[^\n]{0,160}"
    r"|Can't get attribute '[^']{1,80}' on"
)
_H5 = re.compile(
    r"addr overflow|wrong B-tree signature|bad object header|Unable to (?:synchronously )?open object[^\n]{0,60}bad"
)
_GUARD = re.compile(
    r"An attempt has been made to start a new process before the\s{1,20}current process has finished its bootstrapping"
)
_KERAS = re.compile(r"keras|tensorflow|PyDataset|Sequence|\bfit\b|Keras_worker|multiprocessing|h5py", re.IGNORECASE)

# (diagnosis, the texts: all must be there)
_SIGNS = (
    ("no_super_init", ("should call `super().__init__(**kwargs)`",)),
    ("ran_out_of_data", ("input ran out of data",)),
    ("generator_duplicates", ("using a generator with `use_multiprocessing=true`",)),
    ("fork_deadlock_warning", ("multi-threaded, use of fork() may lead to deadlocks",)),
    ("worker_grabs_gpu", ("cuda_error_not_initialized", "worker")),
    ("numpy_abi", ("compiled using numpy 1.x cannot be run in",)),
    ("numpy_abi", ("_array_api not found",)),
    ("numpy_abi", ("unable to convert function return value to a python type",)),
    ("protobuf", ("descriptors cannot be created directly",)),
    ("protobuf", ("gencode", "runtime", "protobuf")),
    ("broken_pool", ("brokenprocesspool",)),
)


@dataclass(frozen=True)
class KerasError:
    """`diagnosis`, and the method and the argument or attribute that the message names."""

    diagnosis: str
    method: str | None = None
    argument: str | None = None


def read_keras_error(text: str) -> KerasError | None:
    """The message of Keras (or of the libraries under it) that the text holds; None where it holds none."""
    text = clean(text)
    if not _KERAS.search(text):
        return None
    fit = _FIT.search(text)
    if fit:
        return KerasError("fit_argument_removed", fit.group(1), fit.group(2))
    generator = _GENERATOR.search(text)
    if generator:
        return KerasError("fit_generator_removed", generator.group(1))
    if _GUARD.search(text):
        return KerasError("main_guard_missing")
    if _PICKLE.search(text):
        return KerasError("not_picklable")
    if _H5.search(text):
        return KerasError("h5py_shared")
    lowered = " ".join(text.lower().split())
    for word, parts in _SIGNS:
        if all(part in lowered for part in parts):
            return KerasError(word)
    return None
