"""Bars below each other, each under its own name, so that they fit a phone. SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from wslgpu.output.page import open_svg

WIDTH, ROW, LABEL, BAR = 360.0, 40.0, 15.0, 14.0


@dataclass(frozen=True)
class Bar:
    """`value` None: there is none, and `text` says why not."""

    name: str
    value: float | None
    text: str


def render_bars(name: str, title: str, words: str, bars: Sequence[Bar], mark: float | None = None) -> str:
    """Bars from 0. One that is far beyond all others is cut off, with an arrow. `mark`: a line across each of them."""
    known = sorted(bar.value for bar in bars if bar.value)
    full = (known or [1.0])[-1]
    if len(known) > 1 and full > 3 * known[-2]:
        full = 1.6 * known[-2]
    scale = (WIDTH - 20) / full
    height = ROW * len(bars) + 6
    parts = [open_svg(name, title, words, WIDTH, height)]
    for number, bar in enumerate(bars):
        y = ROW * number
        parts.append(f'<text x="0" y="{y + LABEL - 3:g}">{escape(bar.name)}</text>')
        parts.append(
            f'<text class="soft" x="{WIDTH:g}" y="{y + LABEL - 3:g}" text-anchor="end">{escape(bar.text)}</text>'
        )
        if bar.value is None:
            continue
        length, top = min(bar.value, full) * scale, y + LABEL + 2
        parts.append(f'<rect class="making" x="0" y="{top:g}" width="{length:.1f}" height="{BAR:g}"/>')
        if bar.value > full:
            tip = f"M{length + 3:.1f} {top:g}l12 {BAR / 2:g}l-12 {BAR / 2:g}z"
            parts.append(f'<path class="making" d="{tip}"/>')
        if mark is not None:
            line = f"M{mark * scale:.1f} {top - 2:g}v{BAR + 4:g}"
            parts.append(f'<path style="stroke:var(--ink);stroke-width:2" d="{line}"/>')
    return "".join(parts) + "</svg>"
