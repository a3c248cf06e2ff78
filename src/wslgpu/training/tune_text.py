"""A tuning for people, and as JSON. ASCII only. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from wslgpu.checks.catalog import fill, load_doc
from wslgpu.output.report import DOCS
from wslgpu.training.audit_text import MARKS, section
from wslgpu.training.tune_model import Tuning, Way

NAMES = {
    "single": "one process",
    "threads": "{n} threads",
    "feed": "fork_feed, {n} workers",
    "fork": "Keras' fork, {n} workers",
}


def name_way(way: Way) -> str:
    """A way in words."""
    return NAMES[way.mode].format(n=way.workers)


def render_tuning(tuning: Tuning) -> str:
    """The whole answer, without a newline at its end."""
    lines = [f"{tuning.target}: {sentence(tuning)}", ""]
    lines += [f"  {name:<22} {value}" for name, value in figures(tuning)]
    if tuning.ways:
        lines += ["", f"  {'inside fit':<26} {'batches/s':>10} {'predicted':>10}"]
    for way in tuning.ways:
        rate = f"{way.rate:.1f}" if way.rate else "-"
        expected = f"{1 / way.predicted:.1f}" if way.predicted else "-"
        mark = (
            "  <- take this"
            if tuning.choice and (way.mode, way.workers) == (tuning.choice.mode, tuning.choice.workers)
            else ""
        )
        lines.append(f"  {name_way(way):<26} {rate:>10} {expected:>10}{mark}{'' if way.rate else '  ' + way.why[:90]}")
    for slug, status, words in tuning.findings:
        title = load_doc(slug).title
        shown = {name: value for name, value in words.items() if "{" + name + "}" not in title}
        seen = ", ".join(value if name == "where" else f"{name} {value}" for name, value in shown.items())
        lines += ["", f"{MARKS[status]} {fill(title, words)}" + (f" ({seen})" if seen else ""), f"    {slug}"]
        if status == "fail":
            mend = section(slug, "Mend it")
            lines += textwrap.wrap(mend, 100, initial_indent="    mend: ", subsequent_indent="          ")
    lines += [f"note: {note}" for note in tuning.notes]
    if tuning.snippet:
        lines += ["", *("    " + line for line in tuning.snippet.splitlines())]
    if tuning.choice is None and tuning.output_tail and not fails(tuning):
        lines += ["", "What the code wrote last:", *("  | " + line for line in tuning.output_tail.splitlines()[-12:])]
    return "\n".join(line.rstrip() for line in lines).rstrip()


def fails(tuning: Tuning) -> bool:
    """Whether something is to be mended before anything can be measured."""
    return any(status == "fail" for _, status, _ in tuning.findings)


def sentence(tuning: Tuning) -> str:
    """The answer in one line."""
    if fails(tuning):
        return "it cannot be tuned as it is"
    if tuning.choice is None:
        return "nothing could be measured"
    gain = f", {tuning.gain:.2g} times one process" if tuning.gain and tuning.choice.mode != "single" else ""
    if tuning.bound == "compute":
        return f"the training waits for the step, not for data; {name_way(tuning.choice)} is enough"
    waits = "the training waits for data; " if tuning.bound == "input" else ""
    return f"{waits}take {name_way(tuning.choice)} ({tuning.choice.rate:.1f} batches a second{gain})"


def figures(tuning: Tuning) -> Iterator[tuple[str, str]]:
    """What was measured, name by name."""
    if tuning.get_s is not None and tuning.cpu_s is not None:
        share = 100 * tuning.cpu_s / tuning.get_s if tuning.get_s else 0
        yield "a batch", f"{1000 * tuning.get_s:.2f} ms ({share:.0f} % of it CPU), {_size(tuning.batch_bytes or 0)}"
    if tuning.step_s is not None:
        whose = "" if tuning.own_model else " (no --model: a step that does nothing)"
        yield "a step", f"{1000 * tuning.step_s:.2f} ms{whose}"
    if tuning.pipe_s is not None:
        yield "through a pipe", f"{1000 * tuning.pipe_s:.2f} ms a batch"
    if tuning.cores is not None:
        yield "cores", str(tuning.cores)
    if tuning.versions.get("tensorflow"):
        yield "TensorFlow, Keras", f"{tuning.versions['tensorflow']}, {tuning.versions['keras']}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def as_document(tuning: Tuning, version: str, code: int) -> dict[str, Any]:
    """The tuning as the JSON value `wslgpu-tune/1`; times in seconds, sizes in bytes, rates in batches a second."""
    choice = tuning.choice
    return {
        "schema": "wslgpu-tune/1",
        "tool": {"name": "wslgpu", "version": version},
        "target": tuning.target,
        "verdict": sentence(tuning),
        "bound": tuning.bound,
        "choice": None
        if choice is None
        else {"mode": choice.mode, "workers": choice.workers, "queue": tuning.queue, "rate": choice.rate},
        "gain": tuning.gain,
        "snippet": tuning.snippet,
        "figures": {
            "batch_s": tuning.get_s,
            "batch_cpu_s": tuning.cpu_s,
            "batch_bytes": tuning.batch_bytes,
            "step_s": tuning.step_s,
            "pipe_s": tuning.pipe_s,
            "cores": tuning.cores,
            "own_model": tuning.own_model,
        },
        "versions": dict(tuning.versions),
        "ways": [
            {
                "mode": way.mode,
                "workers": way.workers,
                "rate": way.rate,
                "others": way.others,
                "predicted_s": way.predicted,
                "why": way.why,
            }
            for way in tuning.ways
        ],
        "findings": [
            {
                "slug": slug,
                "status": status,
                "title": fill(load_doc(slug).title, words),
                "evidence": dict(words),
                "doc": f"{DOCS}/{slug}.md",
            }
            for slug, status, words in tuning.findings
        ],
        "notes": list(tuning.notes),
        "seconds": round(tuning.seconds, 3),
        "exit_code": code,
    }
