"""A smoke as Markdown to paste into an issue, from its JSON value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wslgpu.output.redact import redact

WORDS = {"ok": "smoke passed", "fail": "smoke failed", "unknown": "smoke is inconclusive"}
MARKS = {"ok": "ok", "fail": "**fail**", "told": "measured", "skip": "left out", "unknown": "not reached"}


def render_markdown(document: Mapping[str, Any], home: str = "") -> str:
    """The verdict, the steps as a table, the ways as a table, and what it ran on. Redacted."""
    evidence = document["evidence"]
    lines = [f"### {WORDS[document['status']]}", "", document["verdict"], ""]
    lines += [f"- {problem['sentence']} (`{problem['slug']}`)" for problem in document["problems"]]
    if document["steps"]:
        lines += ["", "| step | | seen |", "|---|---|---|"]
        lines += [f"| {s['title']} | {MARKS[s['status']]} | {_cell(s['sentence'])} |" for s in document["steps"]]
    ways = evidence.get("comparison", {}).get("ways", ())
    if ways:
        lines += ["", "| way | batches/s | ratio | first batch, s | in order |", "|---|---:|---:|---:|---|"]
        lines += [
            f"| {way['title']} | {way['rate']} | {way['ratio']} | {way['first_batch_s']} | "
            f"{'yes' if way['in_order'] else 'no'} |"
            if way["rate"]
            else f"| {way['title']} | | | | {_cell(way['why_not'])} |"
            for way in ways
        ]
    names = ("device", "tensorflow", "keras", "numpy", "python", "start_method", "item_ms", "after_import_s")
    lines += ["", ", ".join(f"{name} {evidence[name]}" for name in names if name in evidence)]
    if document["stderr_tail"]:
        tail = document["stderr_tail"].replace("```", "` ` `")
        lines += [
            "",
            "<details><summary>What the training wrote last</summary>",
            "",
            "```",
            tail,
            "```",
            "",
            "</details>",
        ]
    return redact("\n".join(lines).rstrip() + "\n", home=home)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
