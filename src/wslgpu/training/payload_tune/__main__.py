"""What `wslgpu tune` runs inside the user's interpreter, handed over by path: `python PATH/payload_tune ...`.

Plain Python 3.7; imports nothing of wslgpu but, by path, its feeds. It measures and decides nothing: each figure goes,
one JSON object a line, to RUN_DIR/events.jsonl as soon as it is there, so that what hangs later costs only itself.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "payload_audit"))

import wslgpu_audit_say as say  # noqa: E402
import wslgpu_audit_target as target  # noqa: E402
import wslgpu_tune_items as items  # noqa: E402
import wslgpu_tune_model as models  # noqa: E402
import wslgpu_tune_trials as trials  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--args", default="")
    parser.add_argument("--model", default="")
    parser.add_argument("--project", default=".")
    parser.add_argument("--feeds", default="")
    parser.add_argument("--until", type=float, required=True)
    parser.add_argument("--modes", default="single,threads,feed,fork")
    options = parser.parse_args()
    say.run_dir = options.run_dir
    del sys.path[1]
    sys.path[0] = options.project
    os.chdir(options.project)
    clock = items.Clock(options.until)
    found = target.load(options.target, options.args)
    if found is None:
        return 0
    if found.kind != "sequence":
        say.tell("not-a-sequence", kind=found.kind)
        return 0
    trouble = items.find_trouble(found.sample)
    if trouble:
        say.tell("no-batches", text=trouble)
        return 0
    try:
        items.give(found.sample, 0)  # before TensorFlow is imported, which takes its time
        return tune(found, options, clock)
    except items.Raises:
        return 0


def tune(found, options, clock):
    tf = models.find_tensorflow()
    if tf is None:
        return 0
    model = models.load_model(tf, options.model)
    if model is None:
        return 0
    say.tell("sequence", of_keras=isinstance(found.sample, tf.keras.utils.Sequence), fresh=found.fresh)
    figures = items.measure(found.sample, clock)
    step = trials.measure_step(tf, model, found.sample, clock)
    say.tell("measured")
    trials.run(tf, model, found.sample, figures, step, options, clock)
    say.tell("done", seconds=clock.spent())
    return 0


if __name__ == "__main__":
    try:
        code = main()
    except BaseException as error:
        say.tell("broke", kind=type(error).__name__, text=str(error), traceback=traceback.format_exc())
        code = 3
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
