"""The one HTML page that every report is: self-contained; light and dark, for a phone, a printer, a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

# Colours by what they mean. The light ones have at least 4.5:1 on white, the dark ones on #14161a (WCAG 2.2, 1.4.3).
LIGHT = (
    "--ink:#1b1d21;--paper:#fff;--soft:#565b63;--line:#c9cdd3;--box:#f2f4f6;--link:#0b5cad;--making:#2f6ba8;"
    "--training:#1c7449;--waiting:#9a5b00;--ok:#1c7449;--fail:#b00020;--warn:#8a5300;--unknown:#6a1b9a"
)
DARK = (
    "--ink:#e6e8eb;--paper:#14161a;--soft:#a5abb4;--line:#3d434c;--box:#20242a;--link:#8ab8ee;--making:#6ea8e0;"
    "--training:#58bd89;--waiting:#e0a440;--ok:#58bd89;--fail:#ff8a94;--warn:#e0a440;--unknown:#cf9be8"
)
COLOURS = f":root{{color-scheme:light dark;{LIGHT}}}@media(prefers-color-scheme:dark){{:root{{{DARK}}}}}"
CHARTS = """
svg text{fill:var(--ink);font-family:system-ui,sans-serif}
svg .soft{fill:var(--soft)} svg .axis{stroke:var(--line);fill:none}
svg .making{fill:var(--making)} svg .training{fill:var(--training)}
svg .waiting{fill:none;stroke:var(--waiting);stroke-width:1.5}
"""
STYLE = f"""
{COLOURS}
body{{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;
margin:0 auto;padding:1rem;overflow-wrap:break-word}}
h1{{font-size:1.6rem;line-height:1.25}} h2{{font-size:1.2rem;margin-top:2rem}}
a{{color:var(--link)}} :focus-visible{{outline:3px solid var(--link);outline-offset:2px}}
section.finding{{border-left:4px solid;padding:0 1rem;margin:1rem 0}} section.finding h2{{margin-top:0}}
section.fail{{border-color:var(--fail)}} section.warn{{border-color:var(--warn)}}
section.unknown{{border-color:var(--unknown)}}
.verdict{{border-left:4px solid;padding:.25rem 1rem;font-size:1.1rem}}
.verdict.ok{{border-color:var(--ok)}} .verdict.fail{{border-color:var(--fail)}}
.verdict.unknown{{border-color:var(--unknown)}}
b.ok{{color:var(--ok)}} b.fail{{color:var(--fail)}} b.warn{{color:var(--warn)}} b.unknown{{color:var(--unknown)}}
code,pre{{font-family:ui-monospace,monospace;font-size:.9rem}}
pre{{overflow-x:auto;background:var(--box);padding:.6rem}} code{{overflow-wrap:anywhere}}
pre code{{overflow-wrap:normal}}
table{{border-collapse:collapse;font-size:.95rem}}
th,td{{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line)}}
td.number{{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}}
figure{{margin:1.5rem 0}} figcaption{{margin-bottom:.5rem}} figure svg{{display:block;width:100%;height:auto}}
figure.narrow svg{{max-width:34rem}} .scroll{{overflow-x:auto}} figure .scroll svg{{min-width:40rem}}
summary{{cursor:pointer;padding:.4rem 0}} .soft{{color:var(--soft)}}
{CHARTS}
@media(max-width:40rem){{table.steps thead{{display:none}} table.steps tr{{display:block;padding:.4rem 0;
border-bottom:1px solid var(--line)}} table.steps :is(th,td){{display:inline;border:0;
padding:0}} table.steps th{{padding-right:.6rem}} table.steps td+td{{display:block}}}}
@media print{{:root{{{LIGHT}}} body{{max-width:none}} figure,section.finding{{break-inside:avoid}}}}
"""


def render_page(title: str, body: Iterable[str], *, style: str = "") -> str:
    """The whole page around `body`, which is HTML already; `title` is text. `style`: rules of this page alone."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head><body><main>",
            *body,
            "</main></body></html>\n",
        ]
    )


def render_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of text and numbers; numbers are set to the right. The first cell of a row is its head.

    `head` of empty names: a list of names and values, without a line above.
    """
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    heads = f"<thead><tr>{heads}</tr></thead>" if any(head) else ""
    lines = [
        f'<tr><th scope="row">{escape(str(row[0]))}</th>{"".join(_cell(value) for value in row[1:])}</tr>'
        for row in rows
    ]
    label = escape(f"{caption}, as a table", quote=True)
    # A table wider than a phone is moved inside its own box, by the keyboard too.
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>{heads}'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<td class="number">{value}</td>'
    return f"<td>{escape('' if value is None else str(value))}</td>"


def render_code(text: str) -> str:
    """Lines to copy. What is too wide for a phone is reached by the keyboard, too."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def render_figure(name: str, title: str, svg: str, table: str, *, wide: bool = False) -> str:
    """A picture with its words, and the same as a table, folded. A wide one scrolls sideways on a phone."""
    caption = escape(title)
    if wide:
        label = escape(title, quote=True)
        svg = f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{svg}</div>'
    return (
        f'<figure id="{name}" class="{"wide" if wide else "narrow"}"><figcaption><b>{caption}</b></figcaption>{svg}'
        f"<details><summary>The same as a table</summary>{table}</details></figure>"
    )


def open_svg(name: str, title: str, words: str, width: float, height: float) -> str:
    """The beginning of a picture that a screen reader reads as one: its title, and what is to be seen in it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-size="12" role="img" '
        f'aria-labelledby="{name}-title {name}-words"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-words">{escape(words)}</desc>'
    )
