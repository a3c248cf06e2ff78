"""Every recorded Windows machine, played under Wine: the Windows Python must find what the recording's replay finds."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from wslgpu.cli.doctor import command

pytestmark = pytest.mark.windows
RECORDINGS = Path(__file__).parent.parent / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("windows-*.json"))
WINDOWS_AREAS = ("windows", "wsl", "gpu")
# Wine runs as its administrator: that can be played, and the opposite cannot.
OF_THE_SESSION = ("windows-elevated",)
DEADLINE_S = 600.0  # doctor's own is 60; Wine and a busy machine need more


def findings_of(report: Any) -> dict[str, str]:
    """Slug -> status of what the Windows half judged."""
    return {
        finding["slug"]: finding["status"]
        for finding in report["findings"]
        if finding["area"] in WINDOWS_AREAS and finding["slug"] not in OF_THE_SESSION
    }


def first_open(report: Any) -> str | None:
    """What the Windows half tells a person to mend first."""
    told = [one for one in report["findings"] if one["area"] in WINDOWS_AREAS and one["cause"] is None]
    return next(
        (
            one["slug"]
            for one in told
            if one["status"] in ("fail", "warn") or (one["status"] == "unknown" and one["remedy"])
        ),
        None,
    )


def replay(name: str) -> Any:
    args = ["--replay", str(RECORDINGS / f"{name}.json"), "--format", "json"]
    return json.loads(CliRunner().invoke(command, args, standalone_mode=False).stdout)


@pytest.mark.parametrize("name", NAMES)
def test_the_windows_python_finds_it(
    bed: Any, play: ModuleType, recorded: ModuleType, agent: ModuleType, tmp_path: Path, name: str
) -> None:
    with agent.listen(agent.silent("Ubuntu-24.04")) as (port, _):
        machine = recorded.machine_of(play, RECORDINGS / f"{name}.json", port)
        env = play.set_up(bed, machine, tmp_path)
        done = bed.run(["-m", "wslgpu", "doctor", "--format", "json"], env=env, deadline_s=DEADLINE_S)
    assert done.exit in (0, 1, 4), done.stderr.decode(errors="replace")
    report, expected = json.loads(done.stdout.decode("utf-8")), replay(name)
    found, wanted = findings_of(report), findings_of(expected)
    both = found.keys() & wanted.keys()
    assert {slug: found[slug] for slug in both} == {slug: wanted[slug] for slug in both}
    first = first_open(expected)
    cause = next((one["cause"] for one in report["findings"] if one["slug"] == first), None)
    # The distribution that is played knows of no GPU, which explains what Windows lacks in some.
    of_the_inside = {one["slug"] for one in report["findings"] if one["area"] not in WINDOWS_AREAS}
    assert first_open(report) == first or cause in of_the_inside
    failed = [slug for slug, status in wanted.items() if status in ("fail", "warn")]
    assert set(failed) <= found.keys()
    if expected["exit_code"] == 4:
        assert report["exit_code"] == 4
    calls = [arguments for program, arguments in play.calls(tmp_path) if program == "wsl"]
    assert all(call == "--status" or call.endswith(" -e sh") for call in calls), calls
    assert sum(call.endswith(" -e sh") for call in calls) <= 1
    assert not (tmp_path / "installed.txt").exists()


def test_the_other_half_comes_through_a_real_shell(
    bed: Any, play: ModuleType, recorded: ModuleType, agent: ModuleType, tmp_path: Path
) -> None:
    with agent.listen(agent.real) as (port, seen):
        machine = recorded.machine_of(play, RECORDINGS / "windows-healthy.json", port)
        env = play.set_up(bed, machine, tmp_path)
        done = bed.run(["-m", "wslgpu", "doctor", "--format", "json"], env=env, deadline_s=DEADLINE_S)
    report = json.loads(done.stdout.decode("utf-8"))
    assert seen == [["-d", "Ubuntu-24.04", "-e", "sh"]]
    inside = {f["slug"]: f for f in report["findings"] if f["area"] not in WINDOWS_AREAS}
    # This machine is no WSL and has no GPU: the same check as in Ubuntu says so, with evidence from the shell.
    assert inside["dxg-missing"]["status"] == "fail"
    assert inside["cuda-init-failed"]["status"] in ("fail", "unknown")
    assert inside["python-unsupported"]["status"] in ("ok", "fail")
