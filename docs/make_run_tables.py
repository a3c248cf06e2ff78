"""The measured tables of docs/run.md, made from docs/evidence/faults.json and run-overhead.json, never typed.

    python docs/make_run_tables.py

tests/benchmarks/faults.py and run_overhead.py measure and write the JSON; a test compares the page with them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from page_frame import DOCS, fill_marks, render_evidence, render_table, write_page

PAGE = DOCS / "run.md"
INJECTED = {
    "kill-busy": "SIGKILL of a worker in the middle of a batch",
    "kill-idle": "SIGKILL of an idle worker",
    "sys-exit": "`sys.exit()` in a worker",
    "tensorflow-op": "a TensorFlow operation in a forked worker",
    "raise": "an exception in `__getitem__`",
    "unpicklable": "a batch that cannot be pickled",
    "lock": "a Sequence that holds a lock, under spawn",
    "h5py": "an HDF5 file that is open before the fork",
    "stuck": "a worker that is stuck",
    "memory": "a worker beyond the memory limit of its cgroup",
}
INTERRUPTED = {
    "ctrl-c endless": "Ctrl-C to a healthy training",
    "ctrl-c stuck": "Ctrl-C while a worker is stuck",
    "ctrl-c tensorflow-op": "Ctrl-C while a worker is deadlocked by TensorFlow",
    "sigkill endless": "SIGKILL of wslgpu during a healthy training",
    "sigkill tensorflow-op": "SIGKILL of wslgpu while a worker is deadlocked",
}

FAULT_COLUMNS = (
    "injected",
    "with",
    "right",
    "names",
    "`fit` raised",
    "seconds until named: median, most",
    "processes left",
)
INTERRUPT_COLUMNS = (
    "ended from outside",
    "with",
    "within 3 s",
    "seconds until nothing is left: median, most",
    "processes left",
)


def render_faults(result: dict[str, Any]) -> str:
    """The faults, and what interrupts: one table each, a row for each fault and Keras."""
    dates = sorted(
        {
            row["date"]
            for part in ("faults", "interrupts")
            for rows in result.get(part, {}).values()
            for row in rows.values()
        }
    )
    lines = [
        f"Injected on {result['machine']}, {' and '.join(dates)}; seed {result['seed']}, `--stuck-after "
        f"{result['stuck_after_s']:g}`. Seconds count from the moment of the harm until the name is printed.",
        "",
        f"`{result['command']}`",
        "",
        *render_table(FAULT_COLUMNS, list_faults(result)),
        "",
        *render_table(INTERRUPT_COLUMNS, list_interrupts(result)),
        "",
        *_render_conditions(result),
        "With: " + "; ".join(sorted({*result.get("faults", {}), *result.get("interrupts", {})})) + ".",
    ]
    return "\n".join(lines) + "\n"


def _render_conditions(result: dict[str, Any]) -> list[str]:
    """How busy the machine was in the second table's runs; its load only where all of them noted it."""
    rows = [row for rows in result.get("interrupts", {}).values() for row in rows.values()]
    loads = [run.get("load") for row in rows for run in row["each"]]
    if not rows or "side_by_side" not in result:
        return []
    load = f"; load average up to {max(loads):g}" if None not in loads else ""
    return [f"Ended from outside: {result['side_by_side']} runs side by side, beside other work{load}.", ""]


def list_faults(result: dict[str, Any]) -> Iterator[list[str]]:
    """A row for each fault and Keras."""
    for fault, text in INJECTED.items():
        for versions, rows in result.get("faults", {}).items():
            if fault in rows:
                row = rows[fault]
                limit = row.get("stuck_after_s", result["stuck_after_s"])
                what = text if limit == result["stuck_after_s"] else f"{text} (`--stuck-after {limit:g}`)"
                names = ", ".join(f"{slug} {count}" for slug, count in sorted(row["slugs"].items()))
                seconds = "-" if row["median_s"] is None else f"{row['median_s']:.2f}, {row['most_s']:.2f}"
                right = f"{row['right']} of {row['runs']}"
                yield [what, short(versions), right, names, str(row["raised"]), seconds, str(row["left"])]


def list_interrupts(result: dict[str, Any]) -> Iterator[list[str]]:
    """A row for each end from outside and Keras."""
    for what, text in INTERRUPTED.items():
        for versions, rows in result.get("interrupts", {}).items():
            if what in rows:
                row = rows[what]
                soon, seconds = f"{row['within_3_s']} of {row['runs']}", f"{row['median_s']:.2f}, {row['most_s']:.2f}"
                yield [text, short(versions), soon, seconds, str(row["left"])]


def short(versions: str) -> str:
    """`Keras 2.15.0`."""
    return versions.split(", ")[1]


def render_overhead(result: dict[str, Any]) -> str:
    """One paragraph."""
    least, most = (100 * (1 - ratio) for ratio in (max(result["ratios"]), min(result["ratios"])))
    cost, own = 100 * (1 - result["median_ratio"]), 100 * result["supervisor_and_guardian_of_one_core"]
    return (
        f"What `run` costs a healthy training, measured {result['date']} on {result['machine']}, {result['versions']}: "
        f"the median of {len(result['pairs'])} pairs of epochs is {cost:+.1f} % of the batches a second ("
        f"{least:+.1f} to {most:+.1f} % in single pairs; {result['alone_median']:.0f} batches a second without it). "
        f"Supervisor and guardian used {own:.1f} % of one core.\n\n`{result['command']}`\n"
    )


def measured() -> str:
    """What stands between the marks."""
    return (
        render_evidence("faults", "faults.py", render_faults)
        + "\n"
        + render_evidence("run-overhead", "run_overhead.py", render_overhead)
    )


def page_with_tables() -> str:
    """docs/run.md as it must be."""
    return fill_marks(PAGE, measured())


if __name__ == "__main__":
    write_page(PAGE, page_with_tables())
