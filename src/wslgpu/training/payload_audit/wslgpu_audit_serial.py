"""One process, one thread: what the batches are, whether they are steady, and what decides what is in them."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
import traceback

import wslgpu_audit_digest as digest
import wslgpu_audit_random as rand
import wslgpu_audit_say as say

MOST = 16


class Seen(object):
    """What the other parts compare with: paths of leaves.

    `stable`: the same at every asking. `ordered`: moved by the order of the asking alone, not by random numbers.
    """

    def __init__(self):
        self.length = None
        self.indexes = []
        self.expected = {}
        self.stable = set()
        self.ordered = set()
        self.random = "no"
        self.seconds = 0.0


def look(target, seconds, quiet):
    tell = (lambda *a, **k: None) if quiet else say.tell
    sequence = target.sample
    seen = Seen()
    tell("part", name="serial")
    seen.length = read_length(sequence, tell)
    if seen.length == 0:
        return None
    seen.indexes = choose(seen.length)
    end = time.monotonic() + seconds
    before = attributes(sequence)
    first = first_pass(sequence, seen, tell, end)
    if first is None:
        return None
    changed = changed_attributes(before, attributes(sequence))
    tell("state", changed=changed)
    second = shuffled_pass(sequence, seen, tell)
    differing = differing_leaves(first, second)
    seen.expected = {index: dict(first[index]) for index in first}
    paths = {path for leaf in first.values() for path, _ in leaf}
    if not second:  # an iterator that is used up, for one: no other part has anything to compare
        tell("random", kind="order", leaves=[], ordered=sorted(paths), all_leaves=len(paths))
        tell("part-done", name="serial", seconds=0)
        return None
    if len(first) > 2 and not differing and len({repr(sorted(leaves)) for leaves in first.values()}) == 1:
        tell("all-alike", batches=len(first))
    seen.stable = paths - differing
    if differing:
        seen.random = classify(target, seen, differing, tell)
    drawn = sorted(differing - seen.ordered)
    tell("random", kind=seen.random, leaves=drawn, ordered=sorted(seen.ordered), all_leaves=len(paths))
    again = read_length(sequence, lambda *a, **k: None)
    if again != seen.length:
        tell("length-changes", first=seen.length, now=again)
    tell("part-done", name="serial", seconds=0)
    return seen


def read_length(sequence, tell):
    """len(), or num_batches, as it is; None: without end. Says what is wrong with it and then gives 0."""
    try:
        length = len(sequence) if hasattr(sequence, "__len__") else sequence.num_batches
    except BaseException as error:
        tell("length-raises", text="%s: %s" % (type(error).__name__, error))
        return 0
    if length is None:
        tell("length", length=None)
        return None
    if length < 1:
        tell("length-zero", length=int(length))
        return 0
    tell("length", length=int(length))
    return int(length)


def choose(length):
    if length is None:
        return list(range(MOST))
    if length <= MOST:
        return list(range(length))
    step = (length - 1) / (MOST - 1.0)
    return sorted({int(round(place * step)) for place in range(MOST)})


def first_pass(sequence, seen, tell, end):
    """The items in order; what each looks like; whether an earlier batch changes when a later one is made."""
    digests, shapes, held = {}, [], None
    done, times = [], []
    middle = (time.monotonic() + end) / 2
    overwritten = None
    failed = False
    indexes = list(seen.indexes)
    # The last one matters most, so a slow Sequence is not left before it; then as many of the others as there is time.
    indexes = [indexes[0]] + [indexes[-1]] * (len(indexes) > 1) + indexes[1:-1]
    if seen.length is not None:
        indexes += [index for index in range(min(seen.length, 2000)) if index not in set(indexes)]
    last_one = seen.indexes[-1]
    for index in indexes:
        began, cpu = time.monotonic(), time.process_time()
        try:
            batch = sequence[index]
        except BaseException as error:
            tell_raised(tell, index, error, last=index == last_one)
            failed = True
            if index == indexes[0]:
                return None
            continue
        times.append([time.monotonic() - began, time.process_time() - cpu])
        digests[index] = digest.of_leaves(batch)
        shape = [digest.form(batch), digest.shapes(batch)]
        if len(shapes) < MOST or index == last_one or shape != shapes[0][1:]:
            if len(shapes) < 4 * MOST:
                shapes.append([index] + shape)
        if held is not None and overwritten is None and digest.of_leaves(held[1]) != held[2]:
            overwritten = [held[0], index]
        held = (index, batch, digests[index])
        done.append(index)
        if time.monotonic() > (end if len(done) < MOST else middle) and len(done) >= 3:
            break
    spread = choose(len(done))
    seen.indexes = [sorted(done)[place] for place in spread]
    digests = {index: digests[index] for index in seen.indexes}
    seen.seconds = sorted(t[0] for t in times)[len(times) // 2]
    tell("items", shapes=shapes, times=times[:200], asked=len(done), complete=not failed)
    if overwritten:
        tell("overwritten", first=overwritten[0], second=overwritten[1])
    return digests


def tell_raised(tell, index, error, last=False, again=False):
    """Inside of `except`: a batch raised. `again`: it did not when it was asked for first."""
    tell(
        "item-raises",
        index=index,
        kind=type(error).__name__,
        text=str(error),
        last=last,
        again=again,
        line=user_line(error),
        traceback=traceback.format_exc(),
    )


def user_line(error):
    """The last line of user code in a traceback: [file, line]."""
    found = None
    step = error.__traceback__
    while step is not None:
        path = step.tb_frame.f_code.co_filename
        installed = "site-packages" in path or "payload_audit" in path or "/lib/python" in path
        if path.endswith(".py") and not installed:  # not .pyx, of which a compiled module tells its lines
            found = [path, step.tb_lineno]
        step = step.tb_next
    return found


def be_worker():
    """Keras' workers are daemonic processes, which may have no processes of their own; so is this one from now on."""
    multiprocessing.current_process()._config["daemon"] = True


class Ended(Exception):
    """The user's code would have ended the process where it makes a batch: by sys.exit, for instance."""


def ask(sequence, index):
    """A batch. Whatever it raises is an Exception, so that what asks goes on."""
    try:
        return sequence[index]
    except Exception:
        raise
    except BaseException as error:
        raise Ended("%s: %s" % (type(error).__name__, error)) from error


def shuffled_pass(sequence, seen, tell):
    """The same indexes in another order; all of them came when they were asked first."""
    order = list(seen.indexes)
    random.Random(7).shuffle(order)
    if order == seen.indexes:
        order.reverse()
    found = {}
    for index in order:
        try:
            found[index] = digest.of_leaves(ask(sequence, index))
        except Exception as error:
            tell_raised(tell, index, error, again=True)
    return found


def differing_leaves(one, other):
    """Paths of leaves whose digest is not the same for some index."""
    found = set()
    for index in one:
        if index in other:
            left, right = dict(one[index]), dict(other[index])
            for path in set(left) | set(right):
                if left.get(path) != right.get(path):
                    found.add(path)
    return found


def classify(target, seen, differing, tell):
    """Why two askings differ: global random numbers, held ones, unseeded ones, or the order of the asking."""
    sequence = target.make() if target.fresh else target.sample
    indexes = seen.indexes[:8]
    note({}, sequence, indexes[0])  # as `fit` does before all else: what is put in place at first use is there then

    generators = dict(rand.held_generators(sequence), **rand.keras_generators(sequence))

    def asked(order, held):
        found = {}
        for index in order:
            rand.seed_global(1000 + index)
            if held:
                rand.seed_held(generators, 1000 + index)
            note(found, sequence, index)
        return checked(found)

    backwards = list(reversed(indexes))
    try:
        if not differing_leaves(asked(indexes, False), asked(backwards, False)):
            return "global"
        if generators:
            if not differing_leaves(asked(indexes, True), asked(backwards, True)):
                tell("held-generators", names=sorted({name.partition(".")[0] for name in generators}))
                return "held"
        if not target.fresh:
            # The same object in the same order twice: what moves on from asking to asking shows as a difference too.
            if not _moves(sequence, indexes):
                return "unseeded"
            seen.ordered = set(differing)
            return "order"

        def from_new():
            rand.seed_global(5)
            new = target.make()
            note({}, new, indexes[0])
            found = {}
            for index in indexes:
                rand.seed_global(1000 + index)
                note(found, new, index)
            return checked(found)

        first = from_new()
        drawn = differing_leaves(first, from_new())
        if drawn:  # a flag that is tossed may fall alike twice
            drawn |= differing_leaves(first, from_new())
        seen.ordered = differing - drawn
        return "unseeded" if drawn else "order"
    except Exception as error:
        tell("note", text="could not tell why batches differ: %r" % (error,))
        return "unseeded"


def note(found, sequence, index):
    """The digests of a batch into `found`; nothing where it raises this time."""
    try:
        found[index] = digest.of_leaves(ask(sequence, index))
    except Exception:
        pass


def checked(found):
    if not found:
        raise RuntimeError("every batch raised")
    return found


def _moves(sequence, indexes):
    before = attributes(sequence)
    note({}, sequence, indexes[0])
    return bool(changed_attributes(before, attributes(sequence)))


def attributes(sequence):
    """Digests of what a Sequence holds, where they are cheap to have; else identities."""
    found = {}
    for name, value in getattr(sequence, "__dict__", {}).items():
        try:
            size = getattr(value, "nbytes", None)
            if size is None:
                size = sys.getsizeof(value)
                if isinstance(value, (list, dict, set, tuple)) and len(value) > 20000:
                    size = 1 << 40
            if hasattr(value, "tell") and hasattr(value, "read"):
                found[name] = ("at", value.tell())
            else:
                found[name] = digest.of_leaf(value) if size < 1 << 25 else ("id", id(value), size)
        except Exception:
            found[name] = ("id", id(value))
    return found


def changed_attributes(before, after):
    names = set(before) | set(after)
    return sorted(name for name in names if before.get(name) != after.get(name))
