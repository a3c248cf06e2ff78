"""The catalogue of findings with the symptoms to search by, and each finding's page for the site."""

from __future__ import annotations

import re

from docs.generate.matrix import filtered
from wslgpu.checks.catalog import FindingDoc, load_doc, parse_doc, slugs
from wslgpu.output.text_report import PLACES, show_command

INTRODUCTION = """---
hide: [toc]
---

# Something is wrong

Paste a piece of what you see, such as `libcuda.so.1`, `0x80370102` or `hangs`: the field searches the symptoms of all
findings. Better still, let the machine say it: `wslgpu doctor` names the one cause, and `wslgpu explain -` reads a log.

"""
FENCES = {"ubuntu": "sh", "powershell": "powershell", "powershell-admin": "powershell"}


def render_catalogue() -> str:
    """Every finding with what it is seen as; those that fail first."""
    order = ("fail", "unknown", "warn", "info")
    docs = sorted((load_doc(slug) for slug in slugs()), key=lambda doc: (order.index(doc.status), doc.slug))
    head = ("finding", "seen as", "status", "side", "told by")
    return INTRODUCTION + filtered("Search by symptom", head, map(_row, docs), kind="symptoms")


def _row(doc: FindingDoc) -> tuple[str, ...]:
    seen = re.search(r"## Seen as\n(.*?)(?=\n## |\Z)", doc.text, re.DOTALL)
    what = f"[{doc.slug}]({doc.slug}.md)<br>{plain(doc.title)}"
    return what, _inert(seen.group(1).strip() if seen else ""), doc.status, doc.side, ", ".join(doc.detected_by)


def render_finding(slug: str, markdown: str) -> str:
    """A page without its front matter, with its title and its commands where they are typed."""
    doc = parse_doc(slug, markdown)
    head = f"# {slug}\n\n**{plain(doc.title)}**\n\nStatus `{doc.status}`, side `{doc.side}`, told by {', '.join(doc.detected_by)}.\n"
    if doc.why_not:
        head += f"Doctor does not tell it: {doc.why_not}.\n"
    parts = [head, doc.text]
    if doc.remedies:
        parts.append("## Commands\n")
    for remedy in doc.remedies:
        filled = [word for word in (*remedy.argv, *remedy.verify) if "{" in word]
        note = "Doctor fills in the braces with what it found. " if filled else ""
        if remedy.where == "browser":
            parts.append(f"In the browser: <{remedy.argv[0]}>\n")
            continue
        effect = {"removes": " It removes something.", "restarts": " It restarts something."}.get(remedy.effect, "")
        fence = FENCES[remedy.where]
        parts.append(f"{note}In {PLACES[remedy.where]}:{effect}\n\n```{fence}\n{show_command(remedy)}\n```\n")
    if doc.links:
        parts.append("## Seen by others\n\n" + "\n".join(f"- <{link}>" for link in doc.links) + "\n")
    return "\n".join(parts)


def plain(title: str) -> str:
    """A title whose braces only a look at a machine can fill."""
    return _inert(re.sub(r"\{\w+(\.\.\.)?\}", "...", title))


def _inert(text: str) -> str:
    """What a user sees is not markup; lines become one."""
    return (
        re.sub(r"\s+", " ", text).replace("<", "&lt;").replace("*", r"\*").replace("_", r"\_")
        if "`" not in text
        else re.sub(r"\s+", " ", text)
    )
