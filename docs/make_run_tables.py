"""The measured tables of docs/run.md, made from docs/evidence/faults.json and run-overhead.json, never typed.

    python docs/make_run_tables.py

tests/benchmarks/faults.py and run_overhead.py measure and write the JSON; a test compares the page with them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
FAULTS, OVERHEAD = DOCS / "evidence" / "faults.json", DOCS / "evidence" / "run-overhead.json"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
NOTHING = "Nothing is measured yet: `tests/benchmarks/faults.py` does it.\n"
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
        "| injected | with | right | names | `fit` raised | seconds until named: median, most | processes left |",
        "|---|---|---|---|---|---|---|",
    ]
    for fault, text in INJECTED.items():
        for versions, rows in result.get("faults", {}).items():
            if fault in rows:
                row = rows[fault]
                if row.get("stuck_after_s", result["stuck_after_s"]) != result["stuck_after_s"]:
                    text = f"{INJECTED[fault]} (`--stuck-after {row['stuck_after_s']:g}`)"
                names = ", ".join(f"{slug} {count}" for slug, count in sorted(row["slugs"].items()))
                seconds = "-" if row["median_s"] is None else f"{row['median_s']:.2f}, {row['most_s']:.2f}"
                right = f"{row['right']} of {row['runs']}"
                lines.append(
                    f"| {text} | {short(versions)} | {right} | {names} | {row['raised']} | {seconds} | {row['left']} |"
                )
    lines += [
        "",
        "| ended from outside | with | within 3 s | seconds until nothing is left: median, most | processes left |",
        "|---|---|---|---|---|",
    ]
    for what, text in INTERRUPTED.items():
        for versions, rows in result.get("interrupts", {}).items():
            if what in rows:
                row = rows[what]
                seconds = f"{row['median_s']:.2f}, {row['most_s']:.2f}"
                soon = f"{row['within_3_s']} of {row['runs']}"
                lines.append(f"| {text} | {short(versions)} | {soon} | {seconds} | {row['left']} |")
    lines += ["", "With: " + "; ".join(sorted({*result.get("faults", {}), *result.get("interrupts", {})})) + "."]
    return "\n".join(lines) + "\n"


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
    if not FAULTS.exists():
        return NOTHING
    text = render_faults(json.loads(FAULTS.read_text(encoding="utf-8")))
    if OVERHEAD.exists():
        text += "\n" + render_overhead(json.loads(OVERHEAD.read_text(encoding="utf-8")))
    return text


def page_with_tables() -> str:
    """docs/run.md as it must be."""
    text = (DOCS / "run.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{measured()}{END}{tail}"


if __name__ == "__main__":
    page = page_with_tables()
    (DOCS / "run.md").write_text(page, encoding="utf-8", newline="\n")
