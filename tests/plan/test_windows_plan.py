"""What setup does on Windows, from the recorded machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wslgpu.checks.halves import judge_both
from wslgpu.checks.registry import CAUSES, CHECKS
from wslgpu.cli.doctor import open_recording
from wslgpu.cli.doctor_windows import look_from_windows
from wslgpu.facts.model import Facts
from wslgpu.plan.render import render
from wslgpu.plan.windows import (
    AddPython,
    Command,
    SetUpInside,
    WindowsPlan,
    WindowsRefusal,
    WriteConfig,
    plan_windows,
)
from wslgpu.system.recording import RecordingHost

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
        ("wslconfig-no-gpu", "gpu-support-false"),
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
    configs = [step.memory_gb for step in found.steps if isinstance(step, WriteConfig)]
    assert configs == ([] if memory is None else [memory])


def test_what_is_written_is_read_back_by_doctor() -> None:
    from wslgpu.facts.wslconfig import parse_wslconfig

    text = render("wsl/.wslconfig.j2", total_gb=32, memory_gb=24, swap_gb=8, keep_running=True)
    config = parse_wslconfig(text.encode())
    assert config.problems == config.misplaced == ()
    assert config.values == {"wsl2.memory": "24GB", "wsl2.swap": "8GB", "wsl2.vmidletimeout": "-1"}
