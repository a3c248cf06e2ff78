"""Which ways are worth a trial, by the figures of a batch and of a step; and how long the queue may be."""

from __future__ import annotations

import os

import wslgpu_audit_say as say

QUEUE = 10
NOTHING_TO_WIN = 20  # a step this many times a batch: even where they run one after the other, a twentieth is lost
OTHERS = 0.1  # a share of the cores with which other programs disturb a trial
FAR = 0.6  # of the predicted rate: what a step and the copying cost explains less
COMPUTE_BOUND = 1.25  # two workers keep such a step busy
SAFE = {"single": 0, "threads": 1, "feed": 2, "fork": 3}  # what may hang comes last


def predict(figures, step, numbers):
    """Expected seconds of a batch for every way with these numbers of workers: {(mode, workers): seconds}."""
    get, cpu, count = figures["get_s"], figures["cpu_s"], figures["cores"]
    step = step or 0.0
    waits = mostly_waits(figures)
    pipe = figures.get("pipe_s")
    copy = figures["bytes"] / 5e9 + 0.0001
    speed2 = max(1.0, figures.get("speedup2") or 1.0)
    found = {("single", 1): max(step, get)}
    for number in numbers:
        if waits:
            lanes = min(number, max(count / max(cpu / get, 1e-3), 1.0))
            in_threads = get / lanes
        else:
            lanes = min(number, count)
            in_threads = get / (1 + (speed2 - 1) * (min(number, count) - 1))
        found[("threads", number)] = max(step, in_threads + 0.0001)
        if pipe is not None:
            found[("fork", number)] = max(step, get / lanes, pipe)
            found[("feed", number)] = max(step, (get + copy) / lanes)
    return found


def mostly_waits(figures):
    """Whether a batch waits (for a disk, a network) for more than half of its time, rather than computes."""
    return figures["cpu_s"] + figures.get("delay_s", 0.0) < 0.5 * figures["get_s"]


def workers_to_try(figures, step):
    """2, the cores, and where a batch is mostly waited for, as many as could keep the step busy."""
    count = figures["cores"]
    numbers = {2, count, count + 2} if count <= 4 else {max(2, count // 2), count}
    if mostly_waits(figures):
        want = figures["get_s"] / max(step or 0.0, figures["cpu_s"] / count, 0.0005)
        # Up to the first that is enough: more threads than the step can use cost it Python's lock.
        numbers |= {number for number in (4, 8, 16, 32) if number < 2 * want or number == 4}
    return sorted(number for number in numbers if number > 1)


def choose_trials(figures, step, modes):
    """The predictions, and the few that can win: single, and the best of each mode within 1.35 of the best of them."""
    # fit's own Python holds the lock that a batch made in its process needs, too: a short step and its batch take
    # turns, whatever the figures say. Two workers are enough to see what there is to win.
    short = step is not None and step >= COMPUTE_BOUND * figures["get_s"]
    ways = predict(figures, step, [2] if short else workers_to_try(figures, step))
    predicted = {key: value for key, value in ways.items() if key[0] in modes}
    say.tell("predicted", ways=[[mode, number, value] for (mode, number), value in sorted(predicted.items())])
    if step is not None and step >= NOTHING_TO_WIN * figures["get_s"]:
        return predicted, [("single", 1)]
    best = min(predicted.values())
    chosen = [("single", 1)] if ("single", 1) in predicted else []
    for mode in ("threads", "feed", "fork"):
        near = [(value, key[1], key) for key, value in predicted.items() if key[0] == mode and value <= 1.35 * best]
        if near:
            fastest = min(near)[0]
            enough = sorted(item for item in near if item[0] <= 1.03 * fastest)
            chosen.append(min(enough, key=lambda item: item[1])[2])
            more = max(enough, key=lambda item: item[1])[2]
            if more not in chosen and mode != "fork":
                chosen.append(more)
    return predicted, sorted(chosen, key=lambda key: (SAFE[key[0]], key[1]))


def choose_again(tried, predicted):
    """Which trials to repeat, the most promising first; `tried`: {way: (rate, the others' share, seconds)}.

    A rate that was measured beside other programs, or that is far under its prediction, may be the disturbance's and
    not the way's. It is measured again where the way could be the fastest if the prediction is right after all.
    """
    rates = {key: rate for key, (rate, _, _) in tried.items() if rate}
    best = max(rates.values()) if rates else 0.0
    again = []
    for key, rate in rates.items():
        expected = 1.0 / max(predicted.get(key) or 1.0, 1e-6)
        disturbed = (tried[key][1] or 0.0) > OTHERS or rate < FAR * expected
        if disturbed and max(expected, rate) > best * 0.95:
            again.append((-expected, key))
    return [key for _, key in sorted(again)]


def queue_for(figures):
    """Batches in Keras' queue: ten, and no more than a quarter of the free memory holds."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    free = int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return QUEUE
    return int(max(2, min(QUEUE, free // 4 // max(1, figures["bytes"]))))
