"""What a large object in the Sequence costs in each worker: shared as long as nobody writes to it, else copied."""

# mypy: ignore-errors
from __future__ import annotations

import glob
import os
import time

import numpy as np
from wslgpu_smoke_memory import FIELDS, read_own_memory
from wslgpu_smoke_model import fit
from wslgpu_smoke_say import tell
from wslgpu_smoke_sequence import HoldingSequence
from wslgpu_smoke_values import HELD_MIB, HELD_NUMBERS, MEMORY_BATCHES, TRAIN


def measure_memory(fitted, options):
    """Forked workers that hold nothing, read an array, write to it, and look through a list of Python's numbers."""
    room = read_available_mib()
    if room is not None and room < 6 * HELD_MIB:
        tell("no-memory-step", text="only %d MiB of memory are free" % room)
        return
    if read_own_memory()[0] < 0:
        tell("no-memory-step", text="this kernel has no /proc/self/smaps_rollup")
        return
    for case, held, use in (
        ("nothing", lambda: None, "read"),
        ("array-read", make_array, "read"),
        ("array-written", make_array, "write"),
        ("list-read", make_list, "read"),
    ):
        tell("progress", text="memory of forked workers: %s" % case)
        hold(fitted, options, case, held(), use, True)


def make_array():
    """HELD_MIB of it, every page written to, so that it is there."""
    return np.ones(HELD_MIB * 1024 * 1024 // 8)


def make_list():
    """Numbers that Python does not keep for itself: each is an object of its own."""
    return [1000 + number for number in range(HELD_NUMBERS)]


def hold(fitted, options, case, held, use, forked, batches=MEMORY_BATCHES):
    """Fit while the Sequence holds `held`, and tell what memory each worker had then; the seconds of the fit."""
    if isinstance(held, np.ndarray):
        size = held.nbytes
    else:
        size = 0 if held is None else held.__sizeof__() + sum(number.__sizeof__() for number in held)

    def make(**settings):
        return HoldingSequence(TRAIN, batches, 50, **settings).hold(held, use, options.run_dir, case)

    began = time.monotonic()
    fit(fitted[0], fitted[1], make, options.workers, True)
    seconds = time.monotonic() - began
    main = dict(zip(FIELDS, read_own_memory()))  # noqa: B905  (Python 3.7)
    tell(
        "memory",
        case=case,
        start_method="fork" if forked else case,
        held_mib=round(size / 1048576.0, 1),
        seconds=round(seconds, 3),
        workers=read_workers(options.run_dir, case),
        main={"rss_mib": main["Rss"], "pss_mib": main["Pss"], "own_mib": main["Private_Dirty"]},
    )
    return seconds


def read_workers(run_dir, case):
    """What each worker wrote of itself for its last item."""
    found = []
    for path in sorted(glob.glob(os.path.join(run_dir, "memory-%s-*" % case))):
        pid = int(path.rsplit("-", 1)[1])
        with open(path) as file:
            rss, pss, own, of_held = [float(value) for value in file.read().split()]
        if pid != os.getpid():  # Keras looks at the first batch itself
            found.append({"pid": pid, "rss_mib": rss, "pss_mib": pss, "own_mib": own, "held_own_mib": of_held})
    return found


def read_available_mib():
    """MiB that can be had without swapping; None where the kernel does not tell."""
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) // 1024
    except (OSError, ValueError):
        pass
    return None
