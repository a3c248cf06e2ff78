"""One operation on one device, compared with numpy: matmul, conv (forward and backward), or jit (through XLA).

Runs inside the user's interpreter, handed over by path, one operation a process, because a missing kernel may end or
stop the process: plain Python 3.7, needs TensorFlow and numpy and imports nothing of wslgpu. It judges nothing: what it
saw goes, one JSON object a line, to the file EVENTS, and is judged outside.
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import traceback

SEED = 20200613


def make_teller(path):
    """A function that appends one event; one os.write, so that no line is torn when the process dies."""

    def tell(event, **values):
        line = json.dumps(dict({"event": event, "t": time.time()}, **values)) + "\n"
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, line.encode("utf-8"))
        finally:
            os.close(fd)

    return tell


def compare(tell, np, name, got, wanted):
    """Tell the largest difference, beside the size of the numbers; None where it is not a number."""
    value = got.numpy()
    same_shape = value.shape == wanted.shape
    difference = float(np.max(np.abs(value.astype("float64") - wanted))) if same_shape else None
    if difference is not None and not np.isfinite(difference):
        difference = None
    tell("value", name=name, device=str(got.device), difference=difference, scale=float(np.max(np.abs(wanted))))


def run_matmul(tf, np, rng, tell):
    """(64, 48) times (48, 32)."""
    a, b = rng.normal(size=(64, 48)), rng.normal(size=(48, 32))
    tell("stage", text="matmul")
    compare(tell, np, "product", tf.matmul(tf.constant(a, tf.float32), tf.constant(b, tf.float32)), a @ b)


def run_conv(tf, np, rng, tell):
    """3 x 3 over (2, 12, 12, 4) to 8 channels, and the gradients of sum(weights * result), through cuDNN on a GPU."""
    x, kernel = rng.normal(size=(2, 12, 12, 4)), rng.normal(size=(3, 3, 4, 8))
    weights = rng.normal(size=(2, 10, 10, 8))
    wanted, by_x, by_kernel = np.zeros((2, 10, 10, 8)), np.zeros_like(x), np.zeros_like(kernel)
    for i in range(3):
        for j in range(3):
            window = x[:, i : i + 10, j : j + 10, :]
            wanted += np.einsum("nhwc,co->nhwo", window, kernel[i, j])
            by_kernel[i, j] = np.einsum("nhwc,nhwo->co", window, weights)
            by_x[:, i : i + 10, j : j + 10, :] += np.einsum("nhwo,co->nhwc", weights, kernel[i, j])
    x_there, kernel_there = tf.constant(x, tf.float32), tf.constant(kernel, tf.float32)
    tell("stage", text="conv2d forward")
    with tf.GradientTape() as tape:
        tape.watch(x_there)
        tape.watch(kernel_there)
        result = tf.nn.conv2d(x_there, kernel_there, 1, "VALID")
        total = tf.reduce_sum(result * tf.constant(weights, tf.float32))
    compare(tell, np, "forward", result, wanted)
    tell("stage", text="conv2d backward")
    gradients = tape.gradient(total, [x_there, kernel_there])
    compare(tell, np, "backward to the input", gradients[0], by_x)
    compare(tell, np, "backward to the kernel", gradients[1], by_kernel)


def run_jit(tf, np, rng, tell):
    """A function compiled by XLA; tanh and exp come from libdevice, and ptxas assembles it."""
    x, weights = rng.normal(size=(32, 16)), rng.normal(size=(16, 8))

    def function(a, b):
        return tf.tanh(tf.matmul(a, b)) * tf.exp(-tf.square(tf.matmul(a, b)))

    tell("stage", text="a function with jit_compile=True")
    compiled = None
    for option in ("jit_compile", "experimental_compile"):
        try:
            compiled = tf.function(function, **{option: True})
            break
        except TypeError:
            continue
    if compiled is None:
        tell("skipped", text="TensorFlow %s has no jit_compile" % tf.__version__)
        return
    product = x @ weights
    result = compiled(tf.constant(x, tf.float32), tf.constant(weights, tf.float32))
    compare(tell, np, "result", result, np.tanh(product) * np.exp(-np.square(product)))


OPERATIONS = {"matmul": run_matmul, "conv": run_conv, "jit": run_jit}


def choose_device(tf, wanted, tell):
    """ "/GPU:0", "/CPU:0", or None where a GPU is wanted and TensorFlow sees none. Memory growth is switched on."""
    config = getattr(tf.config, "experimental", tf.config)
    gpus = (getattr(tf.config, "list_physical_devices", None) or config.list_physical_devices)("GPU")
    details = {}
    if wanted == "cpu":
        config.set_visible_devices([], "GPU")
    elif gpus:
        for gpu in gpus:
            config.set_memory_growth(gpu, True)
        try:
            details = dict(config.get_device_details(gpus[0]))
        except Exception:
            details = {}
    used = wanted != "cpu" and bool(gpus)
    tell(
        "device",
        gpus=len(gpus),
        name=str(details.get("device_name", "the GPU" if used else "the CPU")),
        capability=list(details.get("compute_capability") or []),
        used="GPU" if used else "CPU",
    )
    return "/GPU:0" if used else None if wanted == "gpu" else "/CPU:0"


def work(arguments, tell):
    tell("stage", text="importing TensorFlow")
    try:
        import numpy as np
        import tensorflow as tf
    except ImportError as error:
        tell("no-tensorflow", text=str(error)[:2000])
        return 1
    if int(tf.__version__.split(".")[0]) < 2:
        tf.compat.v1.enable_v2_behavior()
    tell("imported", tensorflow=tf.__version__, python=platform.python_version())
    device = choose_device(tf, arguments.device, tell)
    if device is None:
        return 1
    place_softly = getattr(tf.config, "set_soft_device_placement", None)
    if place_softly is not None:
        place_softly(False)  # an operation that has no kernel there raises; it does not wander to the CPU
    precision = getattr(tf.config.experimental, "enable_tensor_float_32_execution", None)
    if precision is not None:
        precision(False)  # TF32 keeps 10 bits, and numpy would rightly disagree
    with tf.device(device):
        OPERATIONS[arguments.operation](tf, np, np.random.RandomState(SEED), tell)
    tell("done")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--operation", choices=sorted(OPERATIONS), required=True)
    parser.add_argument("--device", choices=("auto", "gpu", "cpu"), default="auto")
    parser.add_argument("--events", required=True)
    arguments = parser.parse_args()
    tell = make_teller(arguments.events)
    try:
        return work(arguments, tell)
    except Exception as error:
        tell("error", kind=type(error).__name__, text=str(error)[:4000])
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    sys.exit(main())
