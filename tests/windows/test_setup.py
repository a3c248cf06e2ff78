"""`wslgpu setup` typed on Windows: what it does, what it leaves to the user, and the way into the distribution."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.distro import bases
from tests.distro.play import make_machine, scratch
from tests.distro.scenario import Scenario

pytestmark = pytest.mark.windows
RECORDINGS = Path(__file__).parent.parent / "recordings"
NOBODY = 9  # a port where no agent listens


def set_up(bed: Any, play: ModuleType, recorded: ModuleType, folder: Path, name: str, port: int, **plays: Any) -> Any:
    machine = recorded.machine_of(play, RECORDINGS / f"windows-{name}.json", port)
    for program, more in plays.items():
        machine.plays[program] = [*more, *machine.plays[program]]
    return play.set_up(bed, machine, folder)


def test_without_wsl_the_administrator_is_told_what_to_type(
    bed: Any, play: ModuleType, recorded: ModuleType, tmp_path: Path
) -> None:
    env = set_up(bed, play, recorded, tmp_path, "11-without-wsl", NOBODY)
    done = bed.run(["-m", "wslgpu", "setup", "--yes"], env=env)
    assert done.exit == 5, done.stderr
    assert b"PowerShell as administrator: wsl.exe --install --no-distribution" in done.stderr
    assert b"restart Windows" in done.stderr
    assert [call for program, call in play.calls(tmp_path) if program == "wsl"] == ["--status"]


def test_without_a_terminal_nothing_is_done_unasked(
    bed: Any, play: ModuleType, recorded: ModuleType, tmp_path: Path
) -> None:
    env = set_up(bed, play, recorded, tmp_path, "docker-only", NOBODY)
    done = bed.run(["-m", "wslgpu", "setup"], env=env)
    assert done.exit == 2
    assert b"--yes" in done.stderr
    assert all("--install" not in call for _, call in play.calls(tmp_path))


def test_the_distribution_is_installed_and_a_failure_ends_it(
    bed: Any, play: ModuleType, recorded: ModuleType, tmp_path: Path
) -> None:
    said = "Downloading: Ubuntu 24.04 LTS\r\n".encode("utf-16-le")
    fails = [play.Play("--install -d Ubuntu-24.04 --no-launch", stdout=said, exit=-1)]
    env = set_up(bed, play, recorded, tmp_path, "docker-only", NOBODY, wsl=fails)
    done = bed.run(["-m", "wslgpu", "setup", "--yes"], env=env)
    assert done.exit == 1, done.stderr
    assert said in done.stdout  # its progress is the user's to see
    assert b"could not install Ubuntu-24.04" in done.stderr


def test_what_changes_nothing_is_not_done_for_ever(
    bed: Any, play: ModuleType, recorded: ModuleType, tmp_path: Path
) -> None:
    works = [play.Play("--install -d Ubuntu-24.04 --no-launch")]
    env = set_up(bed, play, recorded, tmp_path, "docker-only", NOBODY, wsl=works)
    done = bed.run(["-m", "wslgpu", "setup", "--yes"], env=env)
    assert done.exit == 1
    assert [call for _, call in play.calls(tmp_path)].count("--install -d Ubuntu-24.04 --no-launch") == 1


def test_what_stands_in_the_way_is_named(bed: Any, play: ModuleType, recorded: ModuleType, tmp_path: Path) -> None:
    env = set_up(bed, play, recorded, tmp_path, "10-17763", NOBODY)
    done = bed.run(["-m", "wslgpu", "setup", "--yes"], env=env)
    assert done.exit == 1
    assert b"[win-build-too-old]" in done.stderr


def test_a_wslconfig_that_takes_the_gpu_away_is_changed_and_wsl_has_to_start_anew(
    bed: Any, play: ModuleType, recorded: ModuleType, agent: ModuleType, tmp_path: Path
) -> None:
    text = "\ufeff# \u00dcbung\r\n[wsl2]\r\nmemory=12GB\r\ngpuSupport=false  # battery\r\n"
    with agent.listen(agent.silent("Ubuntu-24.04")) as (port, _):
        machine = recorded.machine_of(play, RECORDINGS / "windows-wslconfig-no-gpu.json", port)
        machine.files[".wslconfig"] = text.encode("utf-16-le")
        env = play.set_up(bed, machine, tmp_path)
        done = bed.run(["-m", "wslgpu", "setup", "--yes"], env=env)
        again = bed.run(["-m", "wslgpu", "setup", "--plan"], env=env)
    assert done.exit == 5, done.stderr
    assert b"-gpuSupport=false  # battery" in done.stderr
    assert b"wsl.exe --shutdown" in done.stderr
    (kept,) = (bed.prefix / "drive_c" / "users").glob("*/.wslconfig.wslgpu-*")
    assert kept.read_bytes() == text.encode("utf-16-le")
    assert (kept.parent / ".wslconfig").read_bytes() == text.replace("false", "true").encode("utf-16-le")
    kept.unlink()
    assert again.exit == 0, again.stderr
    assert b"carry wslgpu into Ubuntu-24.04" in again.stdout
    assert b".wslconfig" not in again.stdout
    assert not any("--shutdown" in call for _, call in play.calls(tmp_path))  # that is for the user to do


def test_a_folder_of_windows_is_refused(bed: Any) -> None:
    done = bed.run(["-m", "wslgpu", "setup", "C:\\train", "--yes"])
    assert done.exit == 2
    assert b"~/train" in done.stderr


@pytest.mark.network
def test_from_windows_to_a_plan_inside(
    bed: Any, play: ModuleType, recorded: ModuleType, agent: ModuleType, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with agent.listen(agent.real_in(home)) as (port, seen):
        env = set_up(bed, play, recorded, tmp_path / "plays", "healthy", port)
        args = ["-m", "wslgpu", "setup", "/nowhere/train", "--yes", "--profile", "cpu", "--python", "3.2"]
        done = bed.run(args, env=env, deadline_s=600)
    # The setup inside was reached, with our arguments: it refuses that Python, and its exit code is ours.
    assert done.exit == 2, done.stderr.decode(errors="replace")[-2000:]
    assert b"3.2" in done.stderr
    assert (home / ".local/share/wslgpu/tool/bin/wslgpu").exists()
    assert [call[:2] + call[-2:] for call in seen] == [["-d", "Ubuntu-24.04", "-e", "sh"]] * 2


@pytest.mark.network
@pytest.mark.distro
def test_from_windows_to_a_smoked_environment_in_a_fresh_distribution(
    bed: Any, play: ModuleType, recorded: ModuleType, agent: ModuleType, tmp_path: Path
) -> None:
    """A root file system that has no Python: setup as its user types it in Windows, then again, then doctor."""
    if reason := bases.why_not():
        pytest.skip(f"no root file system to set up: {reason}")
    scenario = Scenario(
        "from-windows",
        "a fresh distribution, reached through wsl.exe",
        "trixie",
        (),
        ubuntu=True,
        environment={"WSL_DISTRO_NAME": "Ubuntu-24.04"},
    )
    with scratch(f"{scenario.name}-{bed.version}") as folder:
        machine, places = make_machine(scenario, folder)
        shutil.rmtree(machine.root / places["checkout"].lstrip("/"))  # Windows brings it along
        with agent.listen(agent.inside(machine)) as (port, seen):
            env = set_up(bed, play, recorded, tmp_path / "plays", "healthy", port)
            args = ["-m", "wslgpu", "setup", "~/train", "--yes", "--profile", "cpu"]
            done = bed.run(args, env=env, deadline_s=1200)
            told = (done.stdout + done.stderr).decode("utf-8", "replace")
            assert done.exit == 0, told[-3000:]
            assert "install Python and its venv module in Ubuntu-24.04" in told
            assert "carry wslgpu into Ubuntu-24.04" in told
            assert "smoke passed" in told
            assert [call for call in seen if "root" in call] == [["-d", "Ubuntu-24.04", "-u", "root", "-e", "sh"]]
            again = bed.run(args, env=env, deadline_s=600)
            report = bed.run(["-m", "wslgpu", "doctor", "~/train", "--format", "json"], env=env)
        ask = f"{places['home']}/train/.venv/bin/python -c 'import tensorflow as tf; print(tf.__version__)'"
        said = machine.run(ask, deadline_s=120)
    assert said.exit_code == 0, said.output[-500:]
    assert re.search(r"^2\.\d+\.\d+$", said.output, re.MULTILINE)
    assert again.exit == 0, again.stderr.decode("utf-8", "replace")[-2000:]
    assert b"install Python and its venv module" not in again.stderr
    findings = {one["slug"]: one for one in json.loads(report.stdout.decode("utf-8"))["findings"]}
    assert findings["venv-without-tensorflow"]["status"] == "ok"
    assert findings["tf-cpu-build"]["status"] != "unknown"
