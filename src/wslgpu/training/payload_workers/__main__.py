"""The payload of `wslgpu smoke --hosts`: this machine's part of one training over several machines.

Runs inside the user's interpreter: plain Python 3.7, needs TensorFlow 2.4 or newer; beside it lie the smoke's own
files, of which it takes the items, the Sequence and the events. It judges nothing: what happened goes, one JSON object
a line, to RUN_DIR/events.jsonl. MultiWorkerMirroredStrategy must be made before TensorFlow does anything else.

    python PATH/payload --run-dir DIR --cluster a:29500,b:29500 --index 0 --watchdog PATH
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
import traceback

import wslgpu_smoke_say as say


def import_tensorflow(device):
    """Import it, with one device a machine, and tell what it is; False where it cannot be imported."""
    say.tell("progress", text="importing TensorFlow")
    try:
        import tensorflow as tf
    except ImportError as error:
        say.tell("no-tensorflow", text=str(error), missing=getattr(error, "name", None) in ("tensorflow", "numpy"))
        return False
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


LINGER_S = 3.0  # less than the silence after which a machine counts as lost (workers.py)


def run(options):
    """Join, train together, compare, train alone, and wait for the last machine."""
    machines = options.cluster.split(",")
    task = {"type": "worker", "index": options.index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": machines}, "task": task})
    if not import_tensorflow(options.device):
        return 1
    from wslgpu_workers_train import compare_all, open_strategy, train_alone, train_together

    say.tell("progress", text="waiting for the other machines")
    strategy = open_strategy()
    say.tell("joined", replicas=strategy.num_replicas_in_sync)
    from wslgpu_smoke_proof import watch
    from wslgpu_workers_share import make_share

    watch(options)
    began = time.monotonic()
    share = make_share(len(machines), options.index, options.workers)
    before, after, losses, fed = train_together(strategy, share, options.workers)
    seconds = time.monotonic() - began
    say.tell("progress", text="comparing the weights with the other machines")
    digests, used = compare_all(strategy, after, fed, options.index, len(machines))
    say.tell("trained", seconds=round(seconds, 3), losses=losses, fed=fed, digests=digests, used=used, pid=os.getpid())
    say.tell("progress", text="the same in one process, to compare the losses")
    alone = train_alone(before, len(machines))
    # Nobody goes before all are done: a port that closes reads as a machine that died.
    compare_all(strategy, after, fed, options.index, len(machines))
    say.tell("result", alone=alone)
    # The others may still be reading this machine's part of that comparison: who ended now would cut them off.
    time.sleep(LINGER_S)
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--index", type=int, required=True)
    parser.add_argument("--watchdog", required=True)
    parser.add_argument("--device", choices=("auto", "gpu", "cpu"), default="auto")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stuck-after", type=float, default=30.0)
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
    for worker in multiprocessing.active_children():  # os._exit leaves Keras' pools as they are
        worker.terminate()
        worker.join(5)
    # TensorFlow's own end waits for the other machines' servers, for ever where one has died.
    os._exit(code)
