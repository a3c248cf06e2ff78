"""The comparison: other ways of making the same batches, other start methods, and what a large object costs.

Told and never judged: on one core, beside other work or with other items, another way may be the faster one.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended
from wslgpu.training.ending import pass_on_stop
from wslgpu.training.events import Event
from wslgpu.training.smoke_judge import last
from wslgpu.training.smoke_part import Part, Request, run_part
from wslgpu.training.smoke_steps import ProofStep

LEAST_S = 5.0  # with less time than this left, a part is not begun
NAMES = {
    "single": "one process",
    "threads": "threads",
    "locked-generator": "locked generator in threads",
    "fork": "Keras' fork",
    "fork-feed": "wslgpu's fork_feed",
    "tf-data": "tf.data with a parallel map",
    "in-memory": "all in the device's memory",
}
CASES = {
    "nothing": "nothing held",
    "array-read": "an array that is read",
    "array-written": "an array that is written to",
    "list-read": "a list that is read",
    "spawn": "an array, under spawn",
}


def run_comparison(request: Request, run_dir: Path, left_s: float) -> tuple[dict[str, Any], tuple[ProofStep, ...]]:
    """Both parts, each in a process of its own within what is left of the time: the figures, and a step for each."""
    told: dict[Part, list[Event]] = {"ways": [], "starts": []}
    unfinished = []
    for part, share in (("ways", 0.6), ("starts", 1.0)):
        if left_s * share < LEAST_S:
            unfinished.append(f"{part}: no time was left")
            continue
        folder = run_dir / part
        folder.mkdir()
        ended, told[part] = run_part(request, part, folder, left_s * share)  # type: ignore[arg-type, index]
        pass_on_stop(ended, "the smoke")
        left_s -= ended.seconds if isinstance(ended, Ended) else 0.0
        why = name_end(ended, told[part])  # type: ignore[index]
        if why:
            unfinished.append(f"{part}: {why}")
    comparison = describe_comparison(told["ways"], told["starts"], unfinished)
    return comparison, tuple(list_told(comparison))


def name_end(ended: Ended | Absent | Unknown, events: Sequence[Event]) -> str:
    """Why a part did not come to its end; "" where it did."""
    if not isinstance(ended, Ended):
        return "it could not be started"
    at, error = last(events, "progress").get("text", "starting Python"), last(events, "error")
    if ended.ended_by:
        return f"it was not done in time and was ended; it was at: {at}"
    if error:
        said, _, _ = str(error["text"]).partition("\n")
        return f"it stopped with {error['kind']}: {said[:200]}"
    return f"it ended with code {ended.returncode}; it was at: {at}" if ended.returncode else ""


def describe_comparison(ways: Sequence[Event], starts: Sequence[Event], unfinished: Sequence[str]) -> dict[str, Any]:
    """The figures as values that JSON knows. Rates in batches a second, memory in MiB."""
    return {
        "after_imports_s": round(sum(take_seconds(events) for events in (ways, starts)), 1),
        "item_ms": last(ways, "calibrated").get("item_ms"),
        "ways": describe_ways(ways),
        "in_memory": {key: last(ways, "resident").get(key) for key in ("prepare_s", "device")},
        "start_methods": [
            {
                "name": event["name"],
                "first_batch_s": event.get("first_batch_s"),
                "batches": event.get("batches"),
                "why_not": event.get("text", ""),
            }
            for event in starts
            if event["event"] in ("started", "not-started")
        ],
        "memory": describe_memory([event for event in (*ways, *starts) if event["event"] == "memory"]),
        "memory_why_not": last(ways, "no-memory-step").get("text", ""),
        "unfinished": list(unfinished),
    }


def take_seconds(events: Sequence[Event]) -> float:
    """From the end of TensorFlow's import to the last event of a part."""
    imported = last(events, "imported")
    return float(events[-1]["t"] - imported["t"]) if imported else 0.0


def describe_ways(events: Sequence[Event]) -> list[dict[str, Any]]:
    """One entry a way, in the order in which they were tried. Ratios are of rounds: each to that round's `single`."""
    rounds: dict[str, list[Event]] = {}
    why_not = {}
    for event in events:
        if event["event"] == "compared":
            rounds.setdefault(event["name"], []).append(event)
        elif event["event"] == "not-compared":
            why_not[event["name"]] = event["text"]
    singles = rounds.get("single", [])
    found = []
    for name, label in NAMES.items():
        runs = rounds.get(name, [])
        ratios = [run["rate"] / single["rate"] for run, single in zip(runs, singles, strict=False)]
        found.append(
            {
                "name": name,
                "title": label,
                "workers": runs[0]["workers"] if runs else None,
                "rate": round(statistics.median(run["rate"] for run in runs), 2) if runs else None,
                "rates": [run["rate"] for run in runs],
                "ratio": round(statistics.median(ratios), 2) if ratios else None,
                "first_batch_s": round(statistics.median(run["first_batch_s"] for run in runs), 3) if runs else None,
                "each_once": all(run["each_once"] for run in runs) if runs else None,
                "in_order": all(run["in_order"] for run in runs) if runs else None,
                "processes": max(run["makers"] for run in runs) if runs else None,
                "why_not": why_not.get(name, "" if runs else "not reached"),
            }
        )
    return found


def describe_memory(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What each case cost a worker. `outcome` by what the kernel says of the object's own pages, else by difference."""
    plain = next((own_mib(event) for event in events if event["case"] == "nothing"), None)
    found = []
    for event in events:
        own, held = own_mib(event), event["held_mib"]
        of_held = [worker["held_own_mib"] for worker in event["workers"] if worker["held_own_mib"] >= 0]
        more = statistics.median(of_held) if of_held else (own or 0.0) - (plain or 0.0)
        outcome = "" if not held or own is None else "copied" if more >= held / 2 else "shared"
        found.append(
            {
                "case": event["case"],
                "title": CASES[event["case"]],
                "start_method": event["start_method"],
                "held_mib": held,
                "own_mib": own,
                "outcome": outcome,
                "workers": event["workers"],
                "main": event["main"],
            }
        )
    return found


def own_mib(event: Event) -> float | None:
    """MiB that a worker shares with nobody: the median of the workers; None where none of them told."""
    told = [worker["own_mib"] for worker in event["workers"] if worker["own_mib"] >= 0]
    return round(statistics.median(told), 1) if told else None


def list_told(comparison: dict[str, Any]) -> Iterator[ProofStep]:
    """A step for each subject of the comparison: told, or skipped with the reason."""
    unfinished = "; ".join(comparison["unfinished"]) or "not reached"

    def step(name: str, title: str, sentence: str, why_not: str) -> ProofStep:
        return ProofStep(name, title, "told" if sentence else "skip", sentence or why_not)

    rates = [f"{way['title']} {way['ratio']:.2f}" for way in comparison["ways"] if way["ratio"]]
    yield step("ways", "the ways, as ratios to one process", ", ".join(rates), unfinished)
    firsts = [
        f"{m['name']} {m['first_batch_s']:.1f} s" if m["first_batch_s"] else f"{m['name']} failed ({m['why_not'][:80]})"
        for m in comparison["start_methods"]
    ]
    yield step("start-methods", "time to the first batch of an epoch", ", ".join(firsts), unfinished)
    costs = [
        f"{case['title']}: {case['own_mib']:.0f} MiB" + (f" ({case['outcome']})" if case["outcome"] else "")
        for case in comparison["memory"]
        if case["own_mib"] is not None
    ]
    yield step(
        "memory", "memory that a worker has to itself", "; ".join(costs), comparison["memory_why_not"] or unfinished
    )
