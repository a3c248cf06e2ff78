"""Whatever slug a command can print has its page: `wslgpu explain SLUG` is what each report tells people to type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wslgpu.checks.catalog import slugs
from wslgpu.training.kernel_judge import NAMED

SOURCE = Path(__file__).parents[2] / "src" / "wslgpu"
# Calls whose first argument is a slug. apply/ has a `note` of its own, whose sentences are no slugs.
MAKERS = ("Problem", "Finding", "Check", "_failed", "note", "_tell_note", "load_doc")
SLUG = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
FAMILY = re.compile(r"(smoke|keras3?|sequence|generator|audit)-[a-z0-9.-]*[a-z0-9]")
# Of these families, and no findings.
NO_FINDINGS = {"keras-error"}  # a kind of pasted text
OWN_DOING = {"interrupted"}  # Ctrl-C: fit is ended with a message, and nobody has to mend anything


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "_packaged" not in path.parts:
            yield path.relative_to(SOURCE), ast.parse(path.read_text("utf-8"))


def texts_of(node: ast.AST) -> Iterator[str]:
    """ "a" and "b" of `"a"`, of `"a" if x else "b"` and of `x or "a"`."""
    branches = (
        (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values if isinstance(node, ast.BoolOp) else ()
    )
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for branch in branches:
        yield from texts_of(branch)


def printed() -> dict[str, str]:
    """Every slug that the source can make a finding of -> where it says so."""
    found: dict[str, str] = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            texts: list[str] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in MAKERS and node.args:
                    texts += texts_of(node.args[0])
                texts += [text for word in node.keywords if word.arg == "slug" for text in texts_of(word.value)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and FAMILY.fullmatch(node.value):
                texts.append(node.value)
            for text in filter(SLUG.fullmatch, texts):
                found.setdefault(text, f"{path}:{getattr(node, 'lineno', '?')}")
    return {slug: where for slug, where in found.items() if slug not in NO_FINDINGS | OWN_DOING}


def test_the_collection_sees_what_commands_print() -> None:
    assert {"smoke-kernel-hangs", "smoke-device", "keras-stuck-worker", "dxg-missing", "oom-killed"} <= set(printed())


@pytest.mark.parametrize(("slug", "where"), sorted(printed().items()))
def test_a_slug_has_its_page(slug: str, where: str) -> None:
    assert slug in slugs(), f"{where} prints [{slug}], and docs/findings/{slug}.md is not there"


@pytest.mark.parametrize("slug", NAMED)
def test_what_an_operations_message_betrays_has_its_page(slug: str) -> None:
    assert slug in slugs()
