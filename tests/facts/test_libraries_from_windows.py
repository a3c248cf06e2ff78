"""A venv's libraries asked as Windows asks: through the one shell of a distribution, in the look's own rounds."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.facts.venv_tree import NEEDS_GCC, Tree
from wslgpu.checks.engine import judge
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.facts.gather import ask_all, read_facts
from wslgpu.facts.libraries import VenvLibraries, ask_libraries, read_libraries
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Answers
from wslgpu.system.distribution import DistributionHost
from wslgpu.system.local import LocalHost
from wslgpu.system.wants import Want

pytestmark = NEEDS_GCC
SHELLS = [("sh",), *([("busybox", "sh")] if shutil.which("busybox") else [])]


def project_of(tree: Tree, tmp_path: Path) -> Path:
    """A folder whose .venv is a link to the tree, as setup leaves one, in a place that needs quoting."""
    folder = tmp_path / "it's a project"
    folder.mkdir()
    (folder / ".venv").symlink_to(tree.root)
    return folder


def look(argv: tuple[str, ...], folder: Path) -> tuple[Facts, list[Sequence[Want]]]:
    """All facts through a distribution's shell, and the rounds in which it was asked."""
    host, rounds = DistributionHost(argv), []

    def ask(wants: Sequence[Want]) -> Answers:
        rounds.append(wants)
        return DistributionHost.ask(host, wants)

    host.ask = ask  # type: ignore[method-assign]
    try:
        return read_facts("wsl", ask_all(host, str(folder)), str(folder)), rounds
    finally:
        host.close()


@pytest.mark.parametrize("argv", SHELLS, ids=" ".join)
def test_it_tells_what_the_inside_tells(argv: tuple[str, ...], tree: Tree, tmp_path: Path) -> None:
    folder = project_of(tree, tmp_path)
    want = ask_libraries(f"{folder}/.venv/bin/python")
    inside = read_libraries(LocalHost().ask([want]))
    facts, rounds = look(argv, folder)
    assert isinstance(facts.libraries, VenvLibraries)
    assert facts.libraries == inside
    assert [library.name for library in facts.libraries.hinders] == []
    assert len(facts.libraries.libraries) > 10
    assert sum(want.id in [one.id for one in wants] for wants in rounds) == 1
    assert len(rounds) <= 3


@pytest.mark.parametrize("argv", SHELLS[:1], ids=" ".join)
def test_a_finding_on_windows_names_the_distributions_library(
    argv: tuple[str, ...], tree: Tree, tmp_path: Path
) -> None:
    tree.library("cudnn", "libcudnn.so.9").unlink()
    facts, _ = look(argv, project_of(tree, tmp_path))
    findings = judge(dataclasses.replace(facts, side="wsl"), CHECKS, CAUSES)
    finding = next(one for one in findings if one.slug == "tf-cannot-dlopen")
    assert finding.status == "fail"
    assert "libcudnn.so.9" in finding.title
