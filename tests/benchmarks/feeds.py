"""How fast batches come: fork_feed against Keras' own ways, tf.data and PyTorch's loader, bare and inside `fit`.

    PYTHON-WITH-TENSORFLOW tests/benchmarks/feeds.py [--quick] [--write]

Six synthetic workloads, small (102 kB) and large (21 MB) batches. All ways of a workload take turns in one process, so
ratios are of one run; the figure is the median of the turns. `--write` puts docs/evidence/feeds.json and the tables.
Needs TensorFlow 2.16 or newer (Keras 3) and takes about 25 minutes on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from feed_ways import CORES, FITS, LOADERS, run_fit, run_loader
from feed_workloads import WORKLOADS, calibrate

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
            rate = run(mode, options.child, rounds, options.seconds)
            table = "fit" if options.child_part == "fit" else "loader"
            print(json.dumps([table, mode, turn, rate]), flush=True)


def run_workload(workload, rounds, options):
    loaders = [mode for mode in LOADERS if mode != "spawn" and wanted(mode, options)]
    parts = [("loader", loaders), ("fit", [mode for mode in FITS if wanted(mode, options)])]
    if wanted("spawn", options):
        parts.append(("spawn", ["spawn"]))
    found = {"loader": {}, "fit": {}}
    for part, modes in parts:
        if not modes:
            continue
        argv = [sys.executable, str(HERE), "--child", workload, "--child-part", part, "--child-modes", ",".join(modes)]
        argv += ["--rounds", json.dumps(rounds), "--turns", str(options.turns), "--seconds", str(options.seconds)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
        for line in child.stdout:
            try:
                where, mode, turn, rate = json.loads(line)
            except ValueError:
                continue
            print(f"  {workload} {where} {mode} turn {turn}: {rate and round(rate, 1)}", file=sys.stderr, flush=True)
            if rate is not None:
                found[where].setdefault(mode, []).append(rate)
        if child.wait() != 0:
            print(f"  {workload} {part}: the process ended with {child.returncode}", file=sys.stderr)
    return found


def wanted(mode, options):
    return not options.modes or mode in options.modes.split(",")


def summarize(found):
    """Medians, and the ratios that the project promises."""
    medians = {
        part: {mode: statistics.median(rates) for mode, rates in modes.items() if rates}
        for part, modes in found.items()
    }
    loader, fit = medians["loader"], medians["fit"]

    def best(table, prefix):
        values = [rate for mode, rate in table.items() if mode.startswith(prefix) and not mode.endswith("copy")]
        return max(values) if values else None

    def ratio(top, bottom):
        return round(top / bottom, 2) if top and bottom else None

    others = [rate for mode, rate in fit.items() if not mode.startswith("feed")]
    return {
        "median": medians,
        "ratios": {
            "feed/fork": ratio(best(loader, "feed"), best(loader, "fork")),
            "feed/limit": ratio(best(loader, "feed"), CORES * loader["single"] if "single" in loader else None),
            "feed/torch": ratio(best(loader, "feed"), best(loader, "torch")),
            "fit feed/fork": ratio(best(fit, "feed"), best(fit, "fork")),
            "fit feed/best other": ratio(best(fit, "feed"), max(others) if others else None),
        },
    }


def describe_machine():
    model = ""
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    versions = {}
    for name in ("tensorflow", "keras", "numpy", "torch"):
        asked = subprocess.run(
            [sys.executable, "-c", f"import importlib.metadata as m; print(m.version({name!r}))"],
            capture_output=True,
            text=True,
        )
        if asked.returncode != 0 and name == "tensorflow":
            asked = subprocess.run(
                [sys.executable, "-c", "import importlib.metadata as m; print(m.version('tensorflow-cpu'))"],
                capture_output=True,
                text=True,
            )
        versions[name] = asked.stdout.strip() or None
    return {
        "cpu": model,
        "cores": CORES,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": [round(value, 2) for value in os.getloadavg()],
        **versions,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two turns of half a second: to see that it runs")
    parser.add_argument("--write", action="store_true", help="write docs/evidence and the tables")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--modes", default="")
    parser.add_argument("--child")
    parser.add_argument("--child-part", default="loader")
    parser.add_argument("--child-modes", default="")
    parser.add_argument("--rounds", default="{}")
    options = parser.parse_args()
    if options.child:
        return be_child(options)
    if options.quick:
        options.turns, options.seconds = 2, 0.5
    import numpy as np

    rounds = calibrate(np)
    machine = describe_machine()
    result = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "python tests/benchmarks/feeds.py " + " ".join(sys.argv[1:]),
        "machine": machine,
        "turns": options.turns,
        "seconds": options.seconds,
        "quick": options.quick,
        "workloads": {},
    }
    for workload in options.workloads.split(","):
        found = run_workload(workload, rounds, options)
        result["workloads"][workload] = {"rates": found, **summarize(found)}
    result["load_after"] = [round(value, 2) for value in os.getloadavg()]
    sys.path.insert(0, str(ROOT / "docs"))
    import make_feeds_table

    print(make_feeds_table.render_tables(result))
    if options.write:
        path = ROOT / "docs" / "evidence" / "feeds.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
        make_feeds_table.write_pages()
    return 0


if __name__ == "__main__":
    sys.exit(main())
