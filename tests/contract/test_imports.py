"""Imports run one way (docs/architecture.md), and what the user's interpreter runs needs nothing of wslgpu."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "wslgpu"
# What each part may import of wslgpu, itself apart.
COMMON = {"errors", "packaged", "__init__"}
MAY = {
    "cli": {"output", "apply", "training", "plan", "checks", "knowledge", "facts", "system"},
    "output": {"plan", "checks", "knowledge", "facts", "system"},
    "apply": {"training", "plan", "checks", "knowledge", "facts", "system"},
    "training": {"output", "plan", "checks", "knowledge", "facts", "system"},
    "plan": {"checks", "knowledge", "facts", "system"},
    "checks": {"knowledge", "facts", "system"},
    "knowledge": {"facts"},
    "facts": {"system"},
    "system": set(),
    "feeds": set(),
}
PURE = ("checks", "plan", "knowledge", "output", "facts")
# Values, and the pure reading of bytes.
VALUES = {"wslgpu.system.answers", "wslgpu.system.wants", "wslgpu.system.host", "wslgpu.system.decode"}
FORBIDDEN = {"subprocess", "socket", "urllib", "http", "requests", "tensorflow"}
ALONE = ("training/payload", "training/watchdog", "training/standalone", "training/bootstrap/")


def is_alone(path: Path) -> bool:
    name = path.relative_to(SOURCE).as_posix()
    return name.startswith(ALONE) or name.endswith("_probe.py")


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "_packaged" not in path.parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                # These two travel as packages of their own.
                assert part_of(path) == "feeds" or "watchdog" in path.parts, f"{path}: a relative import"
                assert node.level == 1
                continue
            yield node.module or "", node.lineno
            if node.module == "wslgpu":
                yield from ((f"wslgpu.{alias.name}", node.lineno) for alias in node.names)


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    part = part_of(path)
    if part not in MAY:
        return
    allowed = MAY[part] | COMMON | {part}
    for name, line in imports(path):
        if name.startswith("wslgpu."):
            target = name.split(".")[1]
            known = target in MAY or target in COMMON
            assert not known or target in allowed, f"{path.name}:{line}: {part} must not import {name}"


@pytest.mark.parametrize(
    "path", [p for p in modules() if part_of(p) in PURE], ids=lambda p: p.relative_to(SOURCE).as_posix()
)
def test_reading_and_judging_reach_nothing_outside(path: Path) -> None:
    if is_alone(path):
        pytest.skip("its text is handed to an interpreter, and run there")
    for name, line in imports(path):
        root = name.split(".")[0]
        quoting = name == "subprocess" and part_of(path) == "output"  # list2cmdline quotes, and starts nothing
        taking_apart = name == "urllib.parse"  # of an address; nothing is opened
        assert root not in FORBIDDEN or quoting or taking_apart, f"{path.name}:{line} imports {name}"
        assert not name.startswith("wslgpu.system") or name in VALUES, f"{path.name}:{line} imports {name}"
    text = path.read_text("utf-8")
    assert "os.environ" not in text
    assert "subprocess.run" not in text
    assert "subprocess.Popen" not in text


@pytest.mark.parametrize("path", [p for p in modules() if is_alone(p)], ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_what_runs_elsewhere_needs_nothing_of_wslgpu(path: Path) -> None:
    assert [name for name, _ in imports(path) if name.split(".")[0] == "wslgpu"] == []


def test_feeds_need_nothing_of_wslgpu() -> None:
    inside = [p for p in modules() if part_of(p) == "feeds"]
    foreign = [n for p in inside for n, _ in imports(p) if n.startswith("wslgpu.") and not n.startswith("wslgpu.feeds")]
    assert foreign == []
