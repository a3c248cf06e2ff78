"""The measured tables of docs/smoke.md, made from docs/evidence/smoke.json, never typed.

    python docs/make_smoke_table.py

tests/benchmarks/smoke.py measures and writes the JSON; a test compares the page with it.
"""

from __future__ import annotations

from typing import Any

from page_frame import DOCS, fill_marks, render_evidence, render_table, write_page

PAGE = DOCS / "smoke.md"
PROOF, COMPARISON = "proof, s after the import", "comparison, s after its imports"
WAYS = {
    "single": "one process",
    "threads": "threads",
    "locked-generator": "generator, `next` under a lock",
    "fork": "Keras' fork",
    "fork-feed": "`fork_feed`",
    "tf-data": "tf.data's parallel map",
    "in-memory": "made beforehand, on the device",
}
STARTS, MEMORY = ("fork", "forkserver", "spawn"), "MiB that a worker has to itself"
FIRST, RATIO = "first batch of an epoch, s", "ratio to one process"


def render_smoke(result: dict[str, Any]) -> str:
    """What the smoke takes, and a table each of ways, start methods and memory, a column for each TensorFlow."""
    found = result["smokes"]
    columns = [name.rpartition(",")[0] for name in found]
    runs = " and ".join(sorted({str(smoke["runs"]) for smoke in found.values()}))
    lines = [
        f"Measured {result['date']} on {result['machine']}: medians of {runs} runs (least to most).",
        "",
        *render_table(
            ["seconds", *columns],
            [
                ["import of TensorFlow", *(spread(smoke["import_s"]) for smoke in found.values())],
                ["the proof, after it", *(spread(smoke[PROOF]) for smoke in found.values())],
                ["`--compare`, after its imports", *(spread(smoke[COMPARISON]) for smoke in found.values())],
                *(
                    [f"first batch of an epoch, {how}", *(row(smoke[FIRST], how) for smoke in found.values())]
                    for how in STARTS
                ),
            ],
        ),
        "",
        *render_table(
            ["batches a second, against one process", *columns],
            [[text, *(row(smoke["ways"], way, RATIO) for smoke in found.values())] for way, text in WAYS.items()],
        ),
        "",
        *render_table(
            ["MiB that a worker has to itself", *columns],
            [
                [
                    f"{kind}, {first_held(found, kind):.0f} MiB held",
                    *(row(smoke[MEMORY], kind, "own") for smoke in found.values()),
                ]
                for kind in next(iter(found.values()))[MEMORY]
            ],
        ),
        "",
        f"`{result['command']}`",
    ]
    return "\n".join(lines) + "\n"


def first_held(found: dict[str, Any], kind: str) -> float:
    """MiB that the Sequence itself holds: the same in every run."""
    return float(next(iter(found.values()))[MEMORY][kind]["held"])


def row(table: dict[str, Any], key: str, part: str = "") -> str:
    """The cell of one way; what was not measured is a dash."""
    found = table.get(key) or {}
    return spread(found.get(part) if part else found)


def spread(figure: dict[str, float] | None) -> str:
    """`10.5 (10.3 to 10.6)`."""
    if not figure:
        return "-"
    median, least, most = (f"{figure[name]:.2f}".rstrip("0").rstrip(".") for name in ("median", "least", "most"))
    return f"{median} ({least} to {most})"


def measured() -> str:
    """What stands between the marks."""
    return render_evidence("smoke", "smoke.py", render_smoke)


def page_with_tables() -> str:
    """docs/smoke.md as it must be."""
    return fill_marks(PAGE, measured())


if __name__ == "__main__":
    write_page(PAGE, page_with_tables())
