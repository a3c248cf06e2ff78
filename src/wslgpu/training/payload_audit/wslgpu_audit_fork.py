"""Forked workers, as `fit` has them: TensorFlow has run something in the parent, and several children ask at once."""

from __future__ import annotations

import json
import multiprocessing.util
import os
import random
import select
import signal
import sys
import time
import traceback

import wslgpu_audit_digest as digest
import wslgpu_audit_pickle as pickling
import wslgpu_audit_random as rand
import wslgpu_audit_say as say
import wslgpu_audit_serial as serial
import wslgpu_audit_stuck as stuck
import wslgpu_audit_threads as threads

CHILDREN = 3


def look(target, seen, seconds, patience):
    if not hasattr(os, "fork"):
        say.tell("no-fork")
        return
    sequence = target.make() if target.fresh else target.sample
    prepare_tensorflow()
    patience = max(patience, 30 * seen.seconds)
    # Of this very object, as `fit` asks before it forks: one that shuffles when it is made is another each time.
    asked = {}
    for index in seen.indexes[:2]:
        serial.note(asked, sequence, index)
    first = list(asked) * (2 if len(asked) == 1 else 1)
    if not first:
        say.tell("note", text="no batch came a second time, so forked workers were not tried")
        return
    seen.expected.update({index: dict(leaves) for index, leaves in asked.items()})
    held, kept = pickling.find_handles(sequence), set()
    same = run_children(target, sequence, seen, [first] * 2, patience, 0, traced=False, held=held, kept=kept)
    # A handle that each child opens anew is not shared. One that failed before it could say so has it still.
    shared = [[path, kind] for path, kind, _ in held if same is None or path in kept]
    if shared:
        say.tell("handles", found=shared)
    if same is None:
        return
    if seen.random in ("global", "held", "unseeded") and len(same) == 2:
        compare_random(seen, same)
    threads.seed(seen, sequence)
    began = time.monotonic()
    rounds = asked = 0
    while time.monotonic() - began < seconds or rounds < 2:
        rounds += 1
        orders = []
        for number in range(CHILDREN):
            order = list(seen.indexes) * (1 if seen.seconds > 0.05 else 3)
            random.Random(rounds * 10 + number).shuffle(order)
            orders.append(order[: max(2, int(4 / max(seen.seconds, 1e-3)))])
        found = run_children(target, sequence, seen, orders, patience, rounds, traced=rounds % 2 == 0)
        if found is None:
            return
        asked += sum(len(items) for items in found)
    say.tell("fork-fine", rounds=rounds, asked=asked, children=CHILDREN, compared=len(seen.stable))


def prepare_tensorflow():
    """`fit` has TensorFlow's threads running before it forks; here one small operation does that."""
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return
    try:
        tf.matmul(tf.ones((8, 8)), tf.ones((8, 8)))
        say.tell("tensorflow-ran")
    except Exception as error:
        say.tell("note", text="TensorFlow did not run before the fork: %r" % (error,))


def run_children(target, sequence, seen, orders, patience, seed, traced, held=(), kept=None):
    """What each child made, [[index, leaves], ...]; None where something was found, which is then said.

    `held`: handles; the paths at which a child has the very same afterwards go into the set `kept`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    children = []
    for number, order in enumerate(orders):
        read, write = os.pipe()
        path = stuck.trace_path() + str(number)
        pid = os.fork()
        if pid == 0:
            os.close(read)
            for other in children:
                os.close(other["read"])
            be_child(target, sequence, order, write, path, seed * 10 + number, traced, held)
        os.close(write)
        children.append(
            {"pid": pid, "read": read, "path": path, "rest": b"", "items": [], "last": time.monotonic(), "order": order}
        )
    try:
        return gather(children, seen, patience, set() if kept is None else kept)
    finally:
        for child in children:
            try:
                os.kill(child["pid"], signal.SIGKILL)
            except OSError:
                pass
            try:
                os.waitpid(child["pid"], 0)
            except OSError:
                pass
            os.close(child["read"])
            if os.path.exists(child["path"]):
                os.unlink(child["path"])


def be_child(target, sequence, order, write, path, seed, traced, held):
    try:
        serial.be_worker()
        multiprocessing.util._run_after_forkers()  # as Keras' workers, which are multiprocessing's, have it
        stuck.ready(path)
        if traced:
            dice = random.Random.__new__(random.Random)
            dice.seed(seed)
            sys.settrace(threads.tracer(target.user_files, threads.CHANCE, dice))
        if seed >= 10:  # the first round shows the random streams as they are
            rand.take_over(sequence)
        for index in order:
            rand.seed_own(9000 + index)
            batch = sequence[index]
            line = json.dumps({"index": index, "leaves": digest.of_leaves(batch)})
            os.write(write, line.encode() + b"\n")
        now = pickling.find_handles(sequence) if held else []
        line = json.dumps({"done": True, "kept": [item[0] for item in held if item in now]})
        os.write(write, line.encode() + b"\n")
    except BaseException as error:
        line = json.dumps(
            {
                "kind": type(error).__name__,
                "text": str(error)[:1000],
                "failed": index,
                "line": serial.user_line(error),
                "traceback": traceback.format_exc()[-3000:],
            }
        )
        os.write(write, line.encode() + b"\n")
    finally:
        os._exit(0)


def gather(children, seen, patience, kept):
    open_ones = list(children)
    while open_ones:
        ready = select.select([child["read"] for child in open_ones], [], [], 0.2)[0]
        now = time.monotonic()
        for child in list(open_ones):
            if child["read"] in ready:
                data = os.read(child["read"], 1 << 16)
                child["last"] = now
                if not data:
                    open_ones.remove(child)
                    if not child.get("done"):
                        _, status = os.waitpid(child["pid"], 0)
                        say.tell("fork-died", status=status, index=_next(child))
                        return None
                    continue
                lines = (child["rest"] + data).split(b"\n")
                child["rest"] = lines.pop()
                for line in lines:
                    message = json.loads(line.decode())
                    if message.get("done"):
                        child["done"] = True
                        kept.update(message["kept"])
                    elif "failed" in message:
                        say.tell("fork-error", index=message.pop("failed"), **message)
                        return None
                    else:
                        child["items"].append([message["index"], message["leaves"]])
                        if wrong(message, seen):
                            return None
            elif now - child["last"] > patience:
                where = stuck.ask(child["pid"], child["path"])
                say.tell("fork-stuck", index=_next(child), seconds=round(patience, 1), where=where)
                return None
    return [child["items"] for child in children]


def _next(child):
    place = len(child["items"])
    return child["order"][place] if place < len(child["order"]) else None


def wrong(message, seen):
    expected = seen.expected.get(message["index"], {})
    got = dict(message["leaves"])
    for path in seen.stable:
        if path in expected and got.get(path) != expected[path]:
            say.tell("fork-wrong", index=message["index"], leaf=path)
            return True
    return False


def compare_random(seen, children):
    """Both children made the same two batches first. Leaves that are random and yet the same were drawn alike."""
    same = []
    for one, other in zip(children[0], children[1]):  # noqa: B905 (Python 3.7)
        left, right = dict(one[1]), dict(other[1])
        random_ones = set(left) - seen.stable - seen.ordered
        same += [path for path in random_ones if left[path] == right.get(path)]
    say.tell("fork-random", same=sorted(set(same)), kind=seen.random)
