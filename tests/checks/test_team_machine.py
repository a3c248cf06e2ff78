"""What a team's wslgpu.toml asks of the machine, judged from inside and from PowerShell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wslgpu.checks.engine import run_check
from wslgpu.checks.team_machine import CHECKS
from wslgpu.cli.doctor import open_recording
from wslgpu.facts.gather import gather
from wslgpu.facts.model import Facts

RECORDINGS = Path(__file__).parents[1] / "recordings"
(CHECK,) = CHECKS


def look(name: str, team: str | None) -> Facts:
    recorded = open_recording(RECORDINGS / f"{name}.json")
    facts = gather(recorded, recorded.project)
    return replace(facts, project=replace(facts.project, team=team))


@pytest.mark.parametrize(
    ("team", "status"),
    [
        (None, "skip"),
        ("[environment]\npython = '3.12'", "skip"),
        ("[machine]\ndriver = 5", "skip"),
        ("[machine]\ndriver = '528.33'", "ok"),
        ("[machine]\ndriver = '999.99'", "fail"),
    ],
)
def test_the_driver_from_inside(team: str | None, status: str) -> None:
    assert run_check(CHECK, look("healthy-wsl", team)).status == status


def test_the_build_of_windows_from_inside() -> None:
    finding = run_check(CHECK, look("mirror-10-19043", "[machine]\nwindows-build = 22631"))
    assert finding.status == "fail"
    assert "Windows build 22631 or newer, and this is Windows 10" in finding.title
