"""Who worked when: one lane for each worker and one for the training, on one axis of time. SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from wslgpu.output.page import CHARTS, COLOURS, open_svg

WIDTH, LEFT, RIGHT, ROW, GAP, HEAD = 720.0, 84.0, 12.0, 18.0, 6.0, 26.0
Doing = Literal["making", "training", "waiting"]
WORDS: dict[Doing, str] = {"making": "makes a batch", "training": "trains", "waiting": "waits for a batch"}
MOST_LANES = 17


@dataclass(frozen=True)
class Span:
    """From `began` to `ended` seconds on the chart's axis; `label` is shown when it is pointed at."""

    began: float
    ended: float
    doing: Doing
    label: str


@dataclass(frozen=True)
class Lane:
    """One process, thread, or the training."""

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Timeline:
    """Lanes over `seconds`, from 0."""

    title: str
    seconds: float
    lanes: tuple[Lane, ...]

    def busy(self, lane: Lane, doing: Doing) -> float:
        """Seconds that a lane spent so."""
        return sum(span.ended - span.began for span in lane.spans if span.doing == doing)


def waiting_between(busy: Sequence[Span]) -> tuple[Span, ...]:
    """The spans of a training, and between them its waiting."""
    spans: list[Span] = []
    done = 0.0
    for span in busy:
        if span.began > done:
            spans.append(Span(done, span.began, "waiting", "waits"))
        spans.append(span)
        done = max(done, span.ended)
    return tuple(spans)


def render_timelines(name: str, title: str, charts: Sequence[Timeline], *, alone: bool = False) -> str:
    """The charts below each other, each with an axis of its own. `alone`: a file of its own, with its colours."""
    parts, y = [], 4.0
    for chart in charts:
        part, height = _chart(chart, y)
        parts.append(part)
        y += height + 14
    svg = open_svg(name, title, describe(charts), WIDTH, y + 22)
    if alone:
        svg += f'<style>{COLOURS}{CHARTS}</style><rect width="100%" height="100%" style="fill:var(--paper)"/>'
    return f"{svg}{''.join(parts)}{_legend(y)}</svg>"


def describe(charts: Sequence[Timeline]) -> str:
    """What there is to see, for who does not see it."""
    lines = []
    for chart in charts:
        lanes = ", ".join(
            f"{lane.name} {WORDS[doing]} for {chart.busy(lane, doing):.2f} s"
            for lane in chart.lanes
            for doing in WORDS
            if chart.busy(lane, doing)
        )
        lines.append(f"{chart.title}, {chart.seconds:.2f} s: {lanes}.")
    return " ".join(lines)


def tabulate(charts: Sequence[Timeline]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Head and rows of the table beside: seconds of each lane."""
    head = ("way", "who", *(f"{words}, s" for words in WORDS.values()), "of, s")
    rows = [
        (chart.title, lane.name, *(round(chart.busy(lane, doing), 3) for doing in WORDS), round(chart.seconds, 3))
        for chart in charts
        for lane in chart.lanes
    ]
    return head, rows


def _chart(chart: Timeline, y: float) -> tuple[str, float]:
    scale = (WIDTH - LEFT - RIGHT) / max(chart.seconds, 1e-6)
    parts = [f'<text x="{LEFT:g}" y="{y + 13:g}" font-weight="bold">{escape(chart.title)}</text>']
    top = y
    y += HEAD
    for lane in chart.lanes[:MOST_LANES]:
        parts.append(f'<text x="4" y="{y + 13:g}">{escape(lane.name)}</text>')
        parts += [_bar(span, scale, y) for span in lane.spans if span.ended > span.began]
        y += ROW + GAP
    parts.append(f'<path class="axis" d="M{LEFT:g} {y:g}H{WIDTH - RIGHT:g}"/>')
    parts.append(f'<text class="soft" x="{LEFT:g}" y="{y + 14:g}">0</text>')
    end = f"{1000 * chart.seconds:.0f} ms"
    parts.append(f'<text class="soft" x="{WIDTH - RIGHT:g}" y="{y + 14:g}" text-anchor="end">{end}</text>')
    return "".join(parts), y + 18 - top


def _bar(span: Span, scale: float, y: float) -> str:
    x, width = LEFT + span.began * scale, max((span.ended - span.began) * scale - 0.5, 0.5)
    # Waiting is hollow, so that it is told apart without its colour, too.
    inset = 4.0 if span.doing == "waiting" else 0.0
    return (
        f'<rect class="{span.doing}" x="{x:.1f}" y="{y + inset:.0f}" width="{width:.1f}" '
        f'height="{ROW - 2 * inset:g}"><title>{escape(span.label)}</title></rect>'
    )


def _legend(y: float) -> str:
    parts = []
    for number, (doing, words) in enumerate(WORDS.items()):
        x = LEFT + 150 * number
        parts.append(f'<rect class="{doing}" x="{x:g}" y="{y + 3:g}" width="14" height="12"/>')
        parts.append(f'<text x="{x + 20:g}" y="{y + 13:g}">{words}</text>')
    return "".join(parts)
