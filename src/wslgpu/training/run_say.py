"""What `wslgpu run` says of a finding: the name, the stacks, what to do, where to read on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wslgpu.checks.catalog import load_doc
from wslgpu.training.events import Event

INPUT_TOLD_FROM_S = 5.0
INPUT_BOUND = 0.5  # of the time between the first and the last batch; told, never judged


def render_finding(event: Event) -> str:
    """One finding as the lines that a user sees."""
    return "\n".join(
        [f"[{event['slug']}] {event['sentence']}", *render_stacks(event), *render_more(str(event["slug"]))]
    )


def render_more(slug: str) -> list[str]:
    """What to do and where to read on; nothing where the finding has no page."""
    try:
        text = load_doc(slug).text
    except (KeyError, ValueError, FileNotFoundError):
        return []
    remedy = " ".join(text.partition("## Mend it\n")[2].partition("\n## ")[0].split())
    return [*[f"What to do: {remedy}"] * bool(remedy), f"More: wslgpu explain {slug}"]


def render_stacks(event: Mapping[str, Any]) -> list[str]:
    """The Python stacks of a finding, the training process first: where each stands, and the user's own lines."""
    lines = []
    for pid, dump in event.get("stacks", {}).items():
        lines.append(f"  process {pid} ({'the training' if pid == str(event['pid']) else 'worker'}) stands in")
        lines += [f"    {line}" for line in pick_frames(dump)] or ["    no Python code that could be read"]
    return lines


def pick_frames(dump: str) -> list[str]:
    """Of a faulthandler dump's main thread (its last): the innermost frame, and all that are not a library's."""
    frames = [line.strip() for line in dump.strip().split("\n\n")[-1].splitlines() if line.strip().startswith("File ")]
    own = [f for f in frames[1:] if not any(mark in f for mark in ("/site-packages/", "/lib/python", "/bootstrap/"))]
    return frames[:1] + own


def judge_input(event: Event) -> str:
    """What to say of a training that mostly waited for its batches; nothing where it did not, or was too short."""
    waited, used = float(event["waited_s"]), float(event["used_s"])
    total = waited + used
    if event["batches"] < 20 or total < INPUT_TOLD_FROM_S or waited < INPUT_BOUND * total:
        return ""
    return (
        f"fit waited {waited:.1f} of {total:.1f} s ({100 * waited / total:.0f} %) for its"
        f" {event['batches']} batches; more workers or a cheaper __getitem__ would help, a faster GPU would not"
    )
