"""The second half of `wslgpu setup`: a plan is shown, agreed to, done and proved, and what came of it is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wslgpu.cli import exit_codes
from wslgpu.errors import UserError

if TYPE_CHECKING:
    from wslgpu.apply.model import Proof, Prove, StepFailed
    from wslgpu.plan.model import Plan, Profile, Refusal

SMOKE_DEADLINE_S = 600.0


def show_and_apply(plan: Plan, *, only_plan: bool, yes: bool) -> int:
    """Show a plan, ask, do it, and say what stands there now."""
    from wslgpu.apply.model import StepFailed
    from wslgpu.apply.setup import apply_plan, describe
    from wslgpu.output.plan_text import render_plan
    from wslgpu.output.progress import progress_for_stderr

    text = render_plan(plan, describe)
    if only_plan:
        click.echo(text, nl=False)
        return exit_codes.OK
    click.echo(text, err=True)
    if not yes:
        agree()
    try:
        done = apply_plan(plan, progress_for_stderr(), prove_with(plan.profile))
    except StepFailed as failure:
        from wslgpu.apply.diagnose import diagnose

        return tell_failure(diagnose(failure, plan.variables, plan.folder, offline=plan.offline))
    from wslgpu.output.glyphs import glyphs_for
    from wslgpu.output.plan_text import render_done

    click.echo(
        render_done(
            plan,
            glyphs_for(sys.stdout.encoding),
            venv=done.venv,
            packages=done.packages,
            proof=done.proof.sentence if done.proof else None,
            set_aside=done.set_aside,
            freed=done.freed,
        ),
        nl=False,
    )
    return exit_codes.OK


def agree() -> None:
    """Ask; without a terminal nothing can be asked, so the flag that agrees is named."""
    if not sys.stdin.isatty():
        raise UserError("nobody is here to agree to this plan; add --yes to agree, or --plan to see it only")
    if not click.confirm("Do this?", default=True, err=True):
        raise click.Abort


def prove_with(profile: Profile) -> Prove:
    """The smoke, as the proof that apply asks for."""

    def prove(python: Path, tell: Callable[[str], None]) -> Proof:
        from wslgpu.apply.model import Proof
        from wslgpu.training.smoke import run_smoke
        from wslgpu.training.smoke_evidence import DRAWN

        result = run_smoke(python, want_device=profile, deadline_s=SMOKE_DEADLINE_S, on_progress=tell)
        kept = {name: value for name, value in result.evidence.items() if name not in DRAWN}
        return Proof(result.status == "ok", result.sentence, kept)

    return prove


def tell_refusal(refusal: Refusal) -> int:
    """Why not and the ways out, on stderr; the exit code."""
    from wslgpu.output.glyphs import glyphs_for
    from wslgpu.output.plan_text import render_refusal

    click.echo(render_refusal(refusal, glyphs_for(sys.stderr.encoding)), nl=False, err=True)
    return exit_codes.USAGE if refusal.usage else exit_codes.FAILED


def tell_failure(failure: StepFailed) -> int:
    """Which step, why, what the tool said, and the ways out; on stderr, exit 1."""
    from wslgpu.output.glyphs import glyphs_for

    glyphs = glyphs_for(sys.stderr.encoding)
    if failure.tail:
        click.echo("\n".join(f"    {line}" for line in failure.tail.splitlines()), err=True)
    slug = f"  [{failure.slug}]" if failure.slug else ""
    click.echo(f"{glyphs.fail} {failure.step} failed: {failure.why}{slug}", err=True)
    for way in failure.ways:
        click.echo(f"  {glyphs.arrow} {way}", err=True)
    if failure.slug:
        click.echo(f"  {glyphs.arrow} wslgpu explain {failure.slug}", err=True)
    return exit_codes.FAILED
