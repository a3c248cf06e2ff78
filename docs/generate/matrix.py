"""The compatibility matrix as tables, made from the data that setup and doctor decide by."""

from __future__ import annotations

from collections.abc import Iterable

from wslgpu.knowledge.releases import TensorFlowRelease, releases
from wslgpu.knowledge.table import load_table

INTRODUCTION = """---
hide: [toc]
---

# Compatibility matrix

Type into a field to filter: a Python (`3.12`), a CUDA (`12.5`), a card (`RTX 30`). Every row names its source and the day
it was looked at. `wslgpu explain 'tensorflow==2.21'` prints a row and says what of it fits your machine.
[How to read it](compatibility.md).
"""
RELEASES = (
    "TensorFlow",
    "Python",
    "Keras",
    "CUDA",
    "cuDNN",
    "oldest driver in WSL",
    "machine code for",
    "numpy",
    "looked at",
)


def render_matrix() -> str:
    """The page: releases newest first, drivers by CUDA, generations of cards."""
    table = load_table()
    drivers = {row["version"]: row for row in table["cuda"]}
    rows = [_release(release, drivers) for release in reversed(releases())]
    return "\n".join(
        [
            INTRODUCTION,
            "## Releases\n",
            filtered("Filter the releases", RELEASES, rows),
            "## Drivers\n",
            filtered(
                "Filter the drivers",
                ("CUDA", "Linux", "Windows", "WSL (Windows' driver)", "looked at"),
                map(_cuda, table["cuda"]),
            ),
            "## Cards\n",
            filtered(
                "Filter the cards",
                ("generation", "compute capability", "cards", "first CUDA", "last cuDNN is below", "note", "looked at"),
                map(_generation, table["generation"]),
            ),
        ]
    )


def filtered(label: str, head: Iterable[str], rows: Iterable[Iterable[str]], *, kind: str = "") -> str:
    """A Markdown table in a box that assets/site.js gives a field to."""
    head = list(head)
    lines = [
        f'<div class="filterable {kind}" data-label="{label}" markdown>\n',
        _line(head),
        _line(["---"] * len(head)),
    ]
    return "\n".join([*lines, *map(_line, rows), "\n</div>\n"])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(str(cell).replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"


def _release(release: TensorFlowRelease, drivers: dict[str, dict[str, str]]) -> list[str]:
    driver = drivers.get(release.cuda, {}).get("wsl", "")
    return [
        f"**{release.version}**" + (" (release candidate)" if release.prerelease else ""),
        ", ".join(f"{major}.{minor}" for major, minor in release.python),
        release.keras,
        release.cuda,
        release.cudnn,
        driver,
        ", ".join(release.kernels),
        release.numpy,
        f'<span title="{release.source}">{release.checked}</span>'.replace('"', "'"),
    ]


def _cuda(row: dict[str, object]) -> list[str]:
    return [str(row.get(key, "")) for key in ("version", "linux", "windows", "wsl", "checked")]


def _generation(row: dict[str, object]) -> list[str]:
    def spell(value: object) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    return [
        spell(row.get(key, ""))
        for key in ("name", "compute_capabilities", "cards", "first_cuda", "cudnn_below", "note", "checked")
    ]
