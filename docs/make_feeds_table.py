"""The measured tables of docs/feeds.md, made from docs/evidence/feeds.json, never typed.

    python docs/make_feeds_table.py

tests/benchmarks/feeds.py measures and writes the JSON; a test compares the page with it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from page_frame import DOCS, fill_marks, render_evidence, write_page

EVIDENCE = DOCS / "evidence" / "feeds.json"
PACKAGES = ("tensorflow", "keras", "numpy", "torch")
TITLES = {
    "loader": "In a bare loop, batches a second",
    "fit": "Inside `fit` (a step that does nothing), batches a second",
}


def render_tables(result: dict[str, Any]) -> str:
    """Markdown: where and when, the rates, and the ratios; in each row the best is bold."""
    machine, works = result["machine"], result["workloads"]
    versions = ", ".join(f"{name} {machine[name]}" for name in PACKAGES if machine.get(name))
    runs = [run for work in works.values() for run in work["parts"].values()]
    dates = sorted({run["date"][:10] for run in runs})
    turns = sorted({f"{run['turns']} turns of {run['seconds']} s" for run in runs})
    lines = [
        f"Measured {' and '.join(dates)} on {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, Python {machine['python']}, {versions}; medians of {' and '.join(turns)}. "
        "The number behind a way is that of its workers.",
    ]
    shares = [run["foreign"]["median"] for run in runs if run.get("foreign")]
    if shares:
        lines += [
            "",
            f"Other programs had {min(shares):.0%} to {max(shares):.0%} of the cores meanwhile (medians of the parts): "
            "with one process at work a core is free for them.",
        ]
    if any(run.get("quick") for run in runs):
        lines += ["", "A quick run is among them: it shows that the benchmark works, not how fast anything is."]
    for part, title in TITLES.items():
        modes = list(dict.fromkeys(mode for work in works.values() for mode in work["median"][part]))
        if not modes:
            continue
        lines += ["", f"### {title}", "", f"| workload | {' | '.join(modes)} |", "|---" * (len(modes) + 1) + "|"]
        for name, work in works.items():
            rates = work["median"][part]
            best = max((rate for mode, rate in rates.items() if not mode.startswith("alone")), default=0)
            cells = [_cell(rates.get(mode), best) for mode in modes]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    names = list(dict.fromkeys(name for work in works.values() for name in work["ratios"]))
    lines += ["", "### Ratios", "", f"| workload | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for name, work in works.items():
        values = [work["ratios"].get(ratio) for ratio in names]
        lines.append(f"| {name} | {' | '.join('-' if value is None else f'{value:.2f}' for value in values)} |")
    lines += [
        "",
        "feed/limit: against the number of cores times one process; where a batch is waited for, more is possible. "
        "feed/alone: against as many processes at once that hand nothing over and feed nobody. What is lost from limit "
        "to alone is the machine's (shared memory and caches); from alone to feed it is the copy into shared memory.",
    ]
    return "\n".join(lines) + "\n"


def _cell(rate: float | None, best: float) -> str:
    if rate is None:
        return "-"
    text = f"{rate:.0f}" if rate >= 100 else f"{rate:.1f}"
    return f"**{text}**" if rate == best else text


def measured() -> str:
    """What stands between the marks."""
    return render_evidence("feeds", "feeds.py", render_tables)


def page_with_tables() -> str:
    """docs/feeds.md as it must be."""
    return fill_marks(DOCS / "feeds.md", measured())


def write_pages() -> None:
    """Put the tables into docs/feeds.md, and beside the JSON."""
    write_page(DOCS / "feeds.md", page_with_tables())
    if EVIDENCE.exists():
        write_page(EVIDENCE.with_suffix(".md"), "# Feeds, measured\n\n" + measured())


if __name__ == "__main__":
    write_pages()
