"""A report as Markdown to paste into an issue."""

from __future__ import annotations

from collections.abc import Iterator

from wslgpu.checks.model import Finding
from wslgpu.output.redact import redact
from wslgpu.output.report import Report, count
from wslgpu.output.text_report import PLACES, show_command


def render_markdown(report: Report) -> str:
    """What is open first, with its evidence and remedy; what is well folded away below. Redacted."""
    lines = [f"### wslgpu doctor {report.tool}: side {report.side}, profile {report.profile}", ""]
    counts = count(report.findings)
    lines += [", ".join(f"{counts[status]} {status}" for status in counts if counts[status]), ""]
    for finding in report.findings:
        if finding.status in ("fail", "warn", "unknown"):
            lines += _open(finding)
    rest = [finding for finding in report.findings if finding.status in ("ok", "info", "skip")]
    lines += ["<details><summary>The rest</summary>", "", *(f"- {f.status}: {f.title} (`{f.slug}`)" for f in rest), ""]
    return redact("\n".join([*lines, "</details>"]) + "\n", home=report.home)


def _open(finding: Finding) -> Iterator[str]:
    yield f"**{finding.status}: {finding.title}** (`{finding.slug}`)"
    yield ""
    if finding.cause:
        yield f"- follows from `{finding.cause}`"
    for key, value in finding.evidence.items():
        yield f"- {key}: `{value}`"
    for remedy in finding.remedies:
        yield f"- {PLACES[remedy.where]}: `{show_command(remedy)}`"
    yield ""
