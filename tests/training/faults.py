"""A training with one fault, told by name: python faults.py FAULT [START_METHOD]. Runs under a python with TensorFlow.

Keras 2 and 3; nothing of wslgpu is imported. Exit codes: 0 trained, 7 fit raised.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time

import numpy as np
import tensorflow as tf

FAULT, START_METHOD = [*sys.argv[1:], ""][:2]
LENGTH, WORKERS, HARMED = 12, 2, 5
KERAS3 = hasattr(tf.keras.utils, "PyDataset")
OPTIONS = {"workers": WORKERS, "use_multiprocessing": True}


class Items(tf.keras.utils.Sequence):
    """Batches that cost 20 ms each; one of them does harm, in a worker only (Keras looks at the first by itself)."""

    def __init__(self):
        if KERAS3:
            super().__init__(**OPTIONS)
        if FAULT == "lock":
            self.lock = threading.Lock()

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        time.sleep(0.02)
        if index == HARMED and getattr(multiprocessing.current_process(), "_parent_pid", None) is not None:
            harm()
            if FAULT == "unpicklable":
                return (lambda: 0), np.zeros((4, 1))
        return np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32")


def harm():
    if FAULT == "kill-busy":
        os.kill(os.getpid(), signal.SIGKILL)
    elif FAULT == "segv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif FAULT == "sys-exit":
        sys.exit(0)
    elif FAULT == "tensorflow-op":
        tf.linalg.matmul(tf.ones((1024, 1024)), tf.ones((1024, 1024)))
    elif FAULT == "stuck":
        time.sleep(3600)
    elif FAULT == "raise":
        raise ValueError("boom at 5")


def kill_an_idle_one():
    """SIGKILL for one child as soon as there is one: as a rule it waits for its first task, holding the queue's lock."""
    while not multiprocessing.active_children():
        time.sleep(0.001)
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)


def main():
    if START_METHOD:
        multiprocessing.set_start_method(START_METHOD)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    if FAULT == "kill-idle":
        threading.Thread(target=kill_an_idle_one, daemon=True).start()
    epochs = 10000 if FAULT == "endless" else 2
    print("FIT", flush=True)
    try:
        model.fit(Items(), epochs=epochs, verbose=0, shuffle=False, **({} if KERAS3 else OPTIONS))
    except Exception as error:
        print("RAISED", type(error).__name__, " ".join(str(error).split())[:3000], flush=True)
        sys.exit(7)
    print("TRAINED", multiprocessing.get_start_method(), flush=True)


if __name__ == "__main__":
    main()
