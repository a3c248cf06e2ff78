"""A report as JSON."""

from __future__ import annotations

import json

from wslgpu.output.report import Report, as_document


def render_json(report: Report) -> str:
    """UTF-8 JSON text, one value, indented."""
    return json.dumps(as_document(report), indent=1, ensure_ascii=False) + "\n"
