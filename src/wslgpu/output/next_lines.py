"""How to use an environment that stands. Kept light: a setup that has nothing to do says this and no more."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from wslgpu.output.glyphs import Glyphs
from wslgpu.plan.desired import UpToDate


def render_up_to_date(found: UpToDate, glyphs: Glyphs) -> str:
    """Nothing to do, and how to use what is there."""
    head = (
        f"{glyphs.ok} nothing to do: {found.folder}/.venv holds TensorFlow {found.tensorflow} "
        f"(profile {found.profile}, Python {found.python}), made from the same requirements"
    )
    return "\n".join([head, *next_lines(f"{found.folder}/.venv")]) + "\n"


def next_lines(venv: str) -> Iterator[str]:
    """The three lines that a newcomer needs next."""
    yield f"  activate it    source {quote(venv + '/bin/activate')}"
    yield f"  train          python {quote(venv + '/first_training.py')}   (a script to start from)"
    yield f"  editor         choose the interpreter {venv}/bin/python"
