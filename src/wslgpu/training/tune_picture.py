"""Who waits for whom: workers above, training below, on one axis of time. SVG, alone or in a page of HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from wslgpu.output.chart_bars import Bar, render_bars
from wslgpu.output.chart_timeline import Lane, Span, Timeline, render_timelines, tabulate, waiting_between
from wslgpu.output.page import render_code, render_figure, render_page, render_table
from wslgpu.training.tune_model import Tuning, Way
from wslgpu.training.tune_text import figures, name_way, sentence

STEPS = 24
MOST_MAKERS = 16


def render_svg(tuning: Tuning) -> str:
    """One chart for one process and one for the choice, each as long as its own last steps took."""
    return render_timelines("waiting", sentence(tuning), lay_out_ways(tuning), alone=True) + "\n"


def lay_out_ways(tuning: Tuning) -> list[Timeline]:
    """The charts of the ways that are shown."""
    return [lay_out(way, tuning.step_s or 0.0) for way in pick_ways(tuning)]


def pick_ways(tuning: Tuning) -> list[Way]:
    """One process, then the choice; whatever was measured where those were not."""
    single = [way for way in tuning.ways if way.mode == "single" and way.steps]
    chosen = [way for way in tuning.ways if tuning.choice and way == tuning.choice and way.steps and way not in single]
    return single + chosen or [way for way in tuning.ways if way.steps][:1]


def lay_out(way: Way, step_s: float) -> Timeline:
    """The last steps of a way. A step's time beyond that of a step on a batch at hand is waiting."""
    steps = way.steps[-STEPS:]
    start, end = steps[0][0], steps[-1][1]
    made = [(i, began, ended, who) for i, began, ended, who in way.made if ended >= start and began <= end]
    makers = list(dict.fromkeys(who for _, _, _, who in made))[:MOST_MAKERS]
    lanes = [
        Lane(
            f"worker {number}" if way.mode != "single" else "input",
            tuple(
                Span(max(began, start) - start, min(ended, end) - start, "making", f"batch {index}")
                for index, began, ended, who in made
                if who == maker
            ),
        )
        for number, maker in enumerate(makers, 1)
    ]
    trained, previous = [], start
    for began, ended in steps:
        at = max(ended - min(step_s, ended - began), previous)
        trained.append(Span(at - start, ended - start, "training", "step"))
        previous = ended
    title = f"{name_way(way)}: {way.rate or 0:.1f} batches a second"
    return Timeline(title, end - start, (*lanes, Lane("training", waiting_between(trained))))


def render_html(tuning: Tuning) -> str:
    """One page without anything from outside it."""
    return render_page(f"wslgpu tune: {tuning.target}", _body(tuning))


def _body(tuning: Tuning) -> Iterator[str]:
    yield f"<h1>wslgpu tune {escape(tuning.target).replace(':', ':<wbr>')}</h1>"
    yield f'<p class="verdict {"ok" if tuning.choice else "unknown"}">{escape(sentence(tuning))}</p>'
    if tuning.snippet:
        yield f"<h2>Write this</h2>{render_code(tuning.snippet)}"
    charts = lay_out_ways(tuning)
    if charts:
        title = "Who waits for whom, in the last steps of each way"
        head, rows = tabulate(charts)
        svg, table = render_timelines("waiting", sentence(tuning), charts), render_table(title, head, rows)
        yield f"<h2>Who waits for whom</h2>{render_figure('waiting', title, svg, table, wide=True)}"
    if tuning.ways:
        yield f"<h2>Inside fit</h2>{_ways(tuning)}"
    yield f"<h2>Measured</h2>{render_table('Measured', ('', ''), figures(tuning))}"
    yield from (f"<p>Note: {escape(note)}</p>" for note in tuning.notes)


def _ways(tuning: Tuning) -> str:
    bars = [
        Bar(name_way(way), way.rate, f"{way.rate:.1f}/s" if way.rate else "not measured")
        for way in tuning.ways
        if way.rate or way.why
    ]
    title = "Batches a second of each way that was tried"
    words = "; ".join(f"{bar.name}: {bar.text}" for bar in bars) + "."
    single = next((way.rate for way in tuning.ways if way.mode == "single"), None)
    rows = [
        (
            name_way(way),
            round(way.rate, 1) if way.rate else None,
            round(1 / way.predicted, 1) if way.predicted else None,
            way.why,
        )
        for way in tuning.ways
    ]
    table = render_table(title, ("way", "batches/s", "predicted", "why not"), rows)
    return render_figure("ways", title, render_bars("ways", title, words, bars, single), table)
