"""An audit for people: the verdict first, then each finding with line, remedy and patch. ASCII only. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from wslgpu.checks.catalog import load_doc
from wslgpu.output.report import DOCS
from wslgpu.training.audit_model import WAYS, Audit, AuditFinding

MARKS = {"fail": "x", "warn": "!", "info": "i", "unknown": "?"}
NAMES = {"threads": "in threads", "fork": "under fork", "spawn": "under spawn"}
RANDOMNESS = {
    "no": "the same index gives the same batch",
    "global": "random, from the global generators",
    "held": "random, from a generator that it holds",
    "unseeded": "random, and no seed repeats it",
    "order": "it depends on what was asked before",
}


def render_audit(audit: Audit) -> str:
    """The whole report, without a newline at its end."""
    lines = [f"{audit.target}: {_sentence(audit)}"]
    for way in WAYS:
        shown = audit.facts.get(way)
        how = (
            f" ({shown['asked']} batches compared)" if shown and audit.safe[way] == "safe" and "asked" in shown else ""
        )
        lines.append(f"  {NAMES[way]:<12} {audit.safe[way]}{how}")
    if audit.randomness in RANDOMNESS:
        lines.append(f"  {'batches':<12} {RANDOMNESS[audit.randomness]}")
    for finding in audit.findings:
        lines += ["", *_finding(finding)]
    if any(finding.status == "unknown" for finding in audit.findings) and audit.output_tail:
        lines += ["", "What the code wrote last:"]
        lines += ["  | " + line for line in audit.output_tail.splitlines()[-12:]]
    return "\n".join(lines)


def _sentence(audit: Audit) -> str:
    failed = sum(finding.status == "fail" and finding.cause is None for finding in audit.findings)
    if failed:
        return f"{failed} thing{'s' if failed > 1 else ''} to mend"
    if any(finding.status == "unknown" for finding in audit.findings):
        return "not everything could be told"
    return "nothing wrong was found"


def _finding(finding: AuditFinding) -> Iterator[str]:
    where = f" ({finding.file}:{finding.line})" if finding.file else ""
    yield f"{MARKS.get(finding.status, '-')} {finding.title}{where}"
    yield f"    {finding.slug}" + (f", follows from {finding.cause}" if finding.cause else "")
    for key in ("what", "shared", "culprits", "leaves", "call", "note", "arguments"):
        if finding.evidence.get(key) and finding.evidence[key] not in finding.title:
            yield f"    {key}: {finding.evidence[key]}"
    for line in finding.evidence.get("where", "").splitlines()[:6]:
        yield f"    | {line.rstrip()}"
    text = section(finding.slug, "Mend it")
    # A finding that is a remark only here (old arguments under an old Keras) has nothing to be mended yet.
    asks = finding.status in ("fail", "warn") or finding.status == load_doc(finding.slug).status == "info"
    if asks and finding.cause is None and not text.startswith("Nothing"):
        yield from textwrap.wrap(text, 100, initial_indent="    mend: ", subsequent_indent="          ")
    if finding.patch:
        yield "    patch:"
        yield from ("      " + line for line in finding.patch.splitlines())


def section(slug: str, name: str) -> str:
    """A section of a finding's page, as one line."""
    text = load_doc(slug).text
    _, _, rest = text.partition(f"## {name}\n")
    return " ".join(rest.partition("\n## ")[0].split())


def as_document(audit: Audit, version: str, code: int) -> dict[str, Any]:
    """The audit as the JSON value `wslgpu-audit/1`."""
    return {
        "schema": "wslgpu-audit/1",
        "tool": {"name": "wslgpu", "version": version},
        "target": audit.target,
        "kind": audit.kind,
        "safe": dict(audit.safe),
        "deterministic": {"no": True, "": None}.get(audit.randomness, False),
        "randomness": audit.randomness,
        "facts": dict(audit.facts),
        "findings": [
            {
                "slug": finding.slug,
                "status": finding.status,
                "title": finding.title,
                "evidence": dict(finding.evidence),
                "cause": finding.cause,
                "file": finding.file,
                "line": finding.line,
                "remedy": section(finding.slug, "Mend it"),
                "patch": finding.patch,
                "doc": f"{DOCS}/{finding.slug}.md",
            }
            for finding in audit.findings
        ],
        "seconds": round(audit.seconds, 3),
        "exit_code": code,
    }
