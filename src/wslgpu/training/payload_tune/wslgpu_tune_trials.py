"""Short runs of the real `fit`: a step on a batch at hand, and each way of feeding it that can win."""

from __future__ import annotations

import importlib.util
import mmap
import os
import struct
import sys
import threading
import time

import wslgpu_audit_say as say
import wslgpu_audit_target as target

NOTE = struct.Struct("<ddq")  # when a batch was begun, when it was done, which process or thread made it
NOTES = 4096
QUEUE = 10
SAFE = {"single": 0, "threads": 1, "feed": 2, "fork": 3}  # what may hang comes last


def find_tensorflow():
    try:
        import tensorflow as tf
    except ImportError as error:
        say.tell("no-tensorflow", text=str(error), missing=getattr(error, "name", "") == "tensorflow")
        return None
    keras = tf.keras
    say.tell(
        "versions",
        tensorflow=tf.__version__,
        keras=str(getattr(keras, "__version__", "")) or "2",
        keras3=hasattr(keras.utils, "PyDataset"),
        gpus=len(tf.config.list_physical_devices("GPU")),
    )
    return tf


def load_model(tf, name):
    """The user's compiled model, or one whose step costs nothing."""
    if not name:
        return make_sink(tf)
    module_name, _, part = name.partition(":")
    found = target.import_module(module_name)
    for piece in part.split("."):
        if not hasattr(found, piece):
            say.tell("no-such-model", name=part, module=module_name)
            return None
        found = getattr(found, piece)
    model = found if hasattr(found, "train_on_batch") else found()
    if not hasattr(model, "fit"):
        say.tell("no-model", kind=type(model).__name__)
        return None
    if getattr(model, "optimizer", None) is None:
        say.tell("not-compiled", name=name)
        return None
    return model


def make_sink(tf):
    class Sink(tf.keras.Model):
        def call(self, inputs):
            return inputs

        def train_step(self, data):
            first = tf.nest.flatten(data)[0]
            return {"loss": tf.cast(tf.shape(first)[0], tf.float32) * 0.0}

    model = Sink()
    model.compile(optimizer="sgd", **({"jit_compile": False} if hasattr(tf.keras.utils, "PyDataset") else {}))
    return model


class Notes(object):
    """Who made which batch when, in memory that forked workers share."""

    def __init__(self):
        self.map = mmap.mmap(-1, NOTES * NOTE.size)

    def note(self, index, began, ended):
        if index < NOTES:
            who = os.getpid() if os.getpid() != MAIN else threading.get_ident() % 1000003
            NOTE.pack_into(self.map, index * NOTE.size, began, ended, who)

    def read(self, since):
        found = []
        for index in range(NOTES):
            began, ended, who = NOTE.unpack_from(self.map, index * NOTE.size)
            if ended and began >= since:
                found.append([index, began, ended, who])
        return found


MAIN = os.getpid()


def endless(tf, sequence, notes, **settings):
    """The Sequence over and over, so that one epoch is as long as the trial, and each asking is noted."""
    base = tf.keras.utils.Sequence
    length = len(sequence) if hasattr(sequence, "__len__") else 1 << 30

    class Endless(base):
        def __init__(self):
            if hasattr(tf.keras.utils, "PyDataset"):
                super(Endless, self).__init__(**settings)

        def __len__(self):
            return 100000

        def __getitem__(self, index):
            began = time.monotonic()
            batch = sequence[index % length]
            notes.note(index, began, time.monotonic())
            return batch

    return Endless()


def make_timer(tf, seconds, skip, most):
    """Stops `fit` after `seconds`, counted from batch `skip` on."""

    class Timer(tf.keras.callbacks.Callback):
        def __init__(self):
            super(Timer, self).__init__()
            self.count = 0
            self.began = None
            self.steps = []
            self.at = self.last = 0.0
            self.first = time.monotonic()

        def on_train_batch_begin(self, batch, logs=None):
            self.at = time.monotonic()

        def on_train_batch_end(self, batch, logs=None):
            now = time.monotonic()
            self.count += 1
            self.last = now
            if len(self.steps) < 3000:
                self.steps.append([self.at, now])
            if self.began is None and (self.count >= skip or now - self.first > most / 2):
                self.began = (now, self.count)
            elif self.began is not None and (now - self.began[0] > seconds or now - self.first > most):
                self.model.stop_training = True

        def rate(self):
            """Batches a second from batch `skip` to the last; None where there were too few."""
            if self.began is None or self.count == self.began[1]:
                return None
            return (self.count - self.began[1]) / (self.last - self.began[0])

    return Timer()


def fit(tf, model, data, timer, **arguments):
    model.stop_training = False
    model.fit(data, epochs=1, verbose=0, callbacks=[timer], **arguments)


def measure_step(tf, model, sequence, clock):
    """Seconds of a training step on one batch that is at hand."""
    say.tell("phase", name="step")
    batch = as_tuples(sequence[0])
    data = tf.data.Dataset.from_tensors(batch).repeat()
    timer = make_timer(tf, min(1.0, clock.left() / 15), 13, min(6.0, clock.left() / 4))
    fit(tf, model, data, timer, steps_per_epoch=100000)
    rate = timer.rate()
    step = 1.0 / rate if rate else None
    say.tell("step", seconds=step, batches=timer.count)
    return step


def as_tuples(batch):
    if isinstance(batch, dict):
        return {key: as_tuples(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return tuple(as_tuples(value) for value in batch)
    return batch


def predict(figures, step):
    """Expected seconds of a batch for every way: {(mode, workers): seconds}."""
    get, cpu, count = figures["get_s"], figures["cpu_s"], figures["cores"]
    step = step or 0.0
    waits = mostly_waits(figures)
    pipe = figures.get("pipe_s")
    copy = figures["bytes"] / 5e9 + 0.0001
    speed2 = max(1.0, figures.get("speedup2") or 1.0)
    found = {("single", 1): max(step, get)}
    for number in workers_to_try(figures, step):
        if waits:
            lanes = min(number, max(count / max(cpu / get, 1e-3), 1.0))
            in_threads = get / lanes
        else:
            lanes = min(number, count)
            in_threads = get / (1 + (speed2 - 1) * (min(number, count) - 1))
        found[("threads", number)] = max(step, in_threads + 0.0001)
        if pipe is not None:
            found[("fork", number)] = max(step, get / lanes, pipe)
            found[("feed", number)] = max(step, (get + copy) / lanes)
    return found


def mostly_waits(figures):
    """Whether a batch waits (for a disk, a network) for more than half of its time, rather than computes."""
    return figures["cpu_s"] + figures.get("delay_s", 0.0) < 0.5 * figures["get_s"]


def workers_to_try(figures, step):
    """2, the cores, and where a batch is mostly waited for, as many as could keep the step busy."""
    count = figures["cores"]
    numbers = {2, count, count + 2} if count <= 4 else {max(2, count // 2), count}
    if mostly_waits(figures):
        want = figures["get_s"] / max(step or 0.0, figures["cpu_s"] / count, 0.0005)
        numbers |= {number for number in (4, 8, 16, 32) if number < 2.6 * want or number == 4}
    return sorted(number for number in numbers if number > 1)


def choose_trials(figures, step, modes):
    """The few that can win: single, and the best of each mode among what is within 1.35 of the best prediction."""
    predicted = {key: value for key, value in predict(figures, step).items() if key[0] in modes}
    say.tell("predicted", ways=[[mode, number, value] for (mode, number), value in sorted(predicted.items())])
    if step is not None and step >= 1.25 * figures["get_s"]:
        return [("single", 1)]
    best = min(predicted.values())
    chosen = [("single", 1)] if ("single", 1) in predicted else []
    for mode in ("threads", "feed", "fork"):
        near = [(value, key[1], key) for key, value in predicted.items() if key[0] == mode and value <= 1.35 * best]
        if near:
            fastest = min(near)[0]
            enough = sorted(item for item in near if item[0] <= 1.03 * fastest)
            chosen.append(min(enough, key=lambda item: item[1])[2])
            more = max(enough, key=lambda item: item[1])[2]
            if more not in chosen and mode != "fork":
                chosen.append(more)
    return sorted(chosen, key=lambda key: (SAFE[key[0]], key[1]))


def run(tf, model, sequence, figures, step, options, clock):
    modes = options.modes.split(",")
    chosen = choose_trials(figures, step, modes)
    queue = queue_for(figures)
    for place, (mode, number) in enumerate(chosen):
        left = clock.left() - 0.5
        seconds = min(max(2.0, 6 * figures["get_s"]), left / (len(chosen) - place) * 0.6)
        if seconds < 0.4:
            say.tell("skipped", mode=mode, workers=number, why="no time left")
            continue
        say.tell("trial", mode=mode, workers=number)
        try:
            rate, steps, notes, began = trial(tf, model, sequence, mode, number, queue, seconds, left, options)
        except Exception as error:
            say.tell(
                "trial-failed", mode=mode, workers=number, text="%s: %s" % (type(error).__name__, str(error)[:500])
            )
            continue
        since = steps[max(0, len(steps) - 40)][0] if steps else began
        say.tell(
            "rate",
            mode=mode,
            workers=number,
            rate=rate,
            queue=queue,
            batches=len(steps),
            steps=[[a - began, b - began] for a, b in steps[-40:]],
            made=[[i, a - began, b - began, who] for i, a, b, who in notes.read(since - 4 * figures["get_s"])[-200:]],
        )


def queue_for(figures):
    """Batches in Keras' queue: ten, and no more than a quarter of the free memory holds."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    free = int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return QUEUE
    return int(max(2, min(QUEUE, free // 4 // max(1, figures["bytes"]))))


def trial(tf, model, sequence, mode, number, queue, seconds, most, options):
    keras3 = hasattr(tf.keras.utils, "PyDataset")
    notes = Notes()
    settings, arguments, feed = {}, {"shuffle": False}, None
    if mode in ("threads", "fork"):
        settings = {"workers": number, "use_multiprocessing": mode == "fork", "max_queue_size": queue}
        if not keras3:
            arguments.update(settings)
            settings = {}
    data = endless(tf, sequence, notes, **settings)
    if mode == "fork" and keras3:
        force_fork()
    began = time.monotonic()
    try:
        if mode == "feed":
            feed = data = load_feeds(options.feeds).fork_feed(data, number)
        skip = {"single": 4, "threads": queue + 4, "fork": queue + 4, "feed": 4 * number + 4}[mode]
        timer = make_timer(tf, seconds, skip, min(most, 3 * seconds))
        fit(tf, model, data, timer, **arguments)
    finally:
        if feed is not None:
            feed.close()
    return timer.rate(), timer.steps, notes, began


def force_fork():
    """Keras takes the process-wide default, which is forkserver from Python 3.14 on."""
    import multiprocessing

    if multiprocessing.get_start_method(allow_none=True) != "fork":
        multiprocessing.set_start_method("fork", force=True)


def load_feeds(folder):
    """wslgpu.feeds, by path: the user's interpreter need not have it."""
    if "wslgpu_tune_feeds" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "wslgpu_tune_feeds", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules["wslgpu_tune_feeds"] = module
        spec.loader.exec_module(module)
    return sys.modules["wslgpu_tune_feeds"]
