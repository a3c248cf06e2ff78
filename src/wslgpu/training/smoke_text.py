"""A smoke's result for people: the verdict in one line, the steps, the evidence, and a picture. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from wslgpu.output.glyphs import ASCII, Glyphs
from wslgpu.output.ways import WAYS
from wslgpu.training.smoke import SmokeResult
from wslgpu.training.smoke_picture import draw_timeline, draw_ways
from wslgpu.training.smoke_steps import ProofStep

WORDS = {"ok": "smoke passed", "fail": "smoke failed", "unknown": "smoke is inconclusive"}
TAIL_LINES = 12


def render_smoke(result: SmokeResult, glyphs: Glyphs = ASCII) -> str:
    """The whole report, without a newline at its end; ASCII only unless other glyphs are given."""
    lines = [f"{WORDS[result.status]}: {result.sentence}"]
    lines += [f"  [{slug}] {sentence}" for slug, sentence in result.problems]
    if result.steps:
        lines += ["", *render_steps(result.steps, glyphs)]
    if result.evidence:
        lines += ["", *render_evidence(result.evidence)]
    unicode = glyphs != ASCII
    if "fork" in result.evidence.get("timeline", {}):
        lines += ["", *draw_timeline(result.evidence["timeline"]["fork"], unicode)]
    if "comparison" in result.evidence:
        comparison = result.evidence["comparison"]
        lines += ["", *draw_ways(comparison["ways"], unicode)]
        lines += [f"  not measured: {text}" for text in comparison["unfinished"]]
    if result.status != "ok" and result.stderr_tail:
        lines += ["", "What the training wrote last:"]
        lines += ["  | " + line for line in result.stderr_tail.splitlines()[-TAIL_LINES:]]
    return "\n".join(line.rstrip() for line in lines)


def render_steps(steps: Sequence[ProofStep], glyphs: Glyphs) -> Iterator[str]:
    """A line for each step that was reached, and one for all that were not."""
    marks = {"ok": glyphs.ok, "fail": glyphs.fail, "told": glyphs.info, "skip": glyphs.skip}
    for step in steps:
        drawn = step.name == "ways" and step.status == "told"  # as bars, below
        if step.status in marks and not drawn:
            yield from wrap(f"  {marks[step.status]:<3}", f"{step.title}: {step.sentence}")
    missing = [step.title for step in steps if step.status == "unknown"]
    if missing:
        yield from wrap(f"  {glyphs.unknown:<3}", f"not reached: {'; '.join(missing)}")


def wrap(head: str, text: str) -> list[str]:
    """`text` behind `head`, and under itself where it is long."""
    return textwrap.wrap(text, 112, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)


def render_evidence(evidence: dict[str, Any]) -> list[str]:
    """Lines of `name  value`, without those that are not known."""
    lines: list[str] = []

    def say(name: str, text: str) -> None:
        lines.extend(wrap(f"  {name:<14}", text))

    if "tensorflow" in evidence:
        versions = ("TensorFlow", "tensorflow"), ("Keras", "keras"), ("numpy", "numpy"), ("Python", "python")
        say("versions", ", ".join(f"{label} {evidence[key]}" for label, key in versions))
    for run in evidence.get("kernels", ()):
        results = ", ".join(
            f"{name} on {row['device']} "
            + ("is no number" if row["difference"] is None else f"{row['difference']:.1g}")
            for name, row in run["results"].items()
        )
        say(
            "operation",
            f"{run['operation']}: {results or run.get('skipped', 'no result')} from numpy; {run['seconds']} s",
        )
    if "device" in evidence:
        say("device", evidence["device"])
        say("data", f"synthetic; one item costs {evidence['item_ms']} ms of CPU")
    if "workers" in evidence:
        workers = evidence["workers"]
        say("start method", f"{evidence['start_method']} (default of this Python: {evidence['default_start_method']})")
        pids = ", ".join(str(worker["pid"]) for worker in workers[:6]) + (", ..." if len(workers) > 6 else "")
        say("workers", f"pids {pids}; parent {evidence['main_pid']}; a new pool every epoch and set")
    for name, rate in evidence.get("batches_per_s", {}).items():
        counts, waited = evidence["deliveries"][name], evidence["timeline"][name]
        say(
            WAYS.get(name, name),
            f"{counts['training']} training and {counts['validation']} validation batches in "
            f"{evidence['seconds_of'][name]:.1f} s, {rate:.1f} a second; in the last epoch the training waited "
            f"{waited['waited_s']:.2f} of {waited['seconds']:.2f} s",
        )
    if "after_import_s" in evidence:
        say(
            "seconds",
            f"{evidence['after_import_s']:.1f} after TensorFlow's import, which took {evidence['import_s']:.1f}",
        )
    for line in evidence.get("removed_from_environment", []):
        say("not used", line)
    for note in evidence.get("notes", []):
        say("note", note)
    return lines
