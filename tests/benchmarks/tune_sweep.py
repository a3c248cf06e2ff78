"""Is tune's choice the fastest? tune on the six workloads of feeds.py, against every way that there is, inside `fit`.

    PYTHON-WITH-TENSORFLOW tests/benchmarks/tune_sweep.py [--write] [--workloads NAME,...]

The sweep is the `fit` part of feeds.py, which must have run before, on this machine. tune runs as a user runs it, with
its 30 seconds; its choice counts with the rate that the sweep found for it, not with tune's own.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from feed_result import describe_machine
from feed_ways import CORES
from feed_workloads import WORKLOADS
from foreign import watch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODULE = """
import sys
sys.path.insert(0, {here!r})
import keras
import numpy as np
from feed_workloads import make_sequence

def make():
    return make_sequence(np, keras.utils.PyDataset, {workload!r}, {rounds!r})
"""


def tune(workload, rounds):
    """The choice of one run of tune, its seconds, and what it measured."""
    from wslgpu.training.tune import run_tune

    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "work.py"
        module.write_text(MODULE.format(here=str(HERE), workload=workload, rounds=rounds), encoding="utf-8")
        began = time.monotonic()
        found = run_tune(sys.executable, "work:make", project=Path(folder), on_progress=say)
        seconds = time.monotonic() - began
    tried = {way.mode + (str(way.workers) if way.mode != "single" else ""): way.rate for way in found.ways}
    choice = found.choice
    name = choice.mode + (str(choice.workers) if choice.mode != "single" else "") if choice else None
    return {"choice": name, "seconds": round(seconds, 1), "tried": tried, "notes": list(found.notes)}


def say(text):
    print(f"    {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/evidence/tune-sweep.json")
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    path = ROOT / "docs" / "evidence" / "tune-sweep.json"
    machine = describe_machine(CORES)
    feeds = json.loads((path.parent / "feeds.json").read_text(encoding="utf-8"))
    result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if feeds["machine"] != machine or result.get("machine", machine) != machine:
        raise SystemExit("docs/evidence holds figures of another machine or of other versions: run feeds.py here first")
    result = {"machine": machine, "workloads": result.get("workloads", {})}
    for workload in options.workloads.split(","):
        run, medians = feeds["workloads"][workload]["parts"]["fit"], feeds["workloads"][workload]["median"]["fit"]
        medians = {mode: rate for mode, rate in medians.items() if not mode.startswith("tf-")}
        watched = watch()
        found = tune(workload, run["rounds_per_ms"])
        best, chosen = max(medians, key=medians.get), medians.get(found["choice"])
        result["workloads"][workload] = {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "command": "python tests/benchmarks/tune_sweep.py " + " ".join(sys.argv[1:]),
            "foreign": watched(),
            "tune": found,
            "sweep": {"date": run["date"], "turns": run["turns"], "seconds": run["seconds"], "median": medians},
            "best": best,
            "chosen_to_best": round(chosen / medians[best], 3) if chosen else None,
        }
        if options.write:
            path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
        work = result["workloads"][workload]
        print(workload, found["choice"], best, work["chosen_to_best"], found["seconds"], work["foreign"], flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
