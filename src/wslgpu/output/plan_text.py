"""A plan, a refusal and an outcome as text."""

from __future__ import annotations

from collections.abc import Callable

from wslgpu.checks.catalog import slugs
from wslgpu.output.glyphs import Glyphs
from wslgpu.output.next_lines import next_lines
from wslgpu.plan.model import Install, Plan, Refusal, Step
from wslgpu.plan.sizes import spell_bytes


def render_plan(plan: Plan, describe: Callable[[Step, Plan], str]) -> str:
    """What will be done, why so, and what it costs, before anything is spent."""
    lines = [f"Plan for {plan.folder}: TensorFlow {plan.tensorflow}, profile {plan.profile}, Python {plan.python}", ""]
    lines += [f"  because  {choice}" for choice in plan.choices]
    lines += [f"  note     {note}" for note in plan.notes]
    lines += ["", *(f"  {number}. {describe(step, plan)}" for number, step in enumerate(plan.steps, 1)), ""]
    if any(isinstance(step, Install) for step in plan.steps):
        fetched = "no download" if plan.download == 0 else f"up to {spell_bytes(plan.download)} of download"
        lines.append(f"  Costs {fetched} and {spell_bytes(plan.disk)} of disk; installed with {plan.installer}.")
    return "\n".join(lines) + "\n"


def render_refusal(refusal: Refusal, glyphs: Glyphs) -> str:
    """Why not, and the ways out."""
    slug = f"  [{refusal.slug}]" if refusal.slug in slugs() else ""
    ways = (f"  {glyphs.arrow} {way}" for way in refusal.ways)
    return "\n".join([f"{glyphs.fail} {refusal.why}{slug}", *ways]) + "\n"


def render_done(
    plan: Plan, glyphs: Glyphs, *, venv: str, packages: int, proof: str | None, set_aside: str | None, freed: int
) -> str:
    """What stands there now, the proof (its sentence), and the next three lines."""
    proved = f"smoke passed: {proof}" if proof else "not proved (--no-smoke); `wslgpu smoke` does that"
    lines = [
        f"{glyphs.ok} TensorFlow {plan.tensorflow} ({plan.profile}) with {packages} packages in {venv}",
        f"{glyphs.ok if proof else glyphs.info} {proved}",
    ]
    if set_aside:
        lines.append(f"{glyphs.info} what stood there is at {set_aside}; remove it when you no longer need it")
    if freed:
        lines.append(f"{glyphs.info} {spell_bytes(freed)} of older environments were removed")
    return "\n".join([*lines, *next_lines(venv)]) + "\n"
