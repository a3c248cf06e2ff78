"""Every fenced block of README.md, CONTRIBUTING.md and docs/, with what is done about it.

A block of commands (`sh`, `powershell`) says in an HTML comment on the line above it how it is tried:

    <!-- run: here -->                    by tests/docs/test_blocks.py, in a home of its own
    <!-- run: bed -->                     in a fresh distribution, in the order of the page (tests/distro)
    <!-- run: bed, with --yes -->         the same, with --yes where a person would be asked
    <!-- run: tests/windows/test_x.py --> by that test, which holds the command
    <!-- not run: WHY -->                 cannot be run in CI

Every other block is something to read: output, a file, Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SHELLS = ("sh", "bash", "powershell")
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w+-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```\s*$", re.M | re.S)
MARK = re.compile(r"<!-- (?P<kind>run|not run): (?P<how>.+?) -->\s*\Z")


@dataclass(frozen=True)
class Block:
    """`how`: here, bed, a test's path, or the reason of a block that is not run (`runs` False); "" without a mark."""

    page: str
    line: int
    language: str
    text: str
    how: str = ""
    runs: bool = True

    @property
    def with_yes(self) -> bool:
        """A person would be asked here."""
        return self.how.endswith(", with --yes")


def pages() -> tuple[Path, ...]:
    """What people read, the findings apart: their commands are their remedies."""
    docs = sorted((TOP / "docs").glob("*.md"))
    return (TOP / "README.md", TOP / "CONTRIBUTING.md", *docs)


def read_blocks(text: str, page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in FENCE.finditer(text):
        mark = MARK.search(text[: found.start()].rstrip())
        yield Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found["language"],
            "".join(line.removeprefix(found["indent"]) for line in found["text"].splitlines(keepends=True)),
            mark["how"] if mark else "",
            not mark or mark["kind"] == "run",
        )


def every_block() -> tuple[Block, ...]:
    """Of all pages."""
    return tuple(
        block
        for path in pages()
        for block in read_blocks(path.read_text(encoding="utf-8"), path.relative_to(TOP).as_posix())
    )


def commands_of(text: str) -> Iterator[str]:
    """One command a line, continued lines joined, comments left out."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line.strip() and not line.strip().startswith("#"):
            yield line.strip()
