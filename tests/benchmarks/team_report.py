"""`wslgpu team report` over 100, 1,000 and 10,000 machines: wall time and memory, to see that both grow evenly.

SYNTHETIC: the recordings are those of tests/recordings, written out whole and varied (room on the disk, memory, cores,
kernel, dates), with what this machine's own doctor records as every second one, which has the size of a real one. No
two are equal. python tests/benchmarks/team_report.py -o docs/evidence/team-report.json
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from common import write_result

from wslgpu.system.recording import load_document

ROOT = Path(__file__).parents[2]
SIZES = (100, 1_000, 10_000)


def record_this_machine(folder: Path) -> dict[str, Any]:
    """What doctor records here, for a folder without an environment."""
    path = folder / "this-machine.json"
    argv = [sys.executable, "-m", "wslgpu", "doctor", str(folder), "--record", str(path)]
    subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def vary(base: dict[str, Any], number: int) -> str:
    """The recording with what differs between machines of one room; the same number always gives the same text."""
    chance = random.Random(number)
    answers = dict(base["answers"])
    space = answers.get("project.space")
    if isinstance(space, dict) and isinstance(space.get("value"), dict) and "free" in space["value"]:
        free = int(space["value"]["free"]) + chance.randrange(1 << 20)
        answers["project.space"] = {"value": {**space["value"], "free": free}}
    machine = answers.get("machine")
    if isinstance(machine, dict) and isinstance(machine.get("value"), dict):
        answers["machine"] = {
            "value": {**machine["value"], "cpus": chance.choice((8, 12, 16, 24)), "host": f"pc{number}"}
        }
    document = {
        **{key: value for key, value in base.items() if key != "extends"},
        "tool": chance.choice(("0.1.0", "0.1.1")),
        "recorded_at": f"2026-0{chance.randrange(1, 10)}-1{chance.randrange(10)}T08:00:{number % 60:02}+00:00",
        "answers": answers,
    }
    return json.dumps(document, indent=1)


def generate(folder: Path, size: int, bases: list[dict[str, Any]]) -> int:
    """Write the recordings; their bytes together."""
    folder.mkdir()
    total = 0
    for number in range(size):
        text = vary(bases[number % len(bases)], number)
        (folder / f"pc{number:05}.json").write_text(text, "utf-8")
        total += len(text)
    return total


def measure(argv: list[str]) -> dict[str, float]:
    """Wall seconds, processor seconds, and the peak of what all its processes hold together (resident, MiB)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            try:
                parent = psutil.Process(child.pid)
                held = [one.memory_info().rss for one in (parent, *parent.children(recursive=True))]
            except psutil.Error:
                continue
            peak[0] = max(peak[0], sum(held) / (1 << 20))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = child.wait()
    seconds = time.monotonic() - began
    done.set()
    watcher.join()
    if code != 1:  # among these machines some have failed
        raise RuntimeError(f"{' '.join(argv)} ended with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(used, 2),
        "peak_mib_all_processes": round(peak[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    told = parser.parse_args()
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        mine = record_this_machine(top)
        recorded = [load_document(path) for path in sorted((ROOT / "tests/recordings").glob("*.json"))]
        bases = [one for each in recorded for one in (each, mine)]
        for size in SIZES:
            folder = top / str(size)
            total = generate(folder, size, bases)
            page = top / "team.html"
            argv = [sys.executable, "-m", "wslgpu", "team", "report", str(folder), "--format", "html", "-o", str(page)]
            found = measure(argv)
            results[f"{size} machines"] = {
                **found,
                "ms_per_machine": round(1000 * found["seconds"] / size, 2),
                "recordings_mb": round(total / 1e6, 1),
                "page_mb": round(page.stat().st_size / 1e6, 2),
            }
    write_result(told.output, "team report", {"synthetic": "recordings generated from tests/recordings", **results})


if __name__ == "__main__":
    main()
