"""Writes docs/findings/README.md: every finding, and where it is met. Run it when a page changes; a test compares.

python docs/make_findings_table.py
"""

from __future__ import annotations

from pathlib import Path

from wslgpu.checks.catalog import FindingDoc, load_doc, slugs

PAGES = Path(__file__).parent / "findings"
SIDES = ("windows", "wsl", "linux", "any")
INTRODUCTION = """# Findings

Everything that wslgpu can name, one page each. `wslgpu explain SLUG` shows a page offline.

*Where it is met*: `doctor` detects it from facts of the machine; `explain` recognizes it in pasted text (a log, an
error); `setup` meets it while it works; `smoke` and `run` while training; `audit` and `tune` in your own Sequence.
Where doctor cannot tell honestly, the last column says why. This table is made by `docs/make_findings_table.py`.

| finding | status | side | where it is met | why doctor does not tell |
|---|---|---|---|---|
"""


def table_of_detection() -> str:
    """The page's text."""
    docs = sorted((load_doc(slug) for slug in slugs()), key=lambda doc: (SIDES.index(doc.side), doc.slug))
    return INTRODUCTION + "".join(row(doc) + "\n" for doc in docs)


def row(doc: FindingDoc) -> str:
    """One finding's line."""
    cells = (f"[{doc.slug}]({doc.slug}.md)", doc.status, doc.side, ", ".join(doc.detected_by), doc.why_not)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    (PAGES / "README.md").write_text(table_of_detection(), encoding="utf-8", newline="\n")
