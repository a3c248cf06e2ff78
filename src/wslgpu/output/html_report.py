"""A report as one HTML page that needs nothing else: for a browser, or for a ticket. Redacted as Markdown is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from wslgpu.checks.model import Finding
from wslgpu.output.redact import redact
from wslgpu.output.report import Report, count, next_step
from wslgpu.output.text_report import PLACES, show_command

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-left: 4px solid; padding: 0 1rem; margin: 1rem 0; }
.fail { border-color: #b00020; } .warn { border-color: #b06f00; } .unknown { border-color: #6a1b9a; }
code { font-family: ui-monospace, monospace; } pre { overflow-x: auto; background: #8881; padding: .5rem; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } }
"""


def render_html(report: Report) -> str:
    """Open findings first, each with its evidence and commands; what is well in a table below."""
    page = "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>wslgpu doctor</title><style>{STYLE}</style></head><body>",
            f"<h1>wslgpu doctor {escape(report.tool)}</h1>",
            f"<p>Side {report.side}, profile {report.profile}: {escape(_counts(report))}.</p>",
            *_next(report),
            *(line for finding in report.findings if finding.status in STATUSES for line in _open(finding)),
            "<details><summary>The rest</summary><table>",
            *(_row(finding) for finding in report.findings if finding.status not in STATUSES),
            "</table></details></body></html>",
        ]
    )
    # What stands in place of a name looks like a tag.
    return PLACEHOLDER.sub(r"&lt;\1&gt;", redact(page, home=report.home)) + "\n"


PLACEHOLDER = re.compile("<(user|host|address|uuid|folder|password)>")
STATUSES = ("fail", "warn", "unknown")


def _counts(report: Report) -> str:
    return ", ".join(f"{number} {status}" for status, number in count(report.findings).items() if number)


def _next(report: Report) -> Iterator[str]:
    step = next_step(report)
    if step is not None and step[1] is not None:
        command = escape(show_command(step[1]))
        yield f"<p>Next, in {escape(PLACES[step[1].where])}:</p><pre><code>{command}</code></pre>"


def _open(finding: Finding) -> Iterator[str]:
    yield f'<section class="{finding.status}"><h2>{escape(finding.title)}</h2>'
    yield f"<p>{finding.status}: <code>{escape(finding.slug)}</code>"
    yield f", follows from <code>{escape(finding.cause)}</code></p>" if finding.cause else "</p>"
    if finding.evidence:
        rows = (f"<li>{escape(key)}: <code>{escape(value)}</code></li>" for key, value in finding.evidence.items())
        yield f"<ul>{''.join(rows)}</ul>"
    for remedy in finding.remedies:
        yield f"<p>{escape(PLACES[remedy.where])}:</p><pre><code>{escape(show_command(remedy))}</code></pre>"
    yield "</section>"


def _row(finding: Finding) -> str:
    return f"<tr><td>{finding.status}</td><td>{escape(finding.title)}</td><td>{escape(finding.slug)}</td></tr>"
