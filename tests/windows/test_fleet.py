"""A Windows host of provision/fleet, as far as Wine carries: what the role types, typed at wslgpu on Windows.

Not carried: PowerShell, win_reboot, WinRM. The role's way to the administrator's command is repeated here in Python.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.windows.test_setup import NOBODY, set_up

pytestmark = pytest.mark.windows
SCRIPT = Path(__file__).parents[2] / "provision/fleet/roles/wslgpu/files/setup.ps1"


def typed(command: str) -> list[str]:
    """The words after wslgpu of the line of setup.ps1 that runs `command`, its variables filled in."""
    line = re.search(rf"\$wslgpu ({command} [^|\n]*?)(?: 2>&1)? \|", SCRIPT.read_text("ascii"))
    assert line is not None
    given = {"$Folder": ["~/train"], "$consent": ["--yes"], "@Options": ["--profile", "cpu"]}
    return [word for part in line[1].split() for word in given.get(part, [part])]


def administrator(report: dict[str, Any]) -> list[str]:
    """As setup.ps1 picks it: the first remedy for an administrator of what fails and follows from nothing else."""
    script = SCRIPT.read_text("ascii")
    assert "$_.status -eq 'fail' -and -not $_.cause" in script
    assert "$_.where -eq 'powershell-admin'" in script
    roots = [one for one in report["findings"] if one["status"] == "fail" and not one["cause"]]
    remedies = [remedy for one in roots for remedy in one["remedy"] if remedy["where"] == "powershell-admin"]
    return remedies[0]["argv"] if remedies else []


def test_the_administrators_command_is_the_one_that_setup_names(
    bed: Any, play: ModuleType, recorded: ModuleType, tmp_path: Path
) -> None:
    env = set_up(bed, play, recorded, tmp_path, "11-without-wsl", NOBODY)
    done = bed.run(["-m", "wslgpu", *typed("setup")], env=env)
    assert done.exit == 5, done.stderr
    said = bed.run(["-m", "wslgpu", *typed("doctor")], env=env)
    words = administrator(json.loads(said.stdout))
    assert words, "doctor names a command for an administrator"
    assert " ".join(words).encode() in done.stderr
