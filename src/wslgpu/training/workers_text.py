"""What one machine's part of a training over several showed, for people. Pure, ASCII."""

from __future__ import annotations

from wslgpu.training.smoke import SmokeResult
from wslgpu.training.smoke_text import TAIL_LINES, WORDS


def render_worker(result: SmokeResult, index: int) -> str:
    """The verdict, what else failed, and the figures; no newline at its end."""
    lines = [f"machine {index}: {WORDS[result.status]}: {result.sentence}"]
    lines += [f"  [{slug}] {sentence}" for slug, sentence in result.problems]
    told = result.evidence
    if "digests" in told:
        lines += [
            f"  weights        {', '.join(told['digests'])}",
            f"  batches        {told['fed_here']} fed here by {told['forked_workers']} forked processes, "
            f"{told['indexes_used_once']} of {told['indexes']} used once over all",
            f"  losses         together {_say(told['losses'])}",
        ]
    if "losses_alone" in told:
        lines.append(f"                 alone    {_say(told['losses_alone'])}")
    if "training_seconds" in told:
        lines.append(f"  seconds        {told['training_seconds']:.1f} of training, {told['seconds']:.1f} in all")
    if result.status != "ok" and result.stderr_tail:
        lines += ["", "What the training wrote last:"]
        lines += ["  | " + line for line in result.stderr_tail.splitlines()[-TAIL_LINES:]]
    return "\n".join(line.rstrip() for line in lines)


def _say(losses: list[float]) -> str:
    return " ".join(f"{loss:.4f}" for loss in losses)
