"""How fast batches come: fork_feed against Keras' own ways, tf.data and PyTorch's loader, bare and inside `fit`.

    PYTHON-WITH-TENSORFLOW tests/benchmarks/feeds.py [--quick] [--write] [--workloads NAME,...]

Six synthetic workloads, small (102 kB) and large (21 MB) batches. All ways of a part (bare, or in `fit`) take turns in
one process, so ratios are of one run; the figure is the median of the turns. What was measured while other programs had more than a
twentieth of the cores is measured again, a few times, and the least disturbed counts. `--write` puts docs/evidence/feeds.json and the tables:
the parts that were run take the place of the same ones there, so that each can have a run of its own.
Needs TensorFlow 2.16 or newer (Keras 3), and PyTorch for its row. About three minutes a workload; nothing else may run.
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
from pathlib import Path

from feed_result import describe_machine, merge
from feed_ways import CORES, run_fit, run_loader, ways_of
from feed_workloads import WORKLOADS, calibrate
from foreign import watch

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve()


def be_child(options):
    """All turns of one workload, in one process; one JSON line a figure."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    rounds = json.loads(options.rounds)
    if options.child_part == "spawn":  # the process-wide default is what Keras takes
        multiprocessing.set_start_method("spawn", force=True)
    for turn in range(options.turns):
        for mode in options.child_modes.split(","):
            run = run_fit if options.child_part == "fit" else run_loader
            samples = []
            for _ in range(1 + options.again):
                ended = watch()
                rate = run(mode, options.child, rounds, options.seconds)
                samples.append((ended(), rate))
                if samples[-1][0] <= DISTURBED:
                    break
            foreign, rate = min(samples, key=lambda sample: sample[0])
            print(json.dumps([mode, turn, rate, foreign]), flush=True)


def run_part(workload, part, options):
    """One part of a workload, in a process of its own, the rounds of work measured just before. None: no ways of it."""
    import numpy as np

    modes = [mode for mode in ways_of(workload, part) if not options.modes or mode in options.modes.split(",")]
    if not modes:
        return None
    rounds, rates, foreign = calibrate(np), {}, []
    argv = [sys.executable, str(HERE), "--child", workload, "--child-part", part, "--child-modes", ",".join(modes)]
    argv += ["--rounds", json.dumps(rounds), "--turns", str(options.turns), "--seconds", str(options.seconds)]
    argv += ["--again", str(options.again)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    for line in child.stdout:
        try:
            mode, turn, rate, others = json.loads(line)
        except ValueError:
            continue
        shown = f"{mode} turn {turn}: {rate and round(rate, 1)} ({others:.0%})"
        print(f"  {workload} {part} {shown}", file=sys.stderr, flush=True)
        if rate is not None:
            rates.setdefault(mode, []).append(round(rate, 2))
            foreign.append(others)
    if child.wait() != 0:
        print(f"  {workload} {part}: the process ended with {child.returncode}", file=sys.stderr)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "python tests/benchmarks/feeds.py " + " ".join(sys.argv[1:]),
        "turns": options.turns,
        "seconds": options.seconds,
        "quick": options.quick,
        "foreign": {"median": statistics.median(foreign), "most": max(foreign)} if foreign else {},
        "rounds_per_ms": rounds,
        "rates": rates,
    }


PARTS = ("loader", "fit", "spawn")
DISTURBED = 0.05  # of all cores, in other programs' hands: then a figure is taken again


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two turns of half a second: to see that it runs")
    parser.add_argument("--write", action="store_true", help="write docs/evidence and the tables")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--again", type=int, default=3, help="times that a disturbed figure is taken again")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--modes", default="", help="only these ways; else all")
    for name in ("child", "child-part", "child-modes"):
        parser.add_argument(f"--{name}", default="", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", default="{}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return be_child(options)
    if options.quick:
        options.turns, options.seconds, options.again = 2, 0.5, 0
    result = {"machine": describe_machine(CORES), "workloads": {}}
    sys.path.insert(0, str(ROOT / "docs"))
    import make_feeds_table

    path = ROOT / "docs" / "evidence" / "feeds.json"
    for workload in options.workloads.split(","):
        for part in options.parts.split(","):
            found = run_part(workload, part, options)
            if found is None:
                continue
            result["workloads"].setdefault(workload, {"parts": {}})["parts"][part] = found
            if options.write:  # after each: a run that is cut short keeps what it has
                whole = merge(path, result, list(WORKLOADS))
                path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8", newline="\n")
                make_feeds_table.write_pages()
    print(make_feeds_table.render_tables(merge(None, result, list(WORKLOADS))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
