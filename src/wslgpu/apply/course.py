"""How far an installer is, for whoever waits: what it said so far, and how much it has written."""

from __future__ import annotations

import re

from wslgpu.plan.sizes import read_bytes, spell_bytes

# uv's words where stderr is no terminal: a line as a large file begins, one as it is there, none in between.
BEGUN = re.compile(r"^ *Downloading (\S+)(?: \(download\))? \(([\d.]+ ?[KMGT]?i?B)\)", re.MULTILINE)
THERE = re.compile(r"^ *Downloaded (\S+)", re.MULTILINE)
NAMED = 2


def describe_course(said: bytes, written: int | None) -> str:
    """One line; "" where nothing is known. `written`: bytes, unpacked ones where the installer unpacks as it loads."""
    parts = [_describe_downloads(said.decode("utf-8", "replace"))]
    if written is not None and written >= 1_000_000:
        parts.append(f"{spell_bytes(written)} written to the disk")
    return "; ".join(filter(None, parts))


def _describe_downloads(said: str) -> str:
    sizes = {name: read_bytes(size) for name, size in BEGUN.findall(said)}
    if not sizes:
        return ""
    there = {name for name in THERE.findall(said) if name in sizes}
    total = spell_bytes(sum(sizes.values()))
    coming = sorted((name for name in sizes if name not in there), key=lambda name: -sizes[name])
    if not coming:
        return f"all {total} downloaded"
    named = ", ".join(f"{name} ({spell_bytes(sizes[name])})" for name in coming[:NAMED])
    more = f" and {len(coming) - NAMED} more" if len(coming) > NAMED else ""
    return f"{spell_bytes(sum(sizes[name] for name in there))} of {total} downloaded, on the way: {named}{more}"
