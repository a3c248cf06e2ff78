"""A TensorFlow release for a person at a terminal, and what of it fits this machine; a card, a Python in that form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from wslgpu.output.glyphs import Glyphs

COLOURS = {True: "green", False: "red", None: "magenta"}


def render_release(document: Mapping[str, Any], glyphs: Glyphs) -> Iterator[str]:
    """The rows, then the machine point by point, then what to install or the ways out."""
    told = document.get("tensorflow") or document.get("card") or document["part"]
    marks = {True: glyphs.ok, False: glyphs.fail, None: glyphs.unknown}
    yield click.style(told["title"], bold=True)
    yield from (f"{glyphs.info} {line}" for line in told.get("asked", ()))
    width = max(len(label) for label in told["rows"])
    for label, value in told["rows"].items():
        yield f"  {label:<{width}}  {value}"
    if told["fits"]:
        yield ""
        yield click.style("This machine", bold=True)
        for fit in told["fits"]:
            yield f"  {click.style(marks[fit['fits']], fg=COLOURS[fit['fits']])} {fit['subject']}: {fit['text']}"
    if told["requirements"] and told["suits"] is not False:
        yield ""
        yield click.style("What to install here", bold=True) + "  (`wslgpu setup` does it)"
        for line in told["requirements"]:
            yield f"  {line}"
    if told["ways_out"]:
        yield ""
        yield click.style("Ways out", bold=True)
        for way in told["ways_out"]:
            yield f"  {glyphs.arrow} {way}"
    if told["notes"]:
        yield ""
    for note in told["notes"]:
        yield f"Note: {note}"
