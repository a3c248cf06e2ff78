"""A report as one HTML page that needs nothing else: for a browser, or for a ticket. Redacted as Markdown is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from wslgpu.checks.model import Finding
from wslgpu.output.page import render_code, render_page, render_table
from wslgpu.output.redact import redact
from wslgpu.output.report import Report, count, next_step
from wslgpu.output.text_report import PLACES, show_command


def render_html(report: Report) -> str:
    """Open findings first, each with its evidence and commands; what is well in a table below."""
    page = render_page("wslgpu doctor", _body(report))
    # What stands in place of a name looks like a tag.
    return PLACEHOLDER.sub(r"&lt;\1&gt;", redact(page, home=report.home))


PLACEHOLDER = re.compile("<(user|host|address|uuid|folder|password)>")
STATUSES = ("fail", "warn", "unknown")


def _body(report: Report) -> Iterator[str]:
    yield f"<h1>wslgpu doctor {escape(report.tool)}</h1>"
    yield f"<p>Side {report.side}, profile {report.profile}: {escape(_counts(report))}.</p>"
    yield from _next(report)
    for finding in report.findings:
        if finding.status in STATUSES:
            yield from _open(finding)
    rest = [
        (finding.title, finding.status, finding.slug) for finding in report.findings if finding.status not in STATUSES
    ]
    table = render_table("The rest", ("finding", "status", "slug"), rest)
    yield f"<details><summary>The rest</summary>{table}</details>"


def _counts(report: Report) -> str:
    return ", ".join(f"{number} {status}" for status, number in count(report.findings).items() if number)


def _next(report: Report) -> Iterator[str]:
    step = next_step(report)
    if step is not None and step[1] is not None:
        yield f"<p>Next, in {escape(PLACES[step[1].where])}:</p>{render_code(show_command(step[1]))}"


def _open(finding: Finding) -> Iterator[str]:
    yield f'<section class="finding {finding.status}"><h2>{escape(finding.title)}</h2>'
    yield f'<p><b class="{finding.status}">{finding.status}</b>: <code>{escape(finding.slug)}</code>'
    yield f", follows from <code>{escape(finding.cause)}</code></p>" if finding.cause else "</p>"
    if finding.evidence:
        rows = (f"<li>{escape(key)}: <code>{escape(value)}</code></li>" for key, value in finding.evidence.items())
        yield f"<ul>{''.join(rows)}</ul>"
    for remedy in finding.remedies:
        yield f"<p>{escape(PLACES[remedy.where])}:</p>{render_code(show_command(remedy))}"
    yield "</section>"
