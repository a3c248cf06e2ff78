"""Whole machines: each recording says in `expect` what doctor must find on it. Adding a machine is adding a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wslgpu.checks.registry import CHECKS
from wslgpu.cli.doctor import command
from wslgpu.system.recording import load_document

RECORDINGS = Path(__file__).parent.parent / "recordings"
# Recordings of the Windows side have tests of their own (test_windows.py).
NAMES = sorted(
    path.stem
    for path in RECORDINGS.glob("*.json")
    if not path.stem.startswith("windows-") and "expect" in json.loads(path.read_text("utf-8"))
)


@cache
def replay(name: str) -> Any:
    result = CliRunner().invoke(
        command, ["--replay", str(RECORDINGS / f"{name}.json"), "--format", "json"], standalone_mode=False
    )
    assert result.exception is None, result.exception
    report = json.loads(result.stdout)
    assert report["exit_code"] == result.return_value
    return report


def with_status(report: Any, status: str) -> list[str]:
    return sorted(finding["slug"] for finding in report["findings"] if finding["status"] == status)


def primary(report: Any) -> str | None:
    open_causes = (f["slug"] for f in report["findings"] if f["status"] in ("fail", "warn") and f["cause"] is None)
    return next(open_causes, None)


def test_there_are_machines() -> None:
    assert len(NAMES) > 90


@pytest.mark.parametrize("name", NAMES)
def test_finds_what_the_machine_has(name: str) -> None:
    expect = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))["expect"]
    report = replay(name)
    assert "check-crashed" not in [finding["slug"] for finding in report["findings"]]
    for status in ("fail", "warn", "info"):
        if status in expect:
            assert with_status(report, status) == sorted(expect[status]), status
    if "primary" in expect:
        assert primary(report) == expect["primary"]
    if "exit" in expect:
        assert report["exit_code"] == expect["exit"]


@pytest.mark.parametrize("name", NAMES)
def test_says_that_it_is_made_up(name: str) -> None:
    note = load_document(RECORDINGS / f"{name}.json").get("note", "")
    assert "synthetic" in note.lower() or "recorded on" in note.lower()


def sides_of_checks() -> Iterator[tuple[str, str]]:
    for check in CHECKS:
        for side in check.sides:
            if side != "windows":
                yield check.slug, side


@pytest.mark.parametrize("slug", sorted({slug for slug, _ in sides_of_checks()}))
def test_every_check_fires_somewhere_and_rests_somewhere(slug: str) -> None:
    statuses = {finding["status"] for name in NAMES for finding in replay(name)["findings"] if finding["slug"] == slug}
    assert statuses & {"fail", "warn", "info"}, f"no recording in which {slug} fires"
    assert statuses & {"ok"}, f"no recording in which {slug} looks and finds nothing"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("healthy-wsl", "healthy-linux"))])
def test_a_healthy_machine_leaves_no_question_open(name: str) -> None:
    assert with_status(replay(name), "unknown") == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("healthy") or "container" in name])
def test_a_healthy_machine_fits_on_one_screen(name: str) -> None:
    result = CliRunner().invoke(command, ["--replay", str(RECORDINGS / f"{name}.json")], standalone_mode=False)
    lines = result.stdout.splitlines()
    assert result.return_value == 0
    assert len(lines) <= 16
    assert max(map(len, lines)) <= 120
    assert "nothing needs mending" in lines[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_last_line_is_the_next_thing_to_do(name: str) -> None:
    result = CliRunner().invoke(command, ["--replay", str(RECORDINGS / f"{name}.json")], standalone_mode=False)
    last = result.stdout.splitlines()[-1]
    assert last.startswith("Next ")
    assert "{" not in last
