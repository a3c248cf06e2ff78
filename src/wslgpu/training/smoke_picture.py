"""Pictures of a smoke for a terminal: who worked when, and how fast the ways are. ASCII, or blocks where they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = 60
BLOCKS = {"make": "█", "train": "▓", "wait": "·", "idle": " ", "bar": "█"}
ASCII = {"make": "#", "train": "=", "wait": ".", "idle": " ", "bar": "#"}


def draw_timeline(timeline: Mapping[str, Any], unicode: bool) -> list[str]:
    """One line for each worker and one for the training; every column is the same share of the epoch."""
    marks = BLOCKS if unicode else ASCII
    batches: Sequence[Mapping[str, Any]] = timeline["batches"]
    if not batches or not timeline["seconds"]:
        return []
    column_s = timeline["seconds"] / COLUMNS
    lines = [
        f"  epoch {timeline['epoch']} of the forked training, {timeline['seconds']:.2f} s, a column is "
        f"{1000 * column_s:.0f} ms: {marks['make']} makes a batch, {marks['train']} trains, {marks['wait']} waits"
    ]
    for number, pid in enumerate(dict.fromkeys(batch["pid"] for batch in batches), 1):
        spans = [(batch["began_s"], batch["ended_s"]) for batch in batches if batch["pid"] == pid]
        lines.append(f"  {f'worker {number}':<10} {draw_row(spans, column_s, marks['make'], marks['idle'])}")
    spans = [(batch["arrived_s"], batch["done_s"]) for batch in batches]
    return [*lines, f"  {'training':<10} {draw_row(spans, column_s, marks['train'], marks['wait'])}"]


def draw_row(spans: Sequence[tuple[float, float]], column_s: float, busy: str, idle: str) -> str:
    """A column is busy where its spans take at least half of it."""
    row = ""
    for column in range(COLUMNS):
        left, right = column * column_s, (column + 1) * column_s
        taken = sum(max(0.0, min(right, end) - max(left, begin)) for begin, end in spans)
        row += busy if taken >= column_s / 2 else idle
    return row.rstrip()


def draw_ways(ways: Sequence[Mapping[str, Any]], unicode: bool) -> list[str]:
    """A bar for each way, as long as its rate; what is far beyond the others ends in an arrow."""
    mark = (BLOCKS if unicode else ASCII)["bar"]
    rates = sorted(way["rate"] for way in ways if way["rate"])
    if not rates:
        return []
    full = rates[-1] if len(rates) < 2 or rates[-1] <= 3 * rates[-2] else 1.6 * rates[-2]
    lines = []
    for way in ways:
        if way["rate"] is None:
            lines.append(f"  {way['title']:<30} {way['why_not'][:60]}")
            continue
        length = max(1, round(24 * min(way["rate"], full) / full))
        bar = mark * length + (">" if way["rate"] > full else "")
        order = "" if way["in_order"] else "  order lost"
        lines.append(f"  {way['title']:<30} {way['rate']:>7.1f}/s {way['ratio']:>6.2f}  {bar}{order}")
    return [f"  {'inside fit':<30} {'batches':>9} {'ratio':>6}", *lines]
