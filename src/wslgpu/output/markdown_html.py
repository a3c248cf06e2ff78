"""The Markdown that wslgpu's own texts use, as HTML: headings, paragraphs, lists, tables, fences, links, code.

Not a general converter: mkdocs makes the site. This one makes pages that need nothing but themselves, on any machine
that has wslgpu, so it depends on nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

# A fence's first word -> where its commands are typed. Any other fence is something to read.
SHELLS = {"sh": "Ubuntu", "bash": "Ubuntu", "powershell": "PowerShell"}
FENCE = re.compile(r"^```\s*([\w+-]*)(.*)$")
HEADING = re.compile(r"^(#{1,4})\s+(.+?)\s*#*$")
ITEM = re.compile(r"^(?:[-*]|(\d+)\.)\s+(.*)$")


def render_markdown_html(text: str) -> str:
    """The body of a page. Raw HTML in the text is shown as text; comments are left out."""
    lines = re.sub(r"(?s)<!--.*?-->\n?", "", text).splitlines()
    return "\n".join(_blocks(lines)) + "\n"


def anchor(heading: str) -> str:
    """The id of a heading, as GitHub forms it."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).strip().lower()).replace(" ", "-")


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        fence, heading = FENCE.match(line), HEADING.match(line)
        if fence:
            end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("```")), len(lines))
            yield _fence(fence.group(1), "\n".join(lines[at + 1 : end]))
            at = end + 1
        elif heading:
            level, words = len(heading.group(1)), heading.group(2)
            yield f'<h{level} id="{anchor(words)}">{render_inline(words)}</h{level}>'
            at += 1
        elif line.startswith("|"):
            end = _while(lines, at, lambda text: text.startswith("|"))
            yield _table(lines[at:end])
            at = end
        elif ITEM.match(line):
            end = _while(lines, at, lambda text: bool(ITEM.match(text)) or text.startswith("  "))
            yield _list(lines[at:end])
            at = end
        elif not line.strip():
            at += 1
        elif line.strip() == "---":
            yield "<hr>"
            at += 1
        else:
            end = _while(lines, at, _is_prose)
            yield f"<p>{render_inline(' '.join(map(str.strip, lines[at:end])))}</p>"
            at = max(end, at + 1)


def _is_prose(line: str) -> bool:
    special = (
        line.strip() == "---" or FENCE.match(line) or HEADING.match(line) or ITEM.match(line) or line.startswith("|")
    )
    return bool(line.strip()) and not special


def _while(lines: Sequence[str], at: int, holds: object) -> int:
    assert callable(holds)
    while at < len(lines) and holds(lines[at]):
        at += 1
    return at


def _fence(language: str, code: str) -> str:
    """Commands get their place and a button that copies them; both are also there for a screen reader."""
    place = SHELLS.get(language)
    if place is None:
        return f'<pre class="seen" tabindex="0"><code>{escape(code)}</code></pre>'
    return (
        f'<div class="command"><span class="place">{place}</span>'
        f'<button type="button" class="copy" aria-label="Copy this command for {place}">Copy</button>'
        f'<pre tabindex="0"><code>{escape(code)}</code></pre></div>'
    )


def _table(rows: Sequence[str]) -> str:
    cells = [[render_inline(cell.strip()) for cell in _split(row)] for row in rows]
    head = "".join(f'<th scope="col">{cell}</th>' for cell in cells[0])
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells[2:])
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _split(row: str) -> list[str]:
    return [cell.replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _list(lines: Sequence[str]) -> str:
    first = ITEM.match(lines[0])
    tag = "ol" if first and first.group(1) else "ul"
    items: list[str] = []
    for line in lines:
        found = ITEM.match(line)
        if found:
            items.append(found.group(2))
        else:
            items[-1] += " " + line.strip()
    return f"<{tag}>{''.join(f'<li>{_task(item)}</li>' for item in items)}</{tag}>"


def _task(item: str) -> str:
    if item.startswith("[ ] "):
        return f'<label><input type="checkbox"> {render_inline(item[4:])}</label>'
    return render_inline(item)


def render_inline(text: str) -> str:
    """Code first: nothing in it is read as something else."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(part[1:-1])}</code>" if part.startswith("`") and len(part) > 2 else _emphasis(escape(part))
        for part in parts
    )


def _emphasis(text: str) -> str:
    text = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])", r"<em>\1</em>", text)
