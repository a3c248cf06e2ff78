"""docs/windows-training.md, made from docs/evidence/windows-ways.json, never typed.

    python docs/make_windows_page.py

tests/benchmarks/windows_ways.py measures and writes the JSON; a test compares the page with it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from page_frame import DOCS, render_evidence, render_table, write_page

PAGE = DOCS / "windows-training.md"
NAMES = {
    "one-process": "a Sequence, one process",
    "threads": "a Sequence, two threads",
    "sequence": "a Sequence, `use_multiprocessing=True`",
    "sequence-lock": "a Sequence that holds a lock, `use_multiprocessing=True`",
    "generator": "a generator, `use_multiprocessing=True`",
    "generator-threads": "a generator, two threads",
    "generator-lock-threads": "a generator behind a lock, two threads",
}
BY_PROCESSES = {
    "sequence": "a plain Sequence",
    "sequence-lock": "a Sequence that holds a lock",
    "generator": "a generator",
}
VERBS = {"trained": "trains", "raised": "raises", "hung": "hangs"}
HEAD = """# Training on Windows itself

Is it true that `use_multiprocessing=True` hangs on Windows? It was tried, way by way, and what hung was named by
`wslgpu run`. This page is made by `docs/make_windows_page.py`; nothing on it is typed.

What was tried: a genuine CPython for Windows and the genuine TensorFlow for Windows, under Wine on Linux. What pickles,
what is started and what waits is Python's and Keras' own code, and the same on a real Windows. The seconds are Wine's:
compare them with each other only. Each training is 2 epochs of 8 batches that cost 20 ms each; it is synthetic.

"""


def render_page(result: dict[str, Any]) -> str:
    """What stands under the head."""
    ways = result["ways"]
    dates = sorted({said["date"] for way in ways.values() for said in way.values()})
    columns = ("way", "Keras alone", "seconds in `fit`", "batches", "under `wslgpu run`")
    rows = []
    for way, name in NAMES.items():
        bare, watched = ways.get(way, {}).get("bare"), ways.get(way, {}).get("supervised")
        rows.append([name, outcome(bare), seconds(bare), order(bare), named(watched)])
    lines = [
        answer(ways),
        "",
        f"{result['versions']}; {result['machine']}; {' and '.join(dates)}.",
        "",
        f"`{result['command']}`",
        "",
        *render_table(columns, rows),
    ]
    return "\n".join(lines) + "\n"


def answer(ways: dict[str, Any]) -> str:
    """The page's own question, answered by what was measured."""
    known = {way: ways[way]["bare"]["outcome"] for way in BY_PROCESSES if "bare" in ways.get(way, {})}
    told = [f"{BY_PROCESSES[way]} {VERBS.get(said, 'ends')}" for way, said in known.items()]
    missing = [f"{name} was not run" for way, name in BY_PROCESSES.items() if way not in known]
    return f"With `use_multiprocessing=True` and nothing that watches: {', '.join(told + missing)}."


def outcome(said: dict[str, Any] | None) -> str:
    if said is None or said["outcome"] == "not started":
        return "not run"
    if said["outcome"] == "hung":
        why = f": {said['in_a_thread']} in a thread that nobody watches" if "in_a_thread" in said else ""
        return f"**hangs**{why}"
    if said["outcome"] == "raised":
        return f"raises {said['error']}"
    return "trains" if said["outcome"] == "trained" else f"ended with code {said.get('code')}"


def seconds(said: dict[str, Any] | None) -> str:
    if said is None:
        return ""
    if said["outcome"] == "hung":
        return f"no batch for {said['limit_s']:.0f} s, then ended"
    return f"{said['fit_s']:.1f}" if "fit_s" in said else ""


def order(said: dict[str, Any] | None) -> str:
    if said is None or said.get("outcome") != "trained":
        return ""
    if said["in_order"]:
        return f"each once, in order, by {said['makers']} process{'es' * (said['makers'] > 1)}"
    if said["each_once_an_epoch"]:
        return "each once, not in order"
    return f"**{said['batches']} came, {said['distinct']} different ones; not each once an epoch**"


def named(said: dict[str, Any] | None) -> str:
    if said is None or said["outcome"] == "not started":
        return "not run"
    names = "; ".join(f"[{one['slug']}](findings/{one['slug']}.md): {one['sentence']}" for one in said.get("named", []))
    ended = {"trained": "trains", "raised": "`fit` raises", "hung": "**hangs**"}.get(said["outcome"], "ended")
    return f"{names}; {ended}" if names else ended


def measured() -> str:
    """The page as it must be."""
    return HEAD + render_evidence("windows-ways", "windows_ways.py", render_page)


if __name__ == "__main__":
    write_page(PAGE, measured())
