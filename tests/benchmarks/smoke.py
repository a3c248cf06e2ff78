"""What the smoke takes after TensorFlow's import, and the ways it compares, as ratios to one process of the same round.

    python tests/benchmarks/smoke.py PYTHON... [--repeats 3] [-o docs/evidence/smoke.json]

Each PYTHON has a TensorFlow. The smoke runs with --compare on the CPU, one run after the other. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import write_result
from wslgpu.training.smoke import run_smoke


def main() -> None:
    """Run, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", type=Path, nargs="+")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    found = {}
    for python in wish.pythons:
        runs = [run(python) for _ in range(wish.repeats)]
        first = runs[0]
        name = f"TensorFlow {first['tensorflow']}, Keras {first['keras']}, Python {first['python']}"
        found[name] = summarize(runs)
    sys.argv = [word if "/bin/" not in word else "PYTHON" for word in sys.argv]
    write_result(wish.output, "smoke", {"smokes": found})


def run(python: Path) -> dict[str, Any]:
    """The evidence of one smoke that passed; RuntimeError where it did not."""
    result = run_smoke(python, want_device="cpu", compare=True, on_progress=lambda text: print(text, file=sys.stderr))
    if result.status != "ok":
        raise RuntimeError(f"{result.sentence}\n{result.stderr_tail}")
    return result.evidence


def summarize(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians and ranges over the runs."""
    compared = [run["comparison"] for run in runs]
    ways = {}
    for name in [way["name"] for way in compared[0]["ways"]]:
        same = [way for c in compared for way in c["ways"] if way["name"] == name]
        ways[name] = {
            "rate": spread([rate for way in same for rate in way["rates"]]),
            "ratio to one process": spread([way["ratio"] for way in same if way["ratio"]]),
            "first_batch_s": spread([way["first_batch_s"] for way in same if way["first_batch_s"]]),
            "in_order": all(way["in_order"] for way in same if way["rate"]),
            "why_not": sorted({way["why_not"] for way in same if way["why_not"]}),
        }
    starts = [method for c in compared for method in c["start_methods"]]
    memory = [case for c in compared for case in c["memory"]]
    return {
        "runs": len(runs),
        "import_s": spread([run["import_s"] for run in runs]),
        "proof, s after the import": spread([run["after_import_s"] for run in runs]),
        "comparison, s after its imports": spread([c["after_imports_s"] for c in compared]),
        "item_ms": spread([c["item_ms"] for c in compared]),
        "whole training, fork / one process": spread(
            [run["seconds_of"]["single"] / run["seconds_of"]["fork"] for run in runs]
        ),
        "ways": ways,
        "first batch of an epoch, s": {
            name: spread([m["first_batch_s"] for m in starts if m["name"] == name and m["first_batch_s"]])
            for name in dict.fromkeys(method["name"] for method in starts)
        },
        "MiB that a worker has to itself": {
            name: {
                "held": next(case["held_mib"] for case in memory if case["case"] == name),
                "own": spread([case["own_mib"] for case in memory if case["case"] == name and case["own_mib"]]),
                "outcome": sorted({case["outcome"] for case in memory if case["case"] == name}),
            }
            for name in dict.fromkeys(case["case"] for case in memory)
        },
        "unfinished": [text for c in compared for text in c["unfinished"]],
    }


def spread(values: list[float]) -> dict[str, float] | None:
    """Median, least and most; None where there is nothing."""
    if not values:
        return None
    figures = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, 3) for name, value in figures.items()}


if __name__ == "__main__":
    main()
