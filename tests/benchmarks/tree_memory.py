"""Peak memory of a command with all its children, counted in two ways."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peak:
    """MiB, the largest sum over all processes at one moment.

    `resident` counts what they share (libc, the interpreter) once for each; `proportional` (Pss) divides it among them.
    """

    resident: float
    proportional: float


def peak_of_tree(argv: Sequence[str], env: Mapping[str, str]) -> Peak:
    """Run it, and look every 5 ms; what lives shorter may be missed."""
    with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as child:
        resident = proportional = 0
        while child.poll() is None:
            sizes = [_sizes_kib(pid) for pid in _family(child.pid)]
            resident = max(resident, sum(size["Rss"] for size in sizes))
            proportional = max(proportional, sum(size["Pss"] for size in sizes))
            time.sleep(0.005)
    return Peak(resident / 1024, proportional / 1024)


def _family(pid: int) -> list[int]:
    """A process and all that descend from it, as far as they still live."""
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                left += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _sizes_kib(pid: int) -> dict[str, int]:
    sizes = {"Rss": 0, "Pss": 0}
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return sizes
    for line in lines:
        name, _, rest = line.partition(":")
        if name in sizes:
            sizes[name] = int(rest.split()[0])
    return sizes
