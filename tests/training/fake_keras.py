"""A stand-in for Keras' pool module, to try the watchdog without TensorFlow: python fake_keras.py WATCHDOG DIR FAULT.

Synthetic. Has what the watchdog patches (get_pool_class, get_index) and asks for batches as OrderedEnqueuer does: all
at once, answers taken in order, without a limit. Plain Python 3.7. Prints "ok", or "raised" and the error's text.
"""

import importlib.util
import multiprocessing
import os
import signal
import sys
import time

FAULT = sys.argv[3]


def get_pool_class(use_multiprocessing):
    return multiprocessing.Pool


def get_index(uid, index):
    time.sleep(0.02)
    if index == 5:
        if FAULT == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif FAULT == "exit":
            sys.exit(3)
        elif FAULT == "stuck":
            time.sleep(3600)
        elif FAULT == "raise":
            raise ValueError("boom")
    if FAULT == "long" and index == 3:
        time.sleep(1.5)
    return index


def load(folder):
    """The watchdog as a package, by its folder."""
    spec = importlib.util.spec_from_file_location(
        "_wslgpu_watchdog", folder + "/__init__.py", submodule_search_locations=[folder]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["_wslgpu_watchdog"] = module
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


def main():
    watchdog = load(sys.argv[1])
    this = sys.modules["__main__"]
    stuck_after_s = 2.0 if FAULT == "stuck" else 60.0  # a machine that stands still for a moment has no stuck batch
    watchdog.patch_keras(this, watchdog.install(sys.argv[2], "fork", stuck_after_s), "fork")
    pool = this.get_pool_class(True)(2)
    if FAULT == "kill-all-idle":
        while pool._inqueue._rlock.acquire(False):  # until one waits for its first task, with the lock in its hand
            pool._inqueue._rlock.release()
            time.sleep(0.01)
        for process in list(pool._pool):
            os.kill(process.pid, signal.SIGKILL)
    try:
        answers = [pool.apply_async(this.get_index, (0, index)) for index in range(12)]
        got = [answer.get() for answer in answers]
    except Exception as error:
        print("raised", error)
    else:
        print("ok" if got == list(range(12)) else "wrong")
    pool.close()


if __name__ == "__main__":
    main()
