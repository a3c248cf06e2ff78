"""A smoke as one HTML page: the verdict, the steps, and what is better looked at than read. Pure: its JSON in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from wslgpu.output.chart_bars import Bar, render_bars
from wslgpu.output.chart_losses import Curve, render_losses
from wslgpu.output.chart_losses import tabulate as tabulate_losses
from wslgpu.output.chart_timeline import Lane, Span, Timeline, render_timelines, waiting_between
from wslgpu.output.chart_timeline import tabulate as tabulate_timelines
from wslgpu.output.page import render_code, render_figure, render_page, render_table
from wslgpu.output.ways import WAYS

WORDS = {"ok": "smoke passed", "fail": "smoke failed", "unknown": "smoke is inconclusive"}
STEP_WORDS = {"ok": "holds", "fail": "fails", "told": "measured", "skip": "left out", "unknown": "not reached"}
Document = Mapping[str, Any]


def render_html(document: Document) -> str:
    """`document`: as docs/smoke.schema.json describes it, of a smoke that may have stopped anywhere."""
    return render_page("wslgpu smoke", _body(document))


def _body(document: Document) -> Iterator[str]:
    evidence, status = document["evidence"], document["status"]
    yield f"<h1>wslgpu smoke {escape(document['tool']['version'])}</h1>"
    yield f'<p class="verdict {status}"><b class="{status}">{WORDS[status]}</b>: {escape(document["verdict"])}</p>'
    if document["problems"]:
        problems = document["problems"]
        if [p["sentence"] for p in problems] != [document["verdict"]]:  # said already
            rows = (f"<li>{escape(p['sentence'])} <code>{escape(p['slug'])}</code></li>" for p in problems)
            yield f"<ul>{''.join(rows)}</ul>"
        each = " of each" if len(problems) > 1 else ""
        yield f"<p>More{each}: <code>wslgpu explain {escape(problems[0]['slug'])}</code></p>"
    if evidence.get("synthetic"):
        yield '<p class="soft">The data is synthetic: noisy pictures of stripes, to be told apart by direction.</p>'
    yield from _steps(document["steps"])
    if {"single", "fork"} <= set(evidence.get("batch_losses", {})):
        yield _losses(evidence)
    if evidence.get("timeline"):
        yield _timeline(evidence)
    if "comparison" in evidence:
        yield from _comparison(evidence["comparison"])
    yield from _machine(evidence)
    if document["stderr_tail"]:
        yield f"<h2>What the training wrote last</h2>{render_code(document['stderr_tail'])}"


def _steps(steps: Sequence[Document]) -> Iterator[str]:
    if not steps:
        return
    yield "<h2>What was shown</h2>"
    # Said in roles, too: on a phone the rows are set as blocks, and some browsers then no longer tell of a table.
    rows = "".join(
        f'<tr role="row"><th role="rowheader" scope="row">{escape(step["title"])}</th><td role="cell">'
        f'<b class="{step["status"]}">{STEP_WORDS[step["status"]]}</b></td>'
        f'<td role="cell">{escape(_seen(step))}</td></tr>'
        for step in steps
    )
    head = '<tr><th scope="col">step</th><th scope="col">outcome</th><th scope="col">seen</th></tr>'
    yield f'<table class="steps" role="table"><thead>{head}</thead><tbody role="rowgroup">{rows}</tbody></table>'


def _seen(step: Document) -> str:
    """What is not in the outcome's words already."""
    return "" if step["sentence"] == STEP_WORDS[step["status"]] else str(step["sentence"])


def _losses(evidence: Document) -> str:
    below, above = (
        Curve(words, tuple(evidence["batch_losses"][name]), tuple(evidence["validation_losses"][name]))
        for name, words in WAYS.items()
    )
    losses = [evidence["losses"][name] for name in WAYS]
    difference = evidence.get("largest_loss_difference")
    said = "cannot be compared" if difference is None else f"differ by at most {difference:.2g}"
    said = "are the same" if difference == 0 else said
    words = (
        f"The loss of each training batch falls from {below.batches[0] if below.batches else 0:.2f} to "
        f"{below.batches[-1] if below.batches else 0:.3f}. The losses of the epochs {said}; "
        f"{evidence.get('loss_tolerance', 0):g} is allowed."
    )
    head = ("epoch", "one process", "through fork", "one process, validation", "through fork, validation")
    rows = tabulate_losses(below, above, losses)
    return "<h2>The same losses in both ways</h2>" + render_figure(
        "losses",
        f"Loss of each batch, both ways laid over each other: they {said}",
        render_losses("losses", "Losses of both ways", words, below, above),
        render_table("Losses of each epoch", head, rows),
    )


def _timeline(evidence: Document) -> str:
    charts = [lay_out(WAYS[name], evidence["timeline"][name], name == "fork") for name in evidence["timeline"]]
    title = "The last epoch: who made batches, who trained, who waited"
    head, rows = tabulate_timelines(charts)
    svg, table = render_timelines("timeline", title, charts), render_table(title, head, rows)
    return f"<h2>Who waited for whom</h2>{render_figure('timeline', title, svg, table, wide=True)}"


def lay_out(title: str, timeline: Document, forked: bool) -> Timeline:
    """A lane for each process that made batches, and one for the training."""
    batches = timeline["batches"]
    lanes = [
        Lane(
            f"worker {number}" if forked else "input",
            tuple(
                Span(batch["began_s"], batch["ended_s"], "making", f"batch {batch['index']} by {pid}")
                for batch in batches
                if batch["pid"] == pid
            ),
        )
        for number, pid in enumerate(dict.fromkeys(batch["pid"] for batch in batches), 1)
    ]
    steps = [
        Span(batch["arrived_s"], batch["done_s"], "training", f"step of batch {batch['index']}") for batch in batches
    ]
    return Timeline(title, timeline["seconds"], (*lanes, Lane("training", waiting_between(steps))))


def _comparison(comparison: Document) -> Iterator[str]:
    ways = comparison["ways"]
    bars = [
        Bar(
            way["title"],
            way["rate"],
            f"{way['rate']:.0f}/s, {way['ratio']:.2f} times{'' if way['in_order'] else ', order lost'}"
            if way["rate"] and way["ratio"]
            else "not measured",
        )
        for way in ways
    ]
    single = next((way["rate"] for way in ways if way["name"] == "single"), None)
    words = "; ".join(f"{bar.name}: {bar.text}" for bar in bars) + ". The line across is one process."
    title = "Batches a second inside the same fit, and as ratio to one process"
    head = ("way", "batches/s", "ratio", "first batch, s", "workers", "in order", "why not")
    rows = [
        (
            way["title"],
            way["rate"],
            way["ratio"],
            way["first_batch_s"],
            way["workers"],
            {True: "yes", False: "no"}.get(way["in_order"], ""),
            way["why_not"],
        )
        for way in ways
    ]
    yield "<h2>The ways side by side</h2>"
    yield (
        f"<p>An item costs {comparison['item_ms']} ms of CPU here. This is measured and decides nothing: your items "
        "differ, and <code>wslgpu tune</code> measures those.</p>"
    )
    yield render_figure("ways", title, render_bars("ways", title, words, bars, single), render_table(title, head, rows))
    memory = comparison["in_memory"]
    if memory.get("prepare_s"):
        yield (
            f"<p>To keep all in memory on {escape(str(memory['device']))}, every batch was made first: "
            f"{memory['prepare_s']:.1f} s, once, and only for data that fits.</p>"
        )
    if comparison["start_methods"]:
        yield _starts(comparison["start_methods"])
    if comparison["memory"]:
        yield _memory(comparison["memory"])
    if comparison["unfinished"]:
        yield f"<p>Not measured: {escape('; '.join(comparison['unfinished']))}.</p>"


def _starts(methods: Sequence[Document]) -> str:
    bars = [
        Bar(m["name"], m["first_batch_s"], f"{m['first_batch_s']:.2f} s" if m["first_batch_s"] else "not measured")
        for m in methods
    ]
    title = "Seconds to the first batch of an epoch, by start method"
    words = "; ".join(f"{bar.name}: {bar.text}" for bar in bars) + ". Keras makes its workers anew for each epoch."
    rows = [(m["name"], m["first_batch_s"], m["why_not"]) for m in methods]
    table = render_table(title, ("start method", "seconds", "why not"), rows)
    return "<h2>What a start costs</h2>" + render_figure(
        "starts", title, render_bars("starts", title, words, bars), table
    )


def _memory(cases: Sequence[Document]) -> str:
    bars = [
        Bar(
            f"{case['title']} ({case['held_mib']:.0f} MiB)" if case["held_mib"] else case["title"],
            case["own_mib"],
            f"{case['own_mib']:.0f} MiB{', ' + case['outcome'] if case['outcome'] else ''}"
            if case["own_mib"] is not None
            else "not told",
        )
        for case in cases
    ]
    title = "Memory that a worker shares with nobody, by what its Sequence holds"
    words = "; ".join(f"{bar.name}: {bar.text}" for bar in bars) + "."
    head = (
        "held",
        "start method",
        "held, MiB",
        "own, MiB",
        "outcome",
        "PSS of the workers, MiB",
        "PSS of the training",
    )
    rows = [
        (
            case["title"],
            case["start_method"],
            case["held_mib"],
            case["own_mib"],
            case["outcome"],
            ", ".join(f"{worker['pss_mib']:g}" for worker in case["workers"]),
            case["main"]["pss_mib"],
        )
        for case in cases
    ]
    return "<h2>What a large object costs</h2>" + render_figure(
        "memory", title, render_bars("memory", title, words, bars), render_table(title, head, rows)
    )


def _machine(evidence: Document) -> Iterator[str]:
    names = {
        "device": "device",
        "tensorflow": "TensorFlow",
        "keras": "Keras",
        "numpy": "numpy",
        "python": "Python",
        "start_method": "start method",
        "default_start_method": "default of this Python",
        "item_ms": "an item, ms of CPU",
        "import_s": "import of TensorFlow, s",
        "after_import_s": "after that, s",
    }
    rows = [(label, evidence[name]) for name, label in names.items() if name in evidence]
    rows += [
        (f"batches a second, {WAYS.get(name, name)}", rate) for name, rate in evidence.get("batches_per_s", {}).items()
    ]
    rows += [("not used", line) for line in evidence.get("removed_from_environment", ())]
    rows += [("note", note) for note in evidence.get("notes", ())]
    if rows:
        yield f"<h2>On what</h2>{render_table('On what', ('', ''), rows)}"
