"""Trainings with one fault each, told by name: python faults.py FAULT,FAULT... [START_METHOD [SEED]].

Runs under a python with TensorFlow, Keras 2 or 3, and imports nothing of wslgpu. One line for each, in order: TRAINED,
or RAISED and what fit raised; the next one starts in the same process. Exit codes: 0 all trained, 7 a fit raised.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time

import numpy as np
import tensorflow as tf

FAULTS, START_METHOD, SEED = [*sys.argv[1:], "", ""][:3]
LENGTH, WORKERS = 12, 2
# A seed moves the harmed batch, the cost of a batch and an idle worker's last moment; else they are always the same.
DICE = random.Random(SEED) if SEED else None
PAUSE_S = 0.7 if SEED else 0.0  # between two trainings, so that what is said of the first comes before the second
KERAS3 = hasattr(tf.keras.utils, "PyDataset")
OPTIONS = {"workers": WORKERS, "use_multiprocessing": True}


class Items(tf.keras.utils.Sequence):
    """Batches that cost 20 ms each; one of them does harm, in a worker only (Keras looks at the first by itself)."""

    def __init__(self, fault):
        if KERAS3:
            super().__init__(**OPTIONS)
        self.fault = fault
        self.harmed = DICE.randint(2, LENGTH - 1) if DICE else 5
        self.cost_s = DICE.uniform(0.005, 0.05) if DICE else 0.02
        if fault == "lock":
            self.lock = threading.Lock()
            say_harm()
        if fault == "h5py":
            self.data = open_hdf5()

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        time.sleep(self.cost_s)
        if self.fault == "slow-input":
            time.sleep(0.6)
        if self.fault == "h5py":
            return self.data[index * 4 : index * 4 + 4], np.zeros((4, 1), "float32")
        if index == self.harmed and getattr(multiprocessing.current_process(), "_parent_pid", None) is not None:
            harm(self.fault)
            if self.fault == "unpicklable":
                return (lambda: 0), np.zeros((4, 1))
        return np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32")


def harm(fault):
    say_harm()
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
        raise ValueError("boom")
    elif fault == "memory":
        eat_memory()


def say_harm():
    """When it begins, for who measures the time until it is named."""
    print("HARM", time.time(), flush=True)


def eat_memory():
    """Until the kernel, or RLIMIT_AS, says no. Each page is written, or it would not be there."""
    eaten = []
    while True:
        eaten.append(np.ones(16 << 20, "uint8"))


def open_hdf5():
    """A compressed dataset of a file that is opened here, before the workers are made."""
    import h5py

    path = os.path.join(tempfile.mkdtemp(), "data.h5")
    with h5py.File(path, "w") as file:
        rows = np.random.RandomState(1).rand(LENGTH * 4, 3).astype("float32")
        file.create_dataset("x", data=rows, chunks=(4, 3), compression="gzip")
    say_harm()
    return h5py.File(path, "r")["x"]


def limit_memory():
    """This process, and all that it starts, into a cgroup with a limit. Says so, or why that cannot be had here."""
    try:
        made = make_cgroup()
    except OSError as error:
        print("NO-CGROUP", error, flush=True)
        sys.exit(9)
    print("CGROUP", made, flush=True)


def make_cgroup():
    """cgroup v1's memory controller, or v2; 700 MiB above what this process has now."""
    with open("/proc/self/statm") as file:
        limit = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") + (700 << 20)
    with open("/proc/self/cgroup") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    for _, controllers, path in lines:
        if "memory" in controllers.split(","):
            folder, name = "/sys/fs/cgroup/memory" + path, "memory.limit_in_bytes"
        elif controllers == "" and os.path.exists("/sys/fs/cgroup" + path + "/memory.max"):
            folder, name = "/sys/fs/cgroup" + path, "memory.max"
        else:
            continue
        folder = os.path.join(folder, "wslgpu-test-%d" % os.getpid())
        os.mkdir(folder)
        with open(os.path.join(folder, name), "w") as file:
            file.write(str(limit))
        with open(os.path.join(folder, "cgroup.procs"), "w") as file:
            file.write(str(os.getpid()))
        return folder
    raise OSError("no memory controller in /proc/self/cgroup")


def kill_an_idle_one():
    """SIGKILL for one child as soon as there is one: as a rule it waits for its first task, holding the queue's lock."""
    while not multiprocessing.active_children():
        time.sleep(0.001)
    if DICE:
        time.sleep(DICE.uniform(0, 0.1))
    say_harm()
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)


def main():
    if START_METHOD:
        multiprocessing.set_start_method(START_METHOD)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    if "memory" in FAULTS.split(","):
        limit_memory()
    raised = [fault for fault in FAULTS.split(",") if not train(model, fault)]
    time.sleep(PAUSE_S)
    sys.exit(7 if raised else 0)


def train(model, fault):
    if fault == "kill-idle":
        threading.Thread(target=kill_an_idle_one, daemon=True).start()
    epochs = 10000 if fault == "endless" else 2
    time.sleep(PAUSE_S)
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
