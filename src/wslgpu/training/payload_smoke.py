"""The smoke's payload: trains one small model twice on a Keras Sequence, in one process and through fork.

Runs inside the user's interpreter, handed over by path: plain Python 3.7, needs TensorFlow and numpy and imports
nothing of wslgpu; the watchdog beside it is handed over by path too. It judges nothing: what happened goes, one JSON
object a line, to RUN_DIR/events.jsonl, and is judged outside. stdout and stderr are left to TensorFlow.

The task is synthetic: tell in which of four directions the stripes of a noisy 16 x 16 picture run.
"""

# mypy: ignore-errors
# (TensorFlow and numpy of any version: there are no types to hold on to)
from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import platform
import random
import sys
import threading
import time
import traceback

CLASSES = 4
SIDE = 16
BATCH = 16
TRAIN_BATCHES = 25  # not divisible by the usual numbers of workers
VALIDATION_BATCHES = 7
EPOCHS = 3
ITEM_S = 0.015
SEED = 20200613
TRAIN, VALIDATION = 0, 1
METHODS = {"main": 0, "fork": 1, "spawn": 2, "forkserver": 3}

run_dir = ""


def tell(event, **values):
    """Append one event. One os.write, so that no line is ever torn."""
    line = json.dumps(dict({"event": event, "t": time.time(), "pid": os.getpid()}, **values)) + "\n"
    fd = os.open(os.path.join(run_dir, "events.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, line.encode("utf-8"))
    finally:
        os.close(fd)


def load_watchdog(folder):
    """The watchdog as a package, by its folder, without leaving a __pycache__ beside wslgpu's files."""
    spec = importlib.util.spec_from_file_location(
        "_wslgpu_watchdog", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["_wslgpu_watchdog"] = module
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


def make_item(np, kind, index, rounds):
    """Batch `index` of a set: pictures (BATCH, SIDE, SIDE, 1) float32 and labels (BATCH,) int64.

    Depends on its arguments alone, so both ways see the same data. `rounds` is the CPU work: each turns the noise by
    a fixed phase in the frequency domain, which keeps its strength, so more work does not make the task easier.
    """
    rng = np.random.RandomState([SEED, kind, index])
    labels = rng.randint(0, CLASSES, BATCH)
    angle = labels * (np.pi / CLASSES)
    phase = rng.uniform(0, 2 * np.pi, BATCH)
    row, column = np.mgrid[0:SIDE, 0:SIDE] * (2 * np.pi / 6)
    along = np.cos(angle)[:, None, None] * row + np.sin(angle)[:, None, None] * column
    pictures = np.sin(along + phase[:, None, None])
    noise = rng.normal(size=(BATCH, SIDE, SIDE))
    turn = np.exp(1j * rng.uniform(0, 2 * np.pi, (SIDE, SIDE)))
    spectrum = np.fft.fft2(noise)
    for _ in range(rounds):
        spectrum = np.fft.fft2(np.fft.ifft2(spectrum * turn))
    noise = np.fft.ifft2(spectrum).real * np.sqrt(2 if rounds else 1)
    return (pictures + 0.6 * noise)[..., None].astype("float32"), labels.astype("int64")


def calibrate(np):
    """Rounds that make one item cost about ITEM_S of this machine's CPU, and what it then costs, in milliseconds."""

    def cost(rounds):
        best = None
        for index in range(5):
            began = time.thread_time()
            make_item(np, TRAIN, index, rounds)
            spent = time.thread_time() - began
            best = spent if best is None else min(best, spent)
        return best

    cost(5)
    one = max((cost(25) - cost(5)) / 20, 1e-6)
    rounds = max(5, min(5000, int(ITEM_S / one)))
    return rounds, round(1000 * cost(rounds), 2)


def make_sequence_class(np, base, keras3):
    """A Sequence whose batches carry who made them, as a second input of five numbers a row."""

    class SmokeSequence(base):
        def __init__(self, kind, length, rounds, workers, use_multiprocessing):
            if keras3:
                super(SmokeSequence, self).__init__(
                    workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=10
                )
            self.kind, self.length, self.rounds = kind, length, rounds

        def __len__(self):
            return self.length

        def __getitem__(self, index):
            index = int(index)
            if index >= self.length:
                raise IndexError(index)
            pictures, labels = make_item(np, self.kind, index, self.rounds)
            process = multiprocessing.current_process()
            method = "main" if process._parent_pid is None else getattr(type(process), "_start_method", None)
            tag = np.array([self.kind, index, os.getpid(), os.getppid(), METHODS.get(method, -1)], dtype="int32")
            return (pictures, np.tile(tag, (BATCH, 1))), labels

    return SmokeSequence


class Ledger(object):
    """What reached the model, in the order in which it did: rows of kind, epoch, index, pid, parent, start method."""

    def __init__(self):
        self.rows = []
        self.epoch = -1
        self.parents = {}
        self.lock = threading.Lock()

    def note(self, tag):
        """Called by the model itself, once a step, through tf.numpy_function."""
        kind, index, pid, parent, method = [int(value) for value in tag]
        with self.lock:
            self.rows.append([kind, self.epoch, index, pid, parent, method])
            if pid != os.getpid() and pid not in self.parents:
                self.parents[pid] = read_parent(pid)
        return 0.0


def read_parent(pid):
    """The parent that the kernel says a process has; None once it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def build_model(tf, np, ledger, keras3):
    """A small convolutional model with a layer in front that reports each batch to the ledger."""
    keras = tf.keras

    class Gate(keras.layers.Layer):
        def call(self, inputs):
            pictures, tag = inputs

            def note(row):
                return np.float32(ledger.note(row))

            zero = tf.numpy_function(note, [tag[0]], tf.float32)
            # The sum makes the report part of the model: no optimizer can leave it out.
            return pictures + tf.reshape(zero, [1, 1, 1, 1])

        def compute_output_shape(self, shapes):
            return shapes[0]

    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    tag = keras.Input((5,), dtype="int32", name="tag")
    x = Gate(name="gate")([pictures, tag])
    x = keras.layers.Conv2D(8, 3, activation="relu", name="conv1")(x)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(16, 3, activation="relu", name="conv2")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(CLASSES, activation="softmax")(x)
    model = keras.Model([pictures, tag], x)
    options = {"jit_compile": False} if keras3 else {}
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"], **options
    )
    return model


def read_placement(tf, model, item):
    """Where the convolutions of one training step really ran: the devices of the executed graph's nodes.

    An empty list where this TensorFlow does not tell; then `output_device` (of an eager call) is what there is.
    """
    devices = set()
    try:
        from tensorflow.python.eager import context

        if not context.executing_eagerly():
            return []  # TensorFlow 1.15: its fit takes a validation Sequence only in graph mode
        context.context().enable_graph_collection()
        try:
            model.train_on_batch(item[0], item[1])
            metadata = context.context().export_run_metadata()
        finally:
            context.context().disable_graph_collection()
        graphs = list(metadata.partition_graphs)
        for function in metadata.function_graphs:
            graphs += list(function.partition_graphs)
        for graph in graphs:
            for node in graph.node:
                if "Conv2D" in node.op and node.device:
                    devices.add(node.device.split("device:")[-1])
    except Exception as error:
        tell("note", text="placement of operations could not be read: %r" % (error,))
    return sorted(devices)


def read_output_device(tf):
    """The device of an eager convolution's result."""
    try:
        result = tf.nn.conv2d(tf.zeros([1, 8, 8, 1]), tf.zeros([3, 3, 1, 1]), 1, "VALID")
        return str(result.device).split("device:")[-1] or "unknown"
    except Exception as error:
        return "unknown: %r" % (error,)


def prepare_devices(tf, wanted):
    """Memory growth on every GPU, none visible when the CPU is wanted. Names of the GPUs in use."""
    config = getattr(tf.config, "experimental", tf.config)
    listed = getattr(tf.config, "list_physical_devices", None) or config.list_physical_devices
    gpus = listed("GPU")
    if wanted == "cpu":
        config.set_visible_devices([], "GPU")
        return []
    names = []
    for gpu in gpus:
        try:
            config.set_memory_growth(gpu, True)
        except (RuntimeError, ValueError) as error:
            tell("note", text="memory growth could not be switched on for %s: %s" % (gpu.name, error))
        try:
            names.append(str(config.get_device_details(gpu).get("device_name", gpu.name)))
        except Exception:
            names.append(gpu.name)
    return names


def train(tf, np, sequence_class, weights, rounds, workers, keras3, name):
    """Fit once. What the ledger holds, the history and the seconds, as one dict."""
    through_fork = workers > 1
    ledger = Ledger()
    model = build_model(tf, np, ledger, keras3)
    model.set_weights(weights)

    class Epochs(tf.keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            ledger.epoch = epoch
            self.began = time.time()
            tell("progress", text="%s: epoch %d of %d" % (name, epoch + 1, EPOCHS))

    fit_arguments = {}
    if not keras3:
        fit_arguments = {"workers": workers, "use_multiprocessing": through_fork, "max_queue_size": 10}
    train_set = sequence_class(TRAIN, TRAIN_BATCHES, rounds, workers, through_fork)
    validation_set = sequence_class(VALIDATION, VALIDATION_BATCHES, rounds, workers, through_fork)
    began = time.monotonic()
    history = model.fit(
        train_set,
        validation_data=validation_set,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=[Epochs()],
        **fit_arguments
    )
    seconds = time.monotonic() - began
    curves = {key.replace("acc", "accuracy") if key.endswith("acc") else key: [float(v) for v in values]
              for key, values in history.history.items()}
    return {
        "seconds": round(seconds, 3),
        "batches_per_s": round(len(ledger.rows) / seconds, 2),
        "history": curves,
        "deliveries": ledger.rows,
        "parents": {str(pid): parent for pid, parent in ledger.parents.items()},
    }


def smoke(arguments):
    """Everything, in order; each result is told as soon as it is there."""
    tell("start", python=platform.python_version(), executable=sys.executable)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    tell("progress", text="importing TensorFlow")
    began = time.monotonic()
    try:
        import numpy as np
        import tensorflow as tf
    except ImportError as error:
        tell("no-tensorflow", text=str(error), missing=getattr(error, "name", None) in ("tensorflow", "numpy"))
        return 1
    keras = tf.keras
    base = keras.utils.Sequence
    keras_module = sys.modules[base.__module__]
    root = sys.modules.get(base.__module__.split(".")[0])
    keras_version = getattr(keras, "__version__", None) or getattr(root, "__version__", "unknown")
    keras3 = hasattr(keras.utils, "PyDataset")
    keras.backend.set_image_data_format("channels_last")
    keras.backend.set_floatx("float32")
    gpus = prepare_devices(tf, arguments.device)
    default_method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    tell(
        "imported",
        python=platform.python_version(),
        tensorflow=tf.__version__,
        keras=keras_version,
        numpy=np.__version__,
        import_s=round(time.monotonic() - began, 2),
        gpus=gpus,
        default_start_method=default_method,
        built_with_cuda=bool(tf.test.is_built_with_cuda()),
    )
    if arguments.device == "gpu" and not gpus:
        return 1  # the judge sees it in the event above; half a minute of training on the CPU would tell no more
    watchdog = load_watchdog(arguments.watchdog)
    running = watchdog.install(run_dir, start_method="fork", stuck_after_s=arguments.stuck_after)
    watchdog.patch_keras(keras_module, running, "fork")

    rounds, item_ms = calibrate(np)
    random.seed(SEED)
    np.random.seed(SEED)
    (tf.random.set_seed if hasattr(tf.random, "set_seed") else tf.compat.v1.set_random_seed)(SEED)
    sequence_class = make_sequence_class(np, base, keras3)
    probe = build_model(tf, np, Ledger(), keras3)
    weights = probe.get_weights()
    item = sequence_class(TRAIN, 1, 1, 1, False)[0]
    placement = read_placement(tf, probe, item)
    tell("prepared", item_ms=item_ms, placement=placement, output_device=read_output_device(tf))

    for name, workers in (("single", 1), ("fork", arguments.workers)):
        tell("way", name=name, workers=workers, **train(tf, np, sequence_class, weights, rounds, workers, keras3, name))
    tell("result", default_start_method=multiprocessing.get_start_method(), main_pid=os.getpid())
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--watchdog", required=True)
    parser.add_argument("--device", choices=("auto", "gpu", "cpu"), default="auto")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stuck-after", type=float, default=30.0)
    arguments = parser.parse_args()
    global run_dir
    run_dir = arguments.run_dir
    try:
        return smoke(arguments)
    except Exception as error:
        tell("error", kind=type(error).__name__, text=str(error)[:8000])
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    sys.exit(main())
