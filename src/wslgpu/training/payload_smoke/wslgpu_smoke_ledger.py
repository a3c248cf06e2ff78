"""What reached the model, noted by the model itself: calls of __getitem__ would prove nothing."""

from __future__ import annotations

import os
import threading
import time

from wslgpu_smoke_values import ROW, TAG

DONE = ROW.index("done")


class Ledger(object):
    """Rows (`ROW` in wslgpu_smoke_values) in the order in which the batches came, and their makers' parents."""

    def __init__(self):
        self.lock = threading.Lock()
        self.open()

    def open(self):
        """A new page. `origin` is the moment from which its times count."""
        with self.lock:
            self.rows, self.parents, self.losses = [], {}, []
            self.epoch = -1
            self.origin = time.monotonic()

    def note(self, tag):
        """Called by the model, once a step, through tf.numpy_function."""
        values = dict(zip(TAG, [int(value) for value in tag]))  # noqa: B905  (Python 3.7)
        pid = values["pid"]
        with self.lock:
            values.update(epoch=self.epoch, arrived=self.now(), done=0)
            self.rows.append([values[name] for name in ROW])
            if pid != os.getpid() and pid not in self.parents:
                self.parents[pid] = read_parent(pid)
        return 0.0

    def note_done(self, loss=None):
        """The step of the batch that came last is done."""
        with self.lock:
            if self.rows:
                self.rows[-1][DONE] = self.now()
        if loss is not None:
            self.losses.append(float(loss))

    def now(self):
        return int(1e6 * (time.monotonic() - self.origin))


def read_parent(pid):
    """The parent that the kernel says a process has; None once it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return None
