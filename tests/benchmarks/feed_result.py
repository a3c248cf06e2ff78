"""What feeds.py makes of its rates: medians, the ratios that the project promises, and one file out of several runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics

from feed_ways import CORES


def summarize(parts):
    """Medians of the turns, and ratios of medians: of each way the number of workers that was best."""
    medians = {"loader": {}, "fit": {}}
    for part, run in parts.items():
        table = medians["fit" if part == "fit" else "loader"]
        table.update({mode: round(statistics.median(rates), 2) for mode, rates in run["rates"].items()})
    loader, fit = medians["loader"], medians["fit"]
    others = [rate for mode, rate in fit.items() if not mode.startswith("feed")]
    return {
        "median": medians,
        "ratios": {
            "feed/fork": ratio(best(loader, "feed"), best(loader, "fork")),
            "feed/limit": ratio(best(loader, "feed"), CORES * loader["single"] if "single" in loader else None),
            "feed/alone": ratio(best(loader, "feed"), best(loader, "alone")),
            "feed/torch": ratio(best(loader, "feed"), best(loader, "torch")),
            "fit feed/fork": ratio(best(fit, "feed"), best(fit, "fork")),
            "fit feed/best other": ratio(best(fit, "feed"), max(others) if others else None),
        },
    }


def best(table, prefix):
    values = [rate for mode, rate in table.items() if mode.startswith(prefix) and not mode.endswith("copy")]
    return max(values) if values else None


def ratio(top, bottom):
    return round(top / bottom, 2) if top and bottom else None


def merge(path, result, order):
    """`result`, and of the file at `path` the parts that are not in it. ValueError: another machine's file."""
    workloads = {name: dict(work["parts"]) for name, work in result["workloads"].items()}
    if path is not None and path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        if old["machine"] != result["machine"]:
            raise ValueError(f"{path.name} holds figures of another machine or of other versions; remove it first")
        for name, work in old["workloads"].items():
            workloads[name] = {**work["parts"], **workloads.get(name, {})}
    found = {name: {"parts": workloads[name], **summarize(workloads[name])} for name in order if name in workloads}
    return {**result, "workloads": found}


def describe_machine(cores):
    """Of the machine, and of the libraries, what decides the figures."""
    model = ""
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    return {
        "cpu": model,
        "cores": cores,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: version_of(name, name + "-cpu") for name in ("tensorflow", "keras", "numpy", "torch")},
    }


def version_of(*names):
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None
