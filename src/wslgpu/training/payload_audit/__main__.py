"""What `wslgpu audit` runs inside the user's interpreter, handed over by path: `python PATH/payload_audit ...`.

Plain Python 3.7; imports nothing of wslgpu. It judges nothing: what was seen goes, one JSON object a line, to
RUN_DIR/events.jsonl. Each part has its own deadline; the process as a whole has one outside.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback

import wslgpu_audit_say as say

PARTS = ("serial", "pickle", "threads", "fork")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--args", default="")
    parser.add_argument("--project", default=".")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--patience", type=float, default=10.0)  # seconds without a batch, then it hangs
    parser.add_argument("--part", action="append", default=[])
    parser.add_argument("--unpickle", default="")
    options = parser.parse_args()
    say.run_dir = options.run_dir
    sys.path[0] = options.project  # as `python train.py` has it; what is imported below is ours and already at hand
    os.chdir(options.project)
    if options.unpickle:
        return unpickle(options)
    return audit(options)


def audit(options):
    import wslgpu_audit_target as target

    found = target.load(options.target, options.args)
    if found is None:
        return 0
    if found.kind == "sequence":
        import wslgpu_audit_fork as fork
        import wslgpu_audit_pickle as pickling
        import wslgpu_audit_serial as serial
        import wslgpu_audit_threads as threads

        seen = serial.look(found, options.seconds, quiet="serial" not in options.part)
        if seen is not None:
            run("pickle", options, lambda: pickling.look(found, seen, options, __file__))
            run("threads", options, lambda: threads.look(found, seen, options.seconds, options.patience))
            run("fork", options, lambda: fork.look(found, seen, options.seconds, options.patience))
    else:
        import wslgpu_audit_generator as generator

        try:
            generator.take(found)
        except Exception:
            run("serial", options, lambda: generator.look_serial(found, options.seconds))  # it says what is wrong
            return 0
        run("serial", options, lambda: generator.look_serial(found, options.seconds))
        run("threads", options, lambda: generator.look_threads(found, options.seconds))
        run("fork", options, lambda: generator.look_fork(found, options.seconds))
        run("pickle", options, lambda: generator.look_pickle(found))
    return 0


def run(part, options, look):
    if part not in options.part:
        return
    say.tell("part", name=part)
    began = time.monotonic()
    look()
    say.tell("part-done", name=part, seconds=round(time.monotonic() - began, 2))


def unpickle(options):
    """In a fresh interpreter, as a spawned worker is: what comes out of the pickle makes which batches?"""
    import pickle

    import wslgpu_audit_digest as digest
    import wslgpu_audit_random as rand
    import wslgpu_audit_serial as serial
    import wslgpu_audit_target as target

    serial.be_worker()
    target.import_module(options.target.partition(":")[0])
    with open(options.unpickle, "rb") as file:
        sequence, indexes = pickle.load(file)
    items = []
    rand.take_over(sequence)
    for index in indexes:
        rand.seed_own(9000 + index)
        try:
            items.append([index, digest.of_leaves(serial.ask(sequence, index))])
        except Exception as error:
            say.tell(
                "spawned", failed=index, kind=type(error).__name__, text=str(error)[:1000], line=serial.user_line(error)
            )
            return 0
    say.tell("spawned", items=items)
    return 0


# What is needed after sys.path[0] has become the user's folder is imported before.
for _name in ("digest", "fork", "generator", "pickle", "random", "serial", "stuck", "target", "threads"):
    __import__("wslgpu_audit_" + _name)

if __name__ == "__main__":
    try:
        code = main()
    except BaseException as error:
        say.tell("broke", text=traceback.format_exc())
        if not isinstance(error, Exception):
            raise
        code = 3
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads of the user's code, or stuck ones, must not hold the end up
