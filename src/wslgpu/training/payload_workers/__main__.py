"""The payload of `wslgpu smoke --hosts`: this machine's part of one training over several machines.

Runs inside the user's interpreter: plain Python 3.7, needs TensorFlow 2.4 or newer; beside it lie the smoke's own
files, of which it takes the items and the events. It judges nothing: what happened goes, one JSON object a line, to
RUN_DIR/events.jsonl. The feeding workers are forked first of all; then MultiWorkerMirroredStrategy must be made before
TensorFlow does anything else.

    python PATH/payload --run-dir DIR --cluster a:29500,b:29500 --index 0 --watchdog PATH --feeds PATH --stuck-after 45
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import platform
import sys
import threading
import time
import traceback

import wslgpu_smoke_say as say

LEAVE_S = 20.0  # all have trained: a machine that is lost now is not waited for longer


def import_tensorflow():
    """Import it; False where it cannot be imported."""
    say.tell("progress", text="importing TensorFlow")
    try:
        import tensorflow as tf  # noqa: F401
    except ImportError as error:
        say.tell("no-tensorflow", text=str(error), missing=getattr(error, "name", None) in ("tensorflow", "numpy"))
        return False
    return True


def take_device(device):
    """One device a machine, and tell what it is; False where it is not what was asked for."""
    import tensorflow as tf
    from wslgpu_smoke_device import prepare_devices

    names = prepare_devices(device)
    if names:  # one replica a machine, so that a step has one batch of each
        tf.config.set_visible_devices(tf.config.list_physical_devices("GPU")[0], "GPU")
    say.tell(
        "imported",
        python=platform.python_version(),
        tensorflow=tf.__version__,
        keras=str(getattr(tf.keras, "__version__", "")),
        gpus=names[:1],
    )
    return bool(names) or device != "gpu"


def run(options):
    """Fork the workers, join, train together, compare, train alone, and let the other machines come to their end."""
    machines = options.cluster.split(",")
    task = {"type": "worker", "index": options.index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": machines}, "task": task})
    answer_stack_signal(options)
    if not import_tensorflow():
        return 1
    from wslgpu_workers_share import Share, count_threads, open_feed

    share = Share(len(machines), options.index)
    threads = count_threads()
    with open_feed(share, options.workers, options.feeds, options.stuck_after) as feed:
        say.tell("forking", threads=threads, kind=feed.describe()["kind"])
        if not take_device(options.device):
            return 1
        return train(options, len(machines), feed)


def train(options, machines, feed):
    """What is done once the workers are there."""
    from wslgpu_workers_train import compare_all, open_strategy, train_alone, train_together

    say.tell("progress", text="waiting for the other machines")
    strategy = open_strategy()
    say.tell("joined", replicas=strategy.num_replicas_in_sync)
    began = time.monotonic()
    before, after, losses, fed = train_together(strategy, feed)
    seconds = time.monotonic() - began
    feed.close()
    say.tell("progress", text="comparing the weights with the other machines")
    digests, used = compare_all(strategy, after, fed, options.index, machines)
    say.tell("trained", seconds=round(seconds, 3), losses=losses, fed=fed, digests=digests, used=used, pid=os.getpid())
    say.tell("progress", text="the same in one process, to compare the losses")
    say.tell("result", alone=train_alone(before, machines))
    # The others may still be reading this machine's part of that comparison. Who has begun the next one has read it.
    leave_together(functools.partial(compare_all, strategy, after, fed, options.index, machines))
    return 0


def leave_together(meet):
    """Wait for the others to come, too; who has gone already, or never comes, is no harm any more."""

    def wait():
        with contextlib.suppress(Exception):
            meet()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    thread.join(LEAVE_S)


def answer_stack_signal(options):
    """Be ready to tell the Python stacks, should this process stand still."""
    from wslgpu_smoke_load import load_package

    with contextlib.suppress(OSError, ValueError, RuntimeError):
        load_package("_wslgpu_watchdog", options.watchdog).worker.answer_stack_signal(options.run_dir)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--index", type=int, required=True)
    parser.add_argument("--watchdog", required=True)
    parser.add_argument("--feeds", required=True)
    parser.add_argument("--device", choices=("auto", "gpu", "cpu"), default="auto")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stuck-after", type=float, required=True)
    options = parser.parse_args()
    say.run_dir = options.run_dir
    say.tell("start", python=platform.python_version(), executable=sys.executable)
    try:
        return run(options)
    except Exception as error:
        say.tell("error", kind=type(error).__name__, text=str(error)[:8000])
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # TensorFlow's own end waits for the other machines' servers, for ever where one has died.
    os._exit(code)
