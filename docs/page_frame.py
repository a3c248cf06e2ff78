"""What the measured pages share: their evidence, tables, and the words while nothing is measured.

A page is text by hand and what `render` makes of docs/evidence/NAME.json; nothing measured is typed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def render_evidence(name: str, benchmark: str, render: Callable[[dict[str, Any]], str]) -> str:
    """`render` of docs/evidence/NAME.json; where there is none, which benchmark makes it."""
    evidence = DOCS / "evidence" / f"{name}.json"
    if not evidence.exists():
        return f"Nothing is measured yet: `python tests/benchmarks/{benchmark} --write` does it.\n"
    return render(json.loads(evidence.read_text(encoding="utf-8")))


def render_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def fill_marks(page: Path, text: str) -> str:
    """The page with `text` between its two marks."""
    head, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{text}{END}{tail}"


def write_page(page: Path, text: str) -> None:
    """UTF-8 with the line ends of the repository, on every system."""
    page.write_text(text, encoding="utf-8", newline="\n")
