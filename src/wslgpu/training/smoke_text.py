"""A smoke's result for people: the verdict in one line, then the evidence. ASCII only. Pure."""

from __future__ import annotations

from wslgpu.training.smoke import SmokeResult
from wslgpu.training.smoke_evidence import render_evidence

WORDS = {"ok": "smoke passed", "fail": "smoke failed", "unknown": "smoke is inconclusive"}
TAIL_LINES = 12


def render_smoke(result: SmokeResult) -> str:
    """The whole report, without a newline at its end."""
    lines = [f"{WORDS[result.status]}: {result.sentence}"]
    lines += [f"  [{slug}] {sentence}" for slug, sentence in result.problems]
    if result.evidence:
        lines += ["", *render_evidence(result.evidence)]
    if result.status != "ok" and result.stderr_tail:
        lines += ["", "What the training wrote last:"]
        lines += ["  | " + line for line in result.stderr_tail.splitlines()[-TAIL_LINES:]]
    return "\n".join(lines)
