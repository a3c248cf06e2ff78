"""The answer of `wslgpu explain` for a person at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from shlex import join as join_posix
from subprocess import list2cmdline
from typing import Any

import click

from wslgpu.output.glyphs import Glyphs
from wslgpu.output.release_text import render_release

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
PLACES = {
    "powershell": "PowerShell",
    "powershell-admin": "PowerShell, as administrator",
    "ubuntu": "Ubuntu",
    "browser": "browser",
}


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
    for finding in document["findings"]:
        if finding["cause"] is not None:
            yield f"    {glyphs.follows} follows from it: {finding['title']}  [{finding['slug']}]"
            continue
        yield ""
        mark = click.style(getattr(glyphs, finding["status"], glyphs.unknown), fg=COLOURS.get(finding["status"]))
        yield f"{mark} {click.style(finding['title'], bold=True)}  [{finding['slug']}]"
        for remedy in finding["remedy"][:1]:
            argv = remedy["argv"]
            quoted = {"ubuntu": join_posix(argv), "browser": argv[0]}.get(remedy["where"], list2cmdline(argv))
            yield f"    {glyphs.arrow} {PLACES[remedy['where']]}: {click.style(quoted, fg='cyan')}"
    if "note" in document:
        yield document["note"]


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_value(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
