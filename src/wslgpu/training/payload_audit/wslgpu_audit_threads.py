"""Several threads ask at once, in other orders, and are interrupted between the very instructions of the user's code.

A race needs a switch of threads at the wrong instruction, which by itself happens once in thousands of batches. Here a
trace function lets go of Python's lock between instructions, at random, so that a few dozen batches show it.
"""

from __future__ import annotations

import random
import sys
import threading
import time
import traceback

import wslgpu_audit_digest as digest
import wslgpu_audit_random as rand
import wslgpu_audit_say as say
import wslgpu_audit_serial as serial
import wslgpu_audit_stuck as stuck

THREADS = 4
CHANCE = 0.04


def tracer(files, chance, dice):
    """A trace function that now and then sleeps between two instructions of the given files."""

    def local(frame, event, argument):
        if event in ("opcode", "line") and dice.random() < chance:
            time.sleep(dice.random() * 0.0004)
        return local

    def call(frame, event, argument):
        if frame.f_code.co_filename in files:
            frame.f_trace_opcodes = True
            return local
        return None

    return call


def look(target, seen, seconds, patience):
    sequence = target.make() if target.fresh else target.sample
    restore = rand.take_over(sequence)
    try:
        rand.own.user_seeds = False
        expected, stable = repeatable(sequence, seen)
        if rand.own.user_seeds and seen.random == "no":
            # It seeds the global generators for each batch: all threads share them, and that must be seen, not mended.
            restore()
            restore = rand.nothing
            say.tell("seeds-global")
            expected, stable = repeatable(sequence, seen)
        if not expected:
            say.tell("note", text="no batch came a second time, so threads were not tried")
            return
        say.tell("threads-compare", leaves=len(stable), of=len(seen.stable))
        switch = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            trials(target, sequence, seen, expected, stable, seconds, patience)
        finally:
            sys.setswitchinterval(switch)
    finally:
        restore()


def seed(seen, sequence):
    """What each index gives once our seeds stand behind the random functions: put into `seen` for the other parts."""
    restore = rand.take_over(sequence)
    try:
        seen.expected, seen.stable = repeatable(sequence, seen)
    finally:
        restore()


def repeatable(sequence, seen):
    """With seeds of our own behind the random functions: what each index gives, and which leaves repeat."""
    found = []
    for order in (seen.indexes, list(reversed(seen.indexes))):
        digests = {}
        for index in order[:24]:
            rand.seed_own(9000 + index)
            serial.note(digests, sequence, index)
        found.append(digests)
    differing = serial.differing_leaves(found[0], found[1])
    paths = {path for leaves in found[0].values() for path, _ in leaves}
    return {index: dict(leaves) for index, leaves in found[0].items()}, paths - differing


def trials(target, sequence, seen, expected, stable, seconds, patience):
    began = time.monotonic()
    rounds = asked = 0
    patience = max(patience, 40 * seen.seconds)
    while time.monotonic() - began < seconds or rounds < 2:
        traced = rounds % 3 != 0  # every third as it is, for races inside libraries
        outcome = Outcome()
        threads = []
        gate = threading.Barrier(THREADS)
        for number in range(THREADS):
            thread = threading.Thread(
                target=ask,
                args=(
                    sequence,
                    sorted(expected),
                    expected,
                    stable,
                    rounds * THREADS + number,
                    gate,
                    outcome,
                    target,
                    traced,
                ),
            )
            thread.daemon = True
            thread.start()
            threads.append(thread)
        end = time.monotonic() + patience * (3 if traced else 1) + len(expected) * seen.seconds * THREADS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        hanging = [thread for thread in threads if thread.is_alive()]
        rounds += 1
        asked += outcome.asked
        if hanging:
            if outcome.moving(end, patience / 2):
                break  # slow, not stuck
            say.tell("threads-stuck", where=stuck.of_thread(hanging[0].ident), threads=len(hanging), seconds=patience)
            return
        if outcome.error:
            say.tell("threads-error", **outcome.error)
            return
        if outcome.wrong:
            say.tell("threads-wrong", rounds=rounds, asked=asked, traced=traced, **outcome.wrong)
            return
    say.tell("threads-fine", rounds=rounds, asked=asked, threads=THREADS, compared=len(stable))


class Outcome(object):
    def __init__(self):
        self.asked = 0
        self.wrong = None
        self.error = None
        self.last = time.monotonic()

    def moving(self, now, lately):
        """Whether a batch came within the `lately` seconds before `now`."""
        return now - self.last < lately


def ask(sequence, indexes, expected, stable, seed, gate, outcome, target, traced):
    dice = random.Random.__new__(random.Random)
    dice.seed(seed)
    order = list(indexes)
    dice.shuffle(order)
    gate.wait(30)
    held = []
    if traced:
        sys.settrace(tracer(target.user_files, CHANCE, dice))
    try:
        for index in order:
            if outcome.wrong or outcome.error:
                return
            rand.seed_own(9000 + index)
            batch = sequence[index]
            outcome.asked += 1
            outcome.last = time.monotonic()
            if check(index, batch, expected, stable, outcome, "at once"):
                return
            held = (held + [(index, batch)])[-3:]
            for earlier, kept in held[:-1]:
                if check(earlier, kept, expected, stable, outcome, "later"):
                    return
    except BaseException as error:
        outcome.error = {
            "kind": type(error).__name__,
            "text": str(error),
            "index": index,
            "line": serial.user_line(error),
            "traceback": traceback.format_exc(),
        }
    finally:
        sys.settrace(None)


def check(index, batch, expected, stable, outcome, when):
    got = dict(digest.of_leaves(batch))
    for path in stable:
        if path in expected[index] and got.get(path) != expected[index][path]:
            other = [i for i in expected if expected[i].get(path) == got.get(path)]
            outcome.wrong = {"index": index, "leaf": path, "when": when, "other": other[:1], "gone": path not in got}
            return True
    return False
