"""How much memory a process has to itself, and how much it shares: /proc/self/smaps_rollup and smaps (Linux)."""

from __future__ import annotations

import re

FIELDS = ("Rss", "Pss", "Private_Dirty")
MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) ")


def read_own_memory():
    """MiB of each of FIELDS, of the process that asks; -1 where the kernel does not tell (older than 4.14)."""
    try:
        with open("/proc/self/smaps_rollup") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line and "kB" in line)
        return [round(int(lines[name].split()[0]) / 1024.0, 1) for name in FIELDS]
    except (OSError, KeyError, ValueError):
        return [-1.0] * len(FIELDS)


def read_mapping(address):
    """MiB of the mapping around an address that this process shares with no other; -1 where that is not told."""
    inside = False
    try:
        with open("/proc/self/smaps") as file:
            for line in file:
                found = MAPPING.match(line)
                if found:
                    inside = int(found.group(1), 16) <= address < int(found.group(2), 16)
                elif inside and line.startswith("Private_Dirty:"):
                    return round(int(line.split()[1]) / 1024.0, 1)
    except (OSError, ValueError):
        pass
    return -1.0
