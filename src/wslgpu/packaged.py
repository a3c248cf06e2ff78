"""Where the files lie that travel with wslgpu: templates, provisioning scripts, the words of the findings.

In a wheel they stand inside the package; in a checkout and in an editable install they stand at the top level, so
that people find them where they look for them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = {"templates": "templates", "provision": "provision", "findings": "docs/findings", "source": "."}


@cache
def packaged_folder(name: str) -> Path:
    """`templates`, `provision`, `findings`, or `source` (pyproject.toml and its like).

    FileNotFoundError when the installation lacks it.
    """
    inside = _PACKAGE / "_packaged" / name
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent.parent / _CHECKOUT[name]
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"this installation of wslgpu lacks its folder {name!r} (looked at {inside} and {beside})")
