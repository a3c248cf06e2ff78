"""docs/measured-matrix.md, made from docs/evidence/matrix.json, never typed.

    python docs/make_matrix_page.py

tests/benchmarks/matrix.py measures and writes the JSON; a test compares the page with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from page_frame import DOCS, render_evidence, render_table, write_page

PAGE = DOCS / "measured-matrix.md"
COLUMNS = {
    "fork": "fork, the default up to Python 3.13",
    "forkserver": "forkserver as the default; Keras by fork",
    "spawn": "spawn, Keras alone",
}
HEAD = """# The measured matrix

TensorFlow x Python x start method, each cell run in a fresh environment on one machine. What was not run says so.
This page is made by `docs/make_matrix_page.py`; nothing on it is typed.

- **fork**: the training of `wslgpu smoke`: a Sequence in one process and through fork, every batch once and in order,
  the same losses.
- **forkserver as the default** stands for Python 3.14, which has it: the process-wide default is set to forkserver, and
  the watchdog gives Keras fork. The cell says what the default still was when the training had ended.
- **spawn**: Keras without wslgpu, which is what Windows and macOS have: a plain Sequence, and one that holds a lock.
  The seconds are those of `fit`, in which each worker imports TensorFlow. `hung`: no batch reached the model for so
  many seconds; those in which TensorFlow is being imported, in the main process or in a worker, do not count.

The machine did other work beside many of the cells: the outcomes are what is measured here, and the seconds only say
how long a wait was there. Figures of speed are in [smoke.md](smoke.md) and [feeds.md](feeds.md).

"""


def render_page(result: dict[str, Any]) -> str:
    """What stands under the head."""
    cells = result["cells"]
    ran = [cell for cell in cells.values() if cell["ran"]]
    dates = sorted({cell["date"] for cell in ran})
    possible = [cell for cell in cells.values() if cell["outcome"] != "no wheel"]
    lines = [
        f"Machine: {result['machine']}. Measured {' and '.join(dates)}; {len(ran)} of {len(possible)} cells for which "
        f"TensorFlow has a wheel.{_render_missing(result)}",
        "",
        f"`{result['command']}`",
        "",
        *render_table(("TensorFlow", "Python", "Keras", *COLUMNS.values()), list_rows(cells)),
    ]
    return "\n".join(lines) + "\n"


def list_rows(cells: dict[str, Any]) -> Iterator[list[str]]:
    """A row for each TensorFlow and Python that it has a wheel for."""
    for tensorflow, python in sorted({tuple(name.split()[:2]) for name in cells}, key=_order):
        row = {method: cells[f"{tensorflow} {python} {method}"] for method in COLUMNS}
        if all(cell["outcome"] == "no wheel" for cell in row.values()):
            continue
        keras = next((cell["keras"] for cell in row.values() if "keras" in cell), "")
        full = next((cell["python"] for cell in row.values() if "python" in cell), python)
        yield [tensorflow, full, keras, *(describe_cell(method, cell) for method, cell in row.items())]


def _render_missing(result: dict[str, Any]) -> str:
    """Which Pythons were not on that machine; and whether any of these TensorFlows could have been tried on them."""
    missing = result.get("no_interpreter", [])
    if not missing:
        return ""
    installable = {name.split()[1] for name, cell in result["cells"].items() if cell["outcome"] != "no wheel"}
    text = f" No Python {' and no '.join(missing)} is on that machine: not run there."
    wheelless = [python for python in missing if python not in installable]
    return text + (f" None of these TensorFlows has a wheel for {' or '.join(wheelless)}." if wheelless else "")


def describe_cell(method: str, cell: dict[str, Any]) -> str:
    """One cell's words."""
    if not cell["ran"]:
        return str(cell["outcome"])
    if method == "spawn":
        return "<br>".join(describe_way(way, said) for way, said in cell["ways"].items())
    if cell["outcome"] != "passed":
        return f"**{cell['outcome']}**: {cell['sentence'][:200]}"
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in cell["seconds_of"].items())
    default = f", default still {cell['default_start_method']}" if method == "forkserver" else ""
    return f"passed ({seconds}{default})"


def describe_way(way: str, said: dict[str, Any]) -> str:
    name = {"sequence": "plain", "sequence-lock": "with a lock"}.get(way, way)
    if said["outcome"] == "hung":
        why = f"; {said['in_a_thread']}" if "in_a_thread" in said else ""
        return f"{name}: **hung** (no batch for {said['limit_s']:g} s){why}"
    if said["outcome"] == "raised":
        return f"{name}: raised {said['error']}"
    if said["outcome"] != "trained":
        return f"{name}: ended with code {said.get('code')}"
    order = "in order" if said["in_order"] else "each once" if said["each_once_an_epoch"] else "NOT each once"
    return f"{name}: trained, {order}, {said['fit_s']:.1f} s"


def _order(key: tuple[str, str]) -> tuple[list[int], list[int]]:
    return [int(part) for part in key[0].split(".")], [int(part) for part in key[1].split(".")]


def measured() -> str:
    """The page as it must be."""
    return HEAD + render_evidence("matrix", "matrix.py", render_page)


if __name__ == "__main__":
    write_page(PAGE, measured())
