"""The smoke's payload: trains one small model on a Keras Sequence in one process, through fork, and in other ways.

Runs inside the user's interpreter, handed over by path: plain Python 3.7, needs TensorFlow and numpy and imports
nothing of wslgpu but, by path, its watchdog and its feeds. It judges nothing: what happened goes, one JSON object a
line, to RUN_DIR/events.jsonl, and is judged outside. stdout and stderr are left to TensorFlow.

    python PATH/payload_smoke --run-dir DIR --part proof --watchdog PATH
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import time
import traceback

import wslgpu_smoke_say as say


def import_tensorflow(device):
    """Import it and tell what it is; the names of the GPUs in use, or None where it cannot be imported."""
    say.tell("start", python=platform.python_version(), executable=sys.executable)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    say.tell("progress", text="importing TensorFlow")
    began = time.monotonic()
    try:
        import numpy as np
        import tensorflow as tf
    except ImportError as error:
        say.tell("no-tensorflow", text=str(error), missing=getattr(error, "name", None) in ("tensorflow", "numpy"))
        return None
    from wslgpu_smoke_device import prepare_devices

    keras = tf.keras
    root = sys.modules.get(keras.utils.Sequence.__module__.split(".")[0])
    keras.backend.set_image_data_format("channels_last")
    keras.backend.set_floatx("float32")
    gpus = prepare_devices(device)
    default_method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    say.tell(
        "imported",
        python=platform.python_version(),
        tensorflow=tf.__version__,
        keras=getattr(keras, "__version__", None) or getattr(root, "__version__", "unknown"),
        numpy=np.__version__,
        import_s=round(time.monotonic() - began, 2),
        gpus=gpus,
        default_start_method=default_method,
        built_with_cuda=bool(tf.test.is_built_with_cuda()),
    )
    return gpus


def run(options):
    """The part that was asked for."""
    gpus = import_tensorflow(options.device)
    # Without the GPU that was asked for, half a minute of training on the CPU would tell no more.
    if gpus is None or (options.device == "gpu" and not gpus):
        return 1
    if options.part == "proof":
        from wslgpu_smoke_proof import prove

        prove(options)
    elif options.part == "ways":
        from wslgpu_smoke_ways import compare_ways

        compare_ways(options)
    else:
        from wslgpu_smoke_starts import compare_starts

        compare_starts(options)
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--part", choices=("proof", "ways", "starts"), default="proof")
    parser.add_argument("--watchdog", default="")
    parser.add_argument("--feeds", default="")
    parser.add_argument("--device", choices=("auto", "gpu", "cpu"), default="auto")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stuck-after", type=float, default=30.0)
    options = parser.parse_args()
    say.run_dir = options.run_dir
    try:
        return run(options)
    except Exception as error:
        say.tell("error", kind=type(error).__name__, text=str(error)[:8000])
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    sys.exit(main())
