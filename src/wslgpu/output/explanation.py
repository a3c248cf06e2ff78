"""The answer of `wslgpu explain` for a person at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from wslgpu.checks.model import Remedy
from wslgpu.output.glyphs import Glyphs
from wslgpu.output.release_text import render_release
from wslgpu.output.text_report import PLACES, show_command

KINDS = {
    "wsl-version": "wsl --version",
    "wsl-status": "wsl --status",
    "wsl-list": "a list of distributions",
    "windows-build": "a version of Windows",
    "kernel": "a Linux kernel or distribution",
    "nvidia-smi": "nvidia-smi",
    "wsl-error": "an error of wsl.exe",
    "tf-log": "a log of TensorFlow",
    "pip-error": "a failed installation",
    "keras-error": "a message of Keras or of the libraries under it",
}
COLOURS = {"ok": "green", "info": "blue", "warn": "yellow", "fail": "red", "unknown": "magenta"}


NOTHING_WRONG = "wslgpu sees nothing wrong in it."
NO_CAUSE = "wslgpu knows no finding for it. `wslgpu doctor` looks at the machine itself."


def render_explanation(document: Mapping[str, Any], glyphs: Glyphs) -> str:
    """Styled text; click takes the style out where the stream is no terminal."""
    parts = {
        "finding": _page,
        "codes": _codes,
        "tensorflow": render_release,
        "card": render_release,
        "part": render_release,
        "recognized": _paste,
    }
    for key, render in parts.items():
        if key in document:
            return "\n".join(render(document, glyphs)) + "\n"
    return json.dumps(document, ensure_ascii=False) + "\n"


def _page(document: Mapping[str, Any], glyphs: Glyphs) -> Iterator[str]:
    finding = document["finding"]
    yield click.style(finding["title"], bold=True)
    yield f"{finding['slug']}, usually {finding['status']}"
    yield ""
    yield finding["text"].rstrip()
    if finding["remedy"]:
        yield ""
        yield "Commands"
    for remedy in finding["remedy"]:
        yield f"  {glyphs.arrow} {_command(remedy)}"
    if finding["links"]:
        yield ""
        yield from finding["links"]


def _codes(document: Mapping[str, Any], glyphs: Glyphs) -> Iterator[str]:
    for row in document["codes"]:
        yield click.style(row["code"], bold=True)
        yield f"  {row['meaning']}"
        yield f"  {glyphs.arrow} {row['do']}"
        yield f"  Source: {row['source']} (looked at {row['checked']})"
    if len(document["findings"]) > 1:
        yield ""
        yield "What it can mean, the likeliest first:"
    for finding in document["findings"]:
        yield f"  {finding['title']}  [{finding['slug']}]"


def _paste(document: Mapping[str, Any], glyphs: Glyphs) -> Iterator[str]:
    if not document["recognized"]:
        yield "Nothing in this text is known to wslgpu." if not document["findings"] else "A message that wslgpu knows."
    for item in document["recognized"]:
        yield click.style(f"This is {KINDS.get(item['kind'], item['kind'])}:", bold=True)
        for name, value in item["facts"].items():
            if value is not None and value != []:
                yield f"  {name.replace('_', ' ')}: {_value(value)}"
        if "meaning" in item:
            yield f"  meaning: {item['meaning']}"
        if "do" in item:
            yield f"  {glyphs.arrow} {item['do']}"
    for finding in document["findings"]:
        if finding["cause"] is not None:
            yield f"    {glyphs.follows} follows from it: {finding['title']}  [{finding['slug']}]"
            continue
        yield ""
        mark = click.style(getattr(glyphs, finding["status"], glyphs.unknown), fg=COLOURS.get(finding["status"]))
        yield f"{mark} {click.style(finding['title'], bold=True)}  [{finding['slug']}]"
        for remedy in finding["remedy"][:1]:
            yield f"    {glyphs.arrow} {_command(remedy)}"
    if document["recognized"] and not document["findings"]:
        yield ""
        yield NO_CAUSE if _is_failure(document["recognized"]) else NOTHING_WRONG
    if "note" in document:
        yield document["note"]


def _is_failure(recognized: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of the texts says that something failed."""
    return any(
        item["kind"] in ("wsl-error", "pip-error", "keras-error")
        or item["facts"].get("error")
        or item["facts"].get("diagnosis", "gpu_ok") not in (None, "gpu_ok")
        for item in recognized
    )


def _command(remedy: Mapping[str, Any]) -> str:
    line = show_command(Remedy(where=remedy["where"], argv=tuple(remedy["argv"]), effect=remedy["effect"]))
    return f"{PLACES[remedy['where']]}: {click.style(line, fg='cyan')}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_value(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
