"""provision/ubuntu.sh killed between any two of its commands: the old tool works, the next run finishes, nothing is left.

Python, venv and pip are stand-ins that take no time; the script and its shell are the real ones. WSLGPU_KILLS=all kills
at every command.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.provision.test_scripts import SHELLS, TOP, in_common

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("bash") is None, reason="kills by bash's DEBUG trap, on Linux"
)
SAMPLE = 12
# A venv that is made where one lies already is a broken one, as pip is where it was unpacked by half.
PYTHON = """#!/bin/sh
venv=$(dirname "$(dirname "$0")")
for last; do :; done
case "$*" in
*"-m venv"*) if [ -e "$last/bin" ]; then : >"$last/broken"; fi; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
*"-m pip install"*)
    if [ -e "$venv/broken" ]; then echo "error: half a pip"; exit 1; fi
    : >"$venv/one"; : >"$venv/bin/wslgpu"; chmod +x "$venv/bin/wslgpu" ;;
*"-I -m wslgpu"*) shift 3; test -e "$venv/one" && echo "wslgpu $*" ;;
*"import wslgpu"*) [ -e "$venv/one" ] && [ ! -e "$venv/broken" ] ;;
*) echo "12 1 $0" ;;
esac
"""
KILLED = """n=0
trap 'n=$((n + 1)); if [ $n = "$KILL_AT" ]; then kill -9 $$; fi; if [ -n "$COUNT" ]; then echo $n >"$COUNT"; fi' DEBUG
set -T
. "$0"
"""


class Machine:
    """A checkout, a home and a stand-in Python."""

    def __init__(self, top: Path) -> None:
        self.checkout, self.home, self.python = top / "checkout", top / "O'Neil's home", top / "bin/python3"
        for folder in (self.checkout / "provision", self.checkout / "src/wslgpu", self.home, top / "bin"):
            folder.mkdir(parents=True)
        (self.checkout / "pyproject.toml").touch()
        self.python.write_text(PYTHON)
        self.python.chmod(0o755)
        shutil.copy(TOP / "provision/ubuntu.sh", self.checkout / "provision")
        common = (TOP / "provision/common.sh").read_text().replace("/usr/bin/python3 ", f"{self.python} ", 1)
        (self.checkout / "provision/common.sh").write_text(common)
        self.data, self.tmp = self.home / ".local/share/wslgpu", top / "a tmp"
        self.tmp.mkdir()

    def release(self, number: int) -> None:
        """New sources, so that the tool is made anew."""
        (self.checkout / "src/wslgpu/release").write_text(str(number))

    def run(self, kill_at: int = 0, count: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "TMPDIR": str(self.tmp),
                       "KILL_AT": str(kill_at), "COUNT": str(count or "")}  # fmt: skip
        argv = ["bash", "--posix", "-c", KILLED, str(self.checkout / "provision/ubuntu.sh"), "--yes", "--plan"]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def check_tool(self) -> None:
        ran = subprocess.run([self.data / "tool/bin/wslgpu", "x"], capture_output=True, text=True, check=False)
        assert ran.stdout == "wslgpu x\n", ran

    def check_nothing_is_left(self) -> None:
        assert {path.name for path in self.data.iterdir()} == {"tool", "tools", ".provision-lock"}
        assert [path.name for path in (self.data / "tools").iterdir()] == [(self.data / "tool").readlink().name]
        # Killed before it could sign its scratch folder, it had put nothing into it.
        assert all((path / "owner").read_text() == "" if list(path.iterdir()) else True for path in self.tmp.iterdir())


def test_killed_between_any_two_commands(tmp_path: Path) -> None:
    machine, count = Machine(tmp_path), tmp_path / "count"
    machine.release(0)
    first = machine.run(count=count)
    assert first.returncode == 0, first.stderr
    commands = int(count.read_text())
    assert commands > 100
    every = range(1, commands)
    chosen = every if os.environ.get("WSLGPU_KILLS") == "all" else sorted(random.Random(8).sample(every, SAMPLE))
    killed = 0
    for number, at in enumerate(chosen, 1):
        machine.release(number)
        ran = machine.run(kill_at=at)
        killed += ran.returncode == -9
        machine.check_tool()
        again = machine.run()
        assert again.returncode == 0, f"after a kill at command {at}:\n{again.stderr}"
        assert "setup --yes --plan" in again.stdout
        machine.check_tool()
        machine.check_nothing_is_left()
    assert killed > SAMPLE / 2


def test_a_tool_that_is_at_work_is_not_taken_away(tmp_path: Path) -> None:
    """An upgrade beside a training: what the old wslgpu has still to load must be there."""
    machine = Machine(tmp_path)
    machine.release(0)
    assert machine.run().returncode == 0
    old = (machine.data / "tool").resolve()
    at_work = subprocess.Popen(["sh", "-c", 'sleep 60; : "$0"', str(old / "bin/python")])
    try:
        machine.release(1)
        assert machine.run().returncode == 0
        assert (machine.data / "tool").resolve() != old
        assert (old / "one").exists()
    finally:
        at_work.kill()
        at_work.wait()
    assert machine.run().returncode == 0
    machine.check_nothing_is_left()


def test_only_what_is_provably_dead_is_swept_out_of_tmp(tmp_path: Path) -> None:
    """Of a run that goes on, of another container, of another program: all stay."""
    own = f"{tmp_path}/wslgpu-sh-{os.getuid()}"
    here, sleeper = str(Path("/proc/self/ns/pid").readlink()), subprocess.Popen(["sleep", "60"])
    try:
        started = Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(") ")[2].split()[19]
        left = {
            "alive": f"{here} {sleeper.pid} {started}", "reused": f"{here} {sleeper.pid} 1",
            "gone": f"{here} 4194304 {started}", "else": f"pid:[1] 4194304 {started}", "unsigned": "",
        }  # fmt: skip
        for name, owner in left.items():
            Path(f"{own}.{name}").mkdir()
            Path(f"{own}.{name}/owner").write_text(f"{owner}\n")
        (tmp_path / "wslgpu-smoke-x").mkdir()
        env = {"TMPDIR": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
        in_common('open_work; [ -f "$log" ] || exit 1', env, SHELLS[0], tmp_path)
    finally:
        sleeper.kill()
        sleeper.wait()
    kept = sorted(path.name.rpartition(".")[2] for path in tmp_path.iterdir() if path.is_dir())
    assert kept == ["alive", "else", "unsigned", "wslgpu-smoke-x"]


def test_a_removal_that_is_cut_off_leaves_no_stamp(tmp_path: Path) -> None:
    """docs.sh took what was left of a venv for the smaller one that it had been."""
    venv, bin_folder = tmp_path / "venv", tmp_path / "bin"
    for folder in (venv / "lib", bin_folder):
        folder.mkdir(parents=True)
    (venv / ".wslgpu-stamp").write_text("as it was")
    (bin_folder / "rm").write_text('#!/bin/sh\n/bin/rm -rf "$2"\nkill -9 $$\n')  # the first of its arguments, no more
    (bin_folder / "rm").chmod(0o755)
    path = f"{bin_folder}:{os.environ['PATH']}"
    in_common(f'remove_venv "{venv}"; exit 0', {"PATH": path}, SHELLS[0], tmp_path)
    assert (venv / "lib").is_dir()
    assert not (venv / ".wslgpu-stamp").exists()


def test_a_python_of_windows_on_path_is_passed_over(tmp_path: Path) -> None:
    """WSL appends Windows' PATH: what answers there names itself C:\\..., and makes no venv for Linux."""
    windows = tmp_path / "mnt/c/Program Files/Python312/python3"
    windows.parent.mkdir(parents=True)
    windows.write_text('#!/bin/sh\nexec "$REAL" -I -c "import sys; sys.platform = \'win32\'; exec(sys.argv[1])" "$3"\n')
    windows.chmod(0o755)
    told = in_common(f'probe "{windows}" || echo none', {"REAL": sys.executable}, SHELLS[0], tmp_path)
    assert told == "none\n"


def test_a_uv_that_starts_the_one_of_windows_is_passed_over(tmp_path: Path) -> None:
    """By the script and by setup: a script of that name on Windows' PATH, in front of the one in ~/.local/bin."""
    theirs, ours = tmp_path / "mnt/c/Users/u/bin/uv", tmp_path / ".local/bin/uv"
    for path in (theirs, ours):
        path.parent.mkdir(parents=True)
    theirs.write_text('#!/bin/sh\nexec "$(dirname "$0")/uv.exe" "$@"\n')
    theirs.with_suffix(".exe").symlink_to("/bin/true")
    theirs.chmod(0o755)
    ours.symlink_to(shutil.which("true") or "/bin/true")
    path = f"{theirs.parent}:/usr/bin:/bin"
    assert in_common('find_uv && echo "$uv"', {"PATH": path}, SHELLS[0], tmp_path) == f"{ours}\n"
    look = "from wslgpu.system.local import LocalHost as H; from wslgpu.facts.pythons import FIND_UV as W; print(H().ask([W]).value(W.id))"
    told = subprocess.run(
        [sys.executable, "-c", look], env={"PATH": path}, capture_output=True, text=True, timeout=60, check=True
    )
    assert str(theirs) not in told.stdout


@pytest.mark.parametrize("shell", SHELLS, ids=lambda s: s[0])
def test_a_lock_that_cannot_be_opened_ends_nothing(shell: list[str], tmp_path: Path) -> None:
    """dash ends without a word where exec cannot open a file; a run under sudo had left one of root's."""
    lock = tmp_path / "a folder"
    lock.mkdir()
    assert in_common(f'hold_lock "{lock}"; echo went on', {}, shell, tmp_path) == "went on\n"


@pytest.mark.skipif(shutil.which("flock") is None, reason="no flock here, so no lock")
def test_the_lock_is_held_until_what_was_started_has_ended(tmp_path: Path) -> None:
    """A killed script's pip works on; the next run must not build beside it."""
    lock, go, over = tmp_path / "lock", tmp_path / "go", tmp_path / "over"
    works_on = f'(until [ -e "{go}" ]; do sleep 0.05; done; sleep 0.5; : >"{over}") >/dev/null 2>&1 &'
    in_common(f'hold_lock "{lock}"; {works_on} exit 0', {}, SHELLS[0], tmp_path)
    assert not over.exists(), "its end was waited for, not the lock"
    told = in_common(f': >"{go}"; hold_lock "{lock}"; [ -e "{over}" ] && echo after it', {}, SHELLS[0], tmp_path)
    assert told == "after it\n"
