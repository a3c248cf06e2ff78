"""SIGKILLs of feed workers, and of the process that forks them, at random moments.

    python tests/benchmarks/kills.py [--kills 200] [--seed 1] [--write]

Every batch must come exactly once and in order, and nothing may stay behind: no process, no name in /dev/shm; where it
can (root), it runs with a /dev/shm of its own, so that no other program's names are in it. Writes
docs/evidence/feed-kills.json. The tests run a small sample of the same.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
OWN_SHM = "WSLGPU_KILLS_OWN_SHM"
sys.path.insert(0, str(ROOT / "src"))

from wslgpu.feeds import fork_feed  # noqa: E402


class Numbers:
    def __init__(self, length):
        self.places = np.arange(length)

    def __len__(self):
        return len(self.places)

    def __getitem__(self, index):
        time.sleep(0.002)
        return np.full((50_000,), self.places[index]), {"index": index}

    def on_epoch_end(self):
        np.random.shuffle(self.places)


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


def take_own_shm():
    """Start anew in a mount namespace with an empty /dev/shm. Returns where that cannot be had, or is so already."""
    unshare = shutil.which("unshare")
    if unshare is None or os.environ.get(OWN_SHM):
        return
    mount = [unshare, "-m", "sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec "$@"', "sh"]
    if subprocess.run([*mount, "true"], capture_output=True).returncode == 0:
        os.execve(unshare, [*mount, sys.executable, *sys.argv], {**os.environ, OWN_SHM: "1"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    take_own_shm()
    chance = random.Random(options.seed)
    shm = set(os.listdir("/dev/shm"))
    sequence = Numbers(400)
    killed = {"worker": 0, "nursery": 0}
    seen, wrong, gaps = set(), 0, []
    stop = threading.Event()
    began = time.monotonic()
    with fork_feed(sequence, 3, retries=1000) as feed:

        def murder():
            while not stop.is_set() and sum(killed.values()) < options.kills:
                time.sleep(chance.random() * 0.03)
                crew = feed._crew
                pids = [seat.pid for seat in crew.seats if seat.pid]
                nursery = chance.random() < 0.05
                pid = crew.nursery if nursery else chance.choice(pids) if pids else None
                if pid is None:
                    continue
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    continue
                seen.add(pid)
                killed["nursery" if nursery else "worker"] += 1

        thread = threading.Thread(target=murder, daemon=True)
        thread.start()
        epochs = batches = 0
        while sum(killed.values()) < options.kills:
            got, last = [], time.monotonic()
            for x, y in feed:
                gaps.append(time.monotonic() - last)
                last = time.monotonic()
                if not (x == x[0]).all() or y["index"] != len(got):
                    wrong += 1
                got.append(int(x[0]))
                seen.update(seat.pid for seat in feed._crew.seats if seat.pid)
                batches += 1
            wrong += got != sequence.places.tolist()
            epochs += 1
            feed.on_epoch_end()
        stop.set()
        thread.join()
        seen.update(seat.pid for seat in feed._crew.seats if seat.pid)
        seen.add(feed._crew.nursery)
    time.sleep(0.5)
    result = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "python tests/benchmarks/kills.py " + " ".join(sys.argv[1:]),
        "machine": {"kernel": platform.release(), "cores": os.cpu_count(), "python": platform.python_version()},
        "killed": killed,
        "epochs": epochs,
        "batches": batches,
        "wrong": wrong,
        "longest_gap_s": round(max(gaps), 3),
        "processes_left": sorted(pid for pid in seen if runs(pid)),
        "own_shm": bool(os.environ.get(OWN_SHM)),
        "shm_left": sorted(set(os.listdir("/dev/shm")) - shm),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(result, indent=1))
    if options.write:
        path = ROOT / "docs" / "evidence" / "feed-kills.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 1 if wrong or result["processes_left"] or result["shm_left"] else 0


if __name__ == "__main__":
    sys.exit(main())
