"""A smoke's result as the JSON value that docs/smoke.schema.json describes. Pure."""

from __future__ import annotations

from typing import Any

from wslgpu.training.smoke import SmokeResult
from wslgpu.training.smoke_steps import ProofStep

SCHEMA = "wslgpu-smoke/1"


def as_document(result: SmokeResult, version: str, code: int) -> dict[str, Any]:
    """Times in seconds, memory in MiB, rates in batches a second. `code`: the exit code."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "wslgpu", "version": version},
        "status": result.status,
        "verdict": result.sentence,
        "problems": [{"slug": slug, "sentence": sentence} for slug, sentence in result.problems],
        "steps": [_step(step) for step in result.steps],
        "evidence": result.evidence,
        "stderr_tail": result.stderr_tail if result.status != "ok" else "",
        "exit_code": code,
    }


def _step(step: ProofStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "status": step.status,
        "sentence": step.sentence,
        "evidence": dict(step.evidence),
        "slugs": sorted({problem.slug for problem in step.problems}),
    }
