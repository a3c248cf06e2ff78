"""The evidence: every figure that the project states, as the script that measured it wrote it down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "evidence"
INTRODUCTION = """# Evidence

Each part is one file of `docs/evidence/`, written by the script that its command names. Figures are of one run on one
machine. `seconds` are wall time. What a file calls synthetic is synthetic.
"""


def render_evidence() -> str:
    """All files, each as a list of what it says and its JSON."""
    parts = [INTRODUCTION]
    for path in sorted(FOLDER.glob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        parts.append(f"## {path.stem}\n")
        parts += [
            f"- **{key}**: {_inert(value[key])}" for key in ("what", "date", "machine", "command") if key in value
        ]
        parts.append("")
        rows = list(_figures({k: v for k, v in value.items() if k not in ("what", "date", "machine", "command")}))
        parts.append(
            "| what | figure |\n|---|---|\n" + "\n".join(f"| {name} | {figure} |" for name, figure in rows[:LINES])
        )
        if len(rows) > LINES:
            parts.append(f"\n{len(rows) - LINES} more stand in the file.")
        parts.append(f"\n[The file](evidence/{path.name})\n")
    return "\n".join(parts)


LINES = 25


def _figures(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Leaves of the document with their path."""
    if isinstance(value, dict) and value:
        return [row for key, inner in value.items() for row in _figures(inner, f"{name} › {key}" if name else str(key))]
    if isinstance(value, list) and value and not all(isinstance(item, (str, int, float)) for item in value):
        return [(name, f"{len(value)} entries")]
    if isinstance(value, float):
        value = round(value, 3)
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return [(_inert(name), _inert(text[:200]))]


def _inert(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    return text.replace("|", r"\|").replace("<", "&lt;").replace("\n", " ").replace("*", r"\*").replace("_", r"\_")
