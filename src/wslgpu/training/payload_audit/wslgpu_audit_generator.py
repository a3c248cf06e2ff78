"""A generator, or any iterator: several threads take from it, and several processes have a copy each."""

from __future__ import annotations

import collections
import random
import sys
import threading
import time
import traceback

import wslgpu_audit_digest as digest
import wslgpu_audit_fork as fork
import wslgpu_audit_pickle as pickling
import wslgpu_audit_say as say
import wslgpu_audit_serial as serial
import wslgpu_audit_stuck as stuck
import wslgpu_audit_threads as threads

ITEMS = 60


def take(target):
    """A new iterator; the one there is where no other can be had."""
    return iter(target.make() if target.fresh else target.sample)


def collect(iterator, count, seconds):
    """Up to `count` items as digests; whether it ended by itself."""
    found, end = [], time.monotonic() + seconds
    for item in iterator:
        found.append(key(item))
        if len(found) >= count or time.monotonic() > end:
            return found, False
    return found, True


def key(item):
    return repr(digest.of_leaves(item))


def look_serial(target, seconds):
    began = time.monotonic()
    try:
        iterator = take(target)
        first = next(iterator)
    except BaseException as error:
        say.tell(
            "item-raises",
            index=0,
            kind=type(error).__name__,
            text=str(error),
            last=False,
            line=serial.user_line(error),
            traceback=traceback.format_exc(),
        )
        return
    took = time.monotonic() - began
    say.tell("items", shapes=[[0, digest.form(first), digest.shapes(first)]], times=[[took, took]], complete=True)
    if not target.fresh:
        return
    one, ended = collect(take(target), ITEMS, seconds / 2)
    other, _ = collect(take(target), ITEMS, seconds / 2)
    shared = min(len(one), len(other))
    say.tell("length", length=len(one) if ended else None)
    say.tell("repeats", same=one[:shared] == other[:shared], items=shared)


def look_threads(target, seconds):
    """What threads get, against what one would have got, where the generator repeats."""
    began = time.monotonic()
    rounds = 0
    while time.monotonic() - began < seconds or rounds < 2:
        rounds += 1
        expected = None
        # Each thread may take one past the wanted number, so as many more are known beforehand: a generator that goes
        # round its data gives the very same again, which is no fault.
        want = ITEMS
        if target.fresh:
            one, ended = collect(take(target), ITEMS + threads.THREADS, seconds)
            two, _ = collect(take(target), len(one), seconds)
            expected = one if one == two else None
            want = len(one) if ended else max(1, len(one) - threads.THREADS)
        shared = take(target)
        found, errors, workers = [], [], []
        gate = threading.Barrier(threads.THREADS)

        def work(number, shared=shared, found=found, errors=errors, want=want, gate=gate):
            dice = random.Random.__new__(random.Random)
            dice.seed(number)
            gate.wait(30)
            sys.settrace(threads.tracer(target.user_files, threads.CHANCE, dice))
            try:
                while len(found) < want:
                    item = next(shared)
                    found.append(key(item))
            except StopIteration:
                pass
            except BaseException as fault:
                errors.append((fault, serial.user_line(fault)))
            finally:
                sys.settrace(None)

        for number in range(threads.THREADS):
            thread = threading.Thread(target=work, args=(number,))
            thread.daemon = True
            thread.start()
            workers.append(thread)
        end = time.monotonic() + max(15.0, 2 * seconds)
        for thread in workers:
            thread.join(max(0.0, end - time.monotonic()))
        hanging = [thread for thread in workers if thread.is_alive()]
        if hanging:
            say.tell("threads-stuck", where=stuck.of_thread(hanging[0].ident), threads=len(hanging), seconds=15)
            return
        if errors:
            error, line = errors[0]
            say.tell("threads-error", kind=type(error).__name__, text=str(error), index=None, line=line, traceback="")
            return
        if expected is not None:
            due = collections.Counter(expected[: len(found)])
            repeated = sum((collections.Counter(found) - due).values())
            missing = sum((due - collections.Counter(found)).values())
            if repeated or missing:
                say.tell("threads-wrong", rounds=rounds, repeated=repeated, missing=missing, index=None)
                return
    say.tell("threads-fine", rounds=rounds, asked=rounds * ITEMS, threads=threads.THREADS, compared=1)


def look_fork(target, seconds):
    """Two children with a copy each: both deliver the same items."""
    if not hasattr(fork.os, "fork"):
        say.tell("no-fork")
        return
    fork.prepare_tensorflow()
    sample = take(target)

    class Counting(object):
        def __getitem__(self, index):
            return next(sample)

    seen = serial.Seen()
    same = fork.run_children(target, Counting(), seen, [[0, 1]] * 2, max(10.0, seconds), 0, traced=False)
    if same is not None:
        say.tell("fork-copies", same=[left[1] for left in same[0]] == [right[1] for right in same[1]])


def look_pickle(target):
    sample = take(target)
    say.tell("start-method", name=pickling.start_method())
    text = pickling.fails(sample)
    if text is None:
        say.tell("pickled", bytes=0)
    else:
        culprits = pickling.find_culprits(sample)
        say.tell("cannot-pickle", text=text, culprits=[list(culprit) for culprit in culprits])
