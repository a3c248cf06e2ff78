"""Who waits for whom: workers above, training below, on one axis of time. SVG, alone or in a page of HTML. Pure."""

from __future__ import annotations

from html import escape

from wslgpu.training.tune_model import Tuning, Way
from wslgpu.training.tune_text import figures, name_way, sentence

WIDTH, LEFT, ROW, GAP = 960, 150, 18, 5
MAKING, TRAINING, WAITING = "#4878a8", "#3f8f5f", "#d9a441"
STEPS = 24
STYLE = (
    "body{font-family:sans-serif;max-width:1000px;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{padding:3px 12px;text-align:left;border-bottom:1px solid #ddd}pre{background:#f4f4f4;padding:1em}"
)


def render_svg(tuning: Tuning) -> str:
    """One chart for one process and one for the choice, each as long as its own last steps took."""
    charts, y = [], 10.0
    for way in pick_ways(tuning):
        chart, height = draw_way(way, tuning.step_s or 0.0, y)
        charts.append(chart)
        y += height + 24
    legend = (
        f'<g transform="translate({LEFT},{y})">{_key(0, MAKING, "makes a batch")}{_key(170, TRAINING, "trains")}'
        f"{_key(290, WAITING, 'waits for a batch')}</g>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 30}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>{escape(sentence(tuning))}</title>'
        f'<rect width="100%" height="100%" fill="white"/>'
        f"{''.join(charts)}{legend}</svg>\n"
    )


def pick_ways(tuning: Tuning) -> list[Way]:
    """One process, then the choice; whatever was measured where those were not."""
    single = [way for way in tuning.ways if way.mode == "single" and way.steps]
    chosen = [way for way in tuning.ways if tuning.choice and way == tuning.choice and way not in single]
    return single + chosen or [way for way in tuning.ways if way.steps][:1]


def draw_way(way: Way, step_s: float, y: float) -> tuple[str, float]:
    """A chart as SVG text, and its height. A step's time beyond that of a step on a batch at hand is waiting."""
    steps = way.steps[-STEPS:]
    if not steps:
        return "", 0
    start, end = steps[0][0], steps[-1][1]
    scale = (WIDTH - LEFT - 20) / max(end - start, 1e-6)
    title = escape(f"{name_way(way)}: {way.rate or 0:.1f} batches a second")
    parts = [f'<text x="{LEFT}" y="{y + 10}" font-weight="bold">{title}</text>']
    y += 20
    top = y
    makers = list(dict.fromkeys(who for _, began, ended, who in way.made if ended >= start and began <= end))
    for number, maker in enumerate(makers[:16]):
        parts.append(
            f'<text x="8" y="{y + 13}">{"worker " + str(number + 1) if way.mode != "single" else "input"}</text>'
        )
        for index, began, ended, who in way.made:
            if who == maker and ended >= start and began <= end:
                parts.append(_bar(max(began, start), min(ended, end), start, scale, y, MAKING, f"batch {index}"))
        y += ROW + GAP
    parts.append(f'<text x="8" y="{y + 13}">training</text>')
    previous = start
    for began, ended in steps:
        trained = max(ended - min(step_s, ended - began), previous)
        parts.append(_bar(previous, trained, start, scale, y, WAITING, "waits"))
        parts.append(_bar(trained, ended, start, scale, y, TRAINING, "step"))
        previous = ended
    y += ROW
    length = f"{1000 * (end - start):.0f} ms"
    parts.append(f'<text x="{WIDTH - 20}" y="{y + 14}" text-anchor="end" fill="#666">{length}</text>')
    return "".join(parts), y - top + 34


def _bar(began: float, ended: float, start: float, scale: float, y: float, colour: str, name: str) -> str:
    if ended <= began:
        return ""
    x, width = LEFT + (began - start) * scale, max((ended - began) * scale, 0.5)
    return (
        f'<rect x="{x:.1f}" y="{y:.0f}" width="{width:.1f}" height="{ROW}" fill="{colour}"><title>{name}</title></rect>'
    )


def _key(x: int, colour: str, name: str) -> str:
    return f'<rect x="{x}" y="0" width="14" height="14" fill="{colour}"/><text x="{x + 20}" y="12">{name}</text>'


def render_html(tuning: Tuning) -> str:
    """One page without anything from outside it."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in figures(tuning))
    ways = "".join(
        f"<tr><td>{escape(name_way(way))}</td><td>{f'{way.rate:.1f}' if way.rate else '-'}</td>"
        f"<td>{f'{1 / way.predicted:.1f}' if way.predicted else '-'}</td><td>{escape(way.why)}</td></tr>"
        for way in tuning.ways
    )
    head = "<tr><th>way</th><th>batches/s</th><th>predicted</th><th></th></tr>"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(tuning.target)}</title><style>{STYLE}</style></head>
<body><h1>{escape(tuning.target)}</h1><p>{escape(sentence(tuning))}</p>
<h2>Who waits for whom</h2>{render_svg(tuning)}
<h2>Measured</h2><table>{rows}</table>
<h2>Inside fit</h2><table>{head}{ways}</table>
<h2>Write this</h2><pre>{escape(tuning.snippet)}</pre></body></html>
"""
