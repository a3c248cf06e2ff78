"""What setup does on Windows, from the recorded machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wslgpu.checks.halves import judge_both
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.checks.team_machine import machine_below_team
from wslgpu.cli.doctor import open_recording
from wslgpu.cli.doctor_windows import look_from_windows
from wslgpu.facts.model import Facts
from wslgpu.facts.team import Team
from wslgpu.facts.wsl_conf import WslConf, read_ini
from wslgpu.facts.wslconfig import parse_wslconfig
from wslgpu.plan.windows import (
    AddPython,
    Command,
    SetUpInside,
    WindowsPlan,
    WindowsRefusal,
    WriteConfig,
    WriteWslConf,
    plan_windows,
)
from wslgpu.system.recorded import RecordingHost

RECORDINGS = Path(__file__).parent.parent / "recordings"
EXE = "C:\\Windows\\System32\\wsl.exe"


def look(name: str) -> Facts:
    return look_from_windows(RecordingHost(open_recording(RECORDINGS / f"windows-{name}.json")), "~", None)


def plan(name: str, *, for_cpu: bool = False) -> WindowsPlan | WindowsRefusal:
    facts = look(name)
    return plan_windows(facts, judge_both(facts, CHECKS, CAUSES), EXE, ("~/train",), for_cpu=for_cpu)


def commands(found: WindowsPlan | WindowsRefusal) -> list[tuple[str, ...]]:
    assert isinstance(found, WindowsPlan)
    return [step.argv[1:] for step in found.steps if isinstance(step, Command)]


def test_a_healthy_machine_goes_straight_inside() -> None:
    assert plan("healthy") == WindowsPlan(
        (SetUpInside("carry wslgpu into Ubuntu-24.04 and run its setup there", "Ubuntu-24.04", ("~/train",)),),
        waits=False,
    )


@pytest.mark.parametrize("name", ["11-without-wsl", "vmp-off"])
def test_features_are_the_administrators_and_end_in_a_restart(name: str) -> None:
    found = plan(name)
    assert isinstance(found, WindowsPlan)
    (step,) = found.steps
    assert isinstance(step, Command)
    assert (step.by, step.restart, step.argv[1:]) == ("administrator", True, ("--install", "--no-distribution"))
    assert found.waits
    assert found.later[-1] == "carry wslgpu into Ubuntu-24.04 and run its setup there"
    assert ("install Ubuntu-24.04" in found.later) == (name == "11-without-wsl")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("docker-only", ("--install", "-d", "Ubuntu-24.04", "--no-launch")),
        ("10-19045-inbox", ("--update",)),
        ("11-wsl1-only", ("--set-version", "Ubuntu", "2")),
    ],
)
def test_what_needs_no_administrator_is_done(name: str, wanted: tuple[str, ...]) -> None:
    assert wanted in commands(plan(name))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("10-17763", "win-build-too-old"),
        ("firmware-off", "virt-disabled-firmware"),
        ("policy", "wsl-blocked-by-policy"),
        ("no-nvidia", "no-nvidia-gpu"),
        ("driver-too-old", "win-driver-too-old"),
        ("hang", "wsl-not-answering"),
        ("admin-protection", "wsl-hidden-by-elevation"),
    ],
)
def test_what_no_step_mends_is_refused_with_doctors_finding(name: str, slug: str) -> None:
    found = plan(name)
    assert isinstance(found, WindowsRefusal)
    assert found.findings[0].slug == slug


@pytest.mark.parametrize("name", ["no-nvidia", "driver-too-old", "10-19041"])
def test_the_cpu_needs_no_card(name: str) -> None:
    found = plan(name, for_cpu=True)
    assert isinstance(found, WindowsPlan)
    assert any(isinstance(step, SetUpInside) for step in found.steps)


def test_a_distribution_without_venv_gets_python_as_root() -> None:
    facts = look("healthy")
    bare = replace(facts, pythons=replace(facts.pythons, found=()))
    found = plan_windows(bare, judge_both(facts, CHECKS, CAUSES), EXE, (), for_cpu=False)
    assert isinstance(found, WindowsPlan)
    assert [type(step) for step in found.steps] == [AddPython, SetUpInside]


@pytest.mark.parametrize(("gigabytes", "memory"), [(8, None), (16, 8), (32, 24), (64, 48), (128, 96)])
def test_memory_for_wsl(gigabytes: int, memory: int | None) -> None:
    facts = look("healthy")
    assert facts.windows is not None
    windows = replace(
        facts.windows, wslconfig=None, session=replace(facts.windows.session, memory=gigabytes * 2**30 - 2**28)
    )
    found = plan_windows(replace(facts, windows=windows), (), EXE, (), for_cpu=False)
    assert isinstance(found, WindowsPlan)
    written = [parse_wslconfig(step.change.after) for step in found.steps if isinstance(step, WriteConfig)]
    assert [one.values["wsl2.memory"] for one in written] == ([] if memory is None else [f"{memory}GB"])
    assert all(one.problems == one.misplaced == () for one in written)


def with_config(text: str) -> Facts:
    facts = look("healthy")
    assert facts.windows is not None
    session = replace(facts.windows.session, memory=32 * 2**30, processors=16)
    return replace(facts, windows=replace(facts.windows, wslconfig=parse_wslconfig(text.encode()), session=session))


def test_a_switch_that_takes_the_gpu_away_is_turned_and_wsl_starts_anew_first() -> None:
    facts = with_config("[wsl2]\nmemory=20GB\ngpuSupport = false  # battery\n")
    found = plan_windows(facts, judge_both(facts, CHECKS, CAUSES), EXE, (), for_cpu=False)
    assert isinstance(found, WindowsPlan)
    (step,) = found.steps
    assert isinstance(step, WriteConfig)
    assert step.before_the_rest
    assert step.change.after == b"[wsl2]\nmemory=20GB\ngpuSupport = true  # battery\n"


def test_the_cpu_leaves_that_switch_alone() -> None:
    facts = with_config("[wsl2]\nmemory=20GB\ngpuSupport=false\n")
    found = plan_windows(facts, (), EXE, (), for_cpu=True)
    assert isinstance(found, WindowsPlan)
    assert [type(step) for step in found.steps] == [SetUpInside]


def test_a_teams_values_win_and_are_held_to_the_machine() -> None:
    team = Team(wsl_memory="64GB", wsl_processors=32, wsl_networking="mirrored")
    found = plan_windows(with_config("[wsl2]\nmemory=8GB\n"), (), EXE, (), for_cpu=False, team=team)
    assert isinstance(found, WindowsPlan)
    step = found.steps[0]
    assert isinstance(step, WriteConfig)
    values = parse_wslconfig(step.change.after).values
    assert values == {"wsl2.memory": "30GB", "wsl2.processors": "16", "wsl2.networkingmode": "mirrored"}


def test_a_teams_distribution_is_installed_where_it_lacks() -> None:
    facts = look("healthy")
    found = plan_windows(facts, (), EXE, (), for_cpu=False, team=Team(distribution="Ubuntu-22.04"))
    assert ("--install", "-d", "Ubuntu-22.04", "--no-launch") in commands(found)
    found = plan_windows(facts, (), EXE, (), for_cpu=False, team=Team(distribution="ubuntu-24.04"))
    assert commands(found) == []


@pytest.mark.parametrize(
    ("team", "says"),
    [
        (Team(least_build=26100), "Windows build 26100 or newer"),
        (Team(least_driver="999.1"), "NVIDIA driver 999.1 or newer"),
        (Team(least_build=19045, least_driver="528.33"), None),
        (Team(), None),
    ],
)
def test_a_machine_below_its_team(team: Team, says: str | None) -> None:
    told = machine_below_team(look("healthy"), team)
    assert (told is None) if says is None else says in (told or "")


def test_the_gpu_switched_off_in_wsl_conf_is_switched_on_with_a_diff() -> None:
    facts = look("healthy")
    text = "[boot]\nsystemd=true\n# saves the battery\n[gpu]\nenabled = false\n"
    facts = replace(facts, wsl_conf=WslConf(read_ini(text), True, text))
    found = plan_windows(facts, (), EXE, (), for_cpu=False)
    assert isinstance(found, WindowsPlan)
    (step,) = found.steps
    assert isinstance(step, WriteWslConf)
    assert step.change.after.decode() == text.replace("false", "true")
    assert "-enabled = false\n+enabled = true" in step.change.diff()
    assert found.waits
