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
import wslgpu_tune_items as items
from wslgpu_tune_busy import watch
from wslgpu_tune_plan import choose_again, choose_trials, queue_for

NOTE = struct.Struct("<ddq")  # when a batch was begun, when it was done, which process or thread made it
NOTES = 4096
TRIAL_S = 1.5
AGAIN_ROOM = 1.2  # a second trial is begun where what is left is this many times what the first one took
COMPILED = 2  # the first two steps trace and compile: seconds, on a busy machine, that are no input's


class Notes(object):
    """Who made which batch when, in memory that forked workers share."""

    def __init__(self):
        self.map = mmap.mmap(-1, (NOTES + 1) * NOTE.size)  # one more for the batch that raised

    def note(self, index, began, ended):
        if index < NOTES:
            who = os.getpid() if os.getpid() != MAIN else threading.get_ident() % 1000003
            NOTE.pack_into(self.map, index * NOTE.size, began, ended, who)

    def note_raised(self, index, error):
        NOTE.pack_into(self.map, NOTES * NOTE.size, 0.0, 1.0, index)
        say.tell("raised-in-trial", index=index, text="%s: %s" % (type(error).__name__, str(error)[:500]))

    def raised(self):
        """Which batch raised; None: none."""
        _, told, index = NOTE.unpack_from(self.map, NOTES * NOTE.size)
        return index if told else None

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
            try:
                batch = sequence[index % length]
            except Exception as error:
                notes.note_raised(index % length, error)
                raise
            notes.note(index, began, time.monotonic())
            return batch

    return Endless()


def make_timer(tf, seconds, skip, most):
    """Stops `fit` after `seconds`, counted from batch `skip` or from half of `most` on; after `most` in any case."""

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
            late = self.count > COMPILED and now - self.first > most / 2
            if self.began is None and (self.count >= skip or late):
                self.began = (now, self.count)
            elif now - self.first > most or (self.began is not None and now - self.began[0] > seconds):
                self.model.stop_training = True

        def rate(self):
            """Batches a second from batch `skip` to the last; None where there were too few."""
            if self.began is None and len(self.steps) > 1:  # few and slow: all that there are, but the first
                self.began = (self.steps[0][1], 1)
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
    batch = as_tuples(items.give(sequence, 0))
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


def run(tf, model, sequence, figures, step, options, clock):
    """Each way that can win once; then, in what time is left, those again whose rate is likely not their own."""
    modes = options.modes.split(",")
    predicted, chosen = choose_trials(figures, step, modes)
    queue = queue_for(figures)
    tried = {}
    for place, (mode, number) in enumerate(chosen):
        left = clock.left() - 0.5
        seconds = min(max(TRIAL_S, 6 * figures["get_s"]), left / (len(chosen) - place) * 0.6)
        if seconds < 0.4:
            say.tell("skipped", mode=mode, workers=number, why="no time left")
            continue
        tried[mode, number] = try_way(tf, model, sequence, mode, number, queue, seconds, left, options, figures)
    for mode, number in choose_again(tried, predicted):
        left = clock.left() - 0.5
        if left > AGAIN_ROOM * tried[mode, number][2]:
            try_way(tf, model, sequence, mode, number, queue, TRIAL_S, left, options, figures)


def try_way(tf, model, sequence, mode, number, queue, seconds, left, options, figures):
    """One trial, told as events; its batches a second (None: none), the others' share, its seconds."""
    say.tell("trial", mode=mode, workers=number)
    start, others, notes = time.monotonic(), watch(), Notes()
    try:
        rate, steps, began, share = trial(
            tf, model, sequence, notes, mode, number, queue, seconds, left, options, others
        )
    except Exception as error:
        say.tell("trial-failed", mode=mode, workers=number, text="%s: %s" % (type(error).__name__, str(error)[:500]))
        if notes.raised() is not None:
            items.give(sequence, notes.raised())  # one that raises by itself is no fault of this way
        return None, None, time.monotonic() - start
    since = steps[max(0, len(steps) - 40)][0] if steps else began
    say.tell(
        "rate",
        mode=mode,
        workers=number,
        rate=rate,
        others=share,
        queue=queue,
        batches=len(steps),
        steps=[[a - began, b - began] for a, b in steps[-40:]],
        made=[[i, a - began, b - began, who] for i, a, b, who in notes.read(since - 4 * figures["get_s"])[-200:]],
    )
    return rate, share, time.monotonic() - start


def trial(tf, model, sequence, notes, mode, number, queue, seconds, most, options, others):
    keras3 = hasattr(tf.keras.utils, "PyDataset")
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
        share = others()
    finally:
        if feed is not None:
            feed.close()
    return timer.rate(), timer.steps, began, share


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
