"""`doctor --fix` shows, asks, does, looks again; stdout stays the report's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wslgpu.cli import doctor
from wslgpu.errors import UserError
from wslgpu.system.answers import Answers
from wslgpu.system.recording import load_recording

RECORDINGS = Path(__file__).parents[1] / "recordings"


class Machine:
    """A machine that answers from a recording, and from another one once it was mended."""

    def __init__(self, ill: str, mended: str) -> None:
        self.hosts = [load_recording(RECORDINGS / f"{name}.json") for name in (ill, mended)]
        self.looks = 0

    side = "wsl"

    def __call__(self) -> Machine:
        self.looks += 1
        return self

    def ask(self, wants: Any) -> Answers:
        return self.hosts[min(self.looks, 2) - 1].ask(wants)


def run(monkeypatch: pytest.MonkeyPatch, machine: Machine, *arguments: str) -> tuple[Result, list[tuple[str, ...]]]:
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(doctor, "LocalHost", machine)
    monkeypatch.setattr("wslgpu.apply.fix.run_visible", lambda argv: done.append(tuple(argv)) or 0)
    monkeypatch.setattr("wslgpu.cli.fix.os.getuid", lambda: 1000, raising=False)
    result = CliRunner().invoke(
        doctor.command, ["--fix", "--format", "json", *arguments, "/home/user/train"], standalone_mode=False
    )
    return result, done


def test_the_clock_is_set_and_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine("clock-behind", "healthy-wsl")
    result, done = run(monkeypatch, machine, "--yes")
    assert done == [("sudo", "hwclock", "-s")]
    assert machine.looks == 2
    assert result.return_value == 0
    assert json.loads(result.stdout)["exit_code"] == 0
    assert "hwclock" in result.stderr


def test_without_a_terminal_nothing_is_done_and_the_flag_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    result, done = run(monkeypatch, Machine("clock-behind", "healthy-wsl"))
    assert isinstance(result.exception, UserError)
    assert "--yes" in str(result.exception)
    assert done == []


def test_what_removes_packages_is_only_done_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine("linux-driver-in-wsl", "healthy-wsl")
    result, done = run(monkeypatch, machine, "--yes")
    assert done == []
    assert "--only linux-driver-in-wsl" in result.stderr
    assert result.return_value == 1
    _, done = run(monkeypatch, Machine("linux-driver-in-wsl", "healthy-wsl"), "--yes", "--only", "linux-driver-in-wsl")
    assert len(done) == 1
    assert done[0][:4] == ("sudo", "apt-get", "purge", "-y")
    assert "nvidia-driver-535" in done[0]
    assert not any("*" in word for word in done[0])


def test_a_healthy_machine_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine("healthy-wsl", "healthy-wsl")
    result, done = run(monkeypatch, machine, "--yes")
    assert (done, machine.looks, result.return_value) == ([], 1, 0)
