"""Checks of other packages: they are judged like ours, and one that does not load is itself a finding."""

from __future__ import annotations

import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from wslgpu.checks.engine import judge
from wslgpu.checks.foreign import GROUP, load_foreign, may_be_there
from wslgpu.checks.model import Check, Judgement, found, well
from wslgpu.facts.gather import read_facts
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Answers

PAGE = """+++
title = "the house has {count} cats"
well = "the house has no cat"
status = "warn"
side = "any"
+++

## Seen as
Hair.
"""


def judge_cats(facts: Facts) -> Judgement:
    return found(count=2) if facts.side == "wsl" else well()


def break_down(facts: Facts) -> Judgement:
    raise RuntimeError("no")


CATS = Check("house-has-cats", "house", ("wsl", "linux"), judge_cats, page=PAGE)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    made = types.ModuleType("somebodys_checks")
    made.__dict__.update(
        one=CATS, several=[CATS], nothing=7, pageless=Check("a", "b", ("wsl",), judge_cats), listed=[1],
        torn=Check("a", "b", ("wsl",), judge_cats, page="no front matter"),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "somebodys_checks", made)
    return made


def points(*names: str) -> list[EntryPoint]:
    return [EntryPoint(name, f"somebodys_checks:{name}", GROUP) for name in names]


@pytest.mark.parametrize("name", ["one", "several"])
def test_a_foreign_check_is_judged_in_its_own_words(module: types.ModuleType, name: str) -> None:
    checks = load_foreign(points(name))
    (finding,) = judge(read_facts("wsl", Answers({}), "/x"), checks, {})
    assert (finding.slug, finding.status, finding.title) == ("house-has-cats", "warn", "the house has 2 cats")
    (rests,) = judge(read_facts("linux", Answers({}), "/x"), checks, {})
    assert (rests.status, rests.title) == ("ok", "the house has no cat")


@pytest.mark.parametrize("name", ["nothing", "pageless", "listed", "torn", "missing"])
def test_one_that_does_not_load_is_a_finding(module: types.ModuleType, name: str) -> None:
    (finding,) = judge(read_facts("wsl", Answers({}), "/x"), load_foreign(points(name)), {})
    assert (finding.slug, finding.status) == ("check-crashed", "fail")
    assert name in finding.title


def test_one_that_breaks_is_a_finding_and_the_others_go_on(module: types.ModuleType) -> None:
    broken = Check("a", "b", ("wsl",), break_down, page=PAGE)
    findings = judge(read_facts("wsl", Answers({}), "/x"), (broken, CATS), {})
    assert [finding.slug for finding in findings] == ["check-crashed", "house-has-cats"]
    assert "RuntimeError: no" in findings[0].title


def test_a_module_that_cannot_be_imported_is_a_finding() -> None:
    (check,) = load_foreign([EntryPoint("gone", "no_such_module:x", GROUP)])
    (finding,) = judge(read_facts("wsl", Answers({}), "/x"), (check,), {})
    assert "ModuleNotFoundError" in finding.title


def test_none_is_installed_here_by_default() -> None:
    assert all(check.slug for check in load_foreign())


def test_a_package_that_names_our_group_is_seen(tmp_path: Path) -> None:
    for name, group in (("dogs", "console_scripts"), ("cats", GROUP)):
        metadata = tmp_path / name / f"{name}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}:main\n")
    assert not may_be_there((str(tmp_path / "dogs"), str(tmp_path / "gone")))
    assert may_be_there((str(tmp_path / "dogs"), str(tmp_path / "cats")))


def test_the_folder_that_we_stand_in_is_looked_at_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cats.egg-info").mkdir()
    (tmp_path / "cats.egg-info" / "entry_points.txt").write_text(f"[{GROUP}]\n")
    monkeypatch.chdir(tmp_path)
    may_be_there.cache_clear()  # "" means another folder each time
    assert may_be_there(("",))
    may_be_there.cache_clear()


def test_a_zip_of_packages_is_left_to_importlib(tmp_path: Path) -> None:
    (tmp_path / "packages.zip").write_bytes(b"")
    assert may_be_there((str(tmp_path / "packages.zip"),))
