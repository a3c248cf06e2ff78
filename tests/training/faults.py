"""Trainings with one fault each, told by name: python faults.py FAULT,FAULT... [START_METHOD].

Runs under a python with TensorFlow, Keras 2 or 3, and imports nothing of wslgpu. One line for each, in order: TRAINED,
or RAISED and what fit raised; the next one starts in the same process. Exit codes: 0 all trained, 7 a fit raised.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time

import numpy as np
import tensorflow as tf

FAULTS, START_METHOD = [*sys.argv[1:], ""][:2]
LENGTH, WORKERS, HARMED = 12, 2, 5
KERAS3 = hasattr(tf.keras.utils, "PyDataset")
OPTIONS = {"workers": WORKERS, "use_multiprocessing": True}


class Items(tf.keras.utils.Sequence):
    """Batches that cost 20 ms each; one of them does harm, in a worker only (Keras looks at the first by itself)."""

    def __init__(self, fault):
        if KERAS3:
            super().__init__(**OPTIONS)
        self.fault = fault
        if fault == "lock":
            self.lock = threading.Lock()

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        time.sleep(0.02)
        if index == HARMED and getattr(multiprocessing.current_process(), "_parent_pid", None) is not None:
            harm(self.fault)
            if self.fault == "unpicklable":
                return (lambda: 0), np.zeros((4, 1))
        return np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32")


def harm(fault):
    if fault == "kill-busy":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "segv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif fault == "sys-exit":
        sys.exit(0)
    elif fault == "tensorflow-op":
        tf.linalg.matmul(tf.ones((1024, 1024)), tf.ones((1024, 1024)))
    elif fault == "stuck":
        time.sleep(3600)
    elif fault == "raise":
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
    raised = [fault for fault in FAULTS.split(",") if not train(model, fault)]
    sys.exit(7 if raised else 0)


def train(model, fault):
    if fault == "kill-idle":
        threading.Thread(target=kill_an_idle_one, daemon=True).start()
    epochs = 10000 if fault == "endless" else 2
    print("FIT", fault, flush=True)
    try:
        model.fit(Items(fault), epochs=epochs, verbose=0, shuffle=False, **({} if KERAS3 else OPTIONS))
    except Exception as error:
        print("RAISED", type(error).__name__, " ".join(str(error).split())[:3000], flush=True)
        return False
    print("TRAINED", multiprocessing.get_start_method(), flush=True)
    return True


if __name__ == "__main__":
    main()
