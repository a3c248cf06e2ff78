"""The session: what a child ends with, what it leaves, and what is left when those above it are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.guardian import read_processes
from wslgpu.system.session import Ended, supervise

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sessions, /proc and prctl are Linux's")


def ended(
    *argv: str, deadline_s: float = 300, patience_s: float = 60, on_tick: Callable[[], str] = lambda: ""
) -> Ended:
    result = supervise(argv, deadline_s=deadline_s, patience_s=patience_s, on_tick=on_tick)
    assert isinstance(result, Ended), result
    return result


def is_alive(pid: int) -> bool:
    processes = read_processes()
    return pid in processes and processes[pid][2] not in "ZX"  # a zombie of a PID 1 that reaps nothing is no leftover


def wait_until(holds: Callable[[], bool]) -> bool:
    """Wait for what is sure to come where nothing is wrong. Whether it came."""
    end = time.monotonic() + 60
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_code_and_output_are_the_childs() -> None:
    result = ended("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (result.returncode, result.ended_by, result.left_behind) == (7, "", ())
    assert sorted(result.output.split()) == ["err", "out"]


def test_a_signal_is_negative() -> None:
    assert ended("sh", "-c", "kill -SEGV $$").returncode == -signal.SIGSEGV


def test_the_child_has_no_stdin_and_a_session_of_its_own() -> None:
    script = "import os, sys; print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())"
    assert ended(sys.executable, "-c", script).output.split() == ["''", "True"]


def test_signals_are_not_ignored_in_the_child() -> None:
    script = "import signal as s; print(*[s.getsignal(n) == s.SIG_DFL for n in (s.SIGTERM, s.SIGHUP)])"
    assert ended(sys.executable, "-c", script).output.split() == ["True", "True"]


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    assert supervise([str(tmp_path / "nothing")], deadline_s=5) == Absent()
    not_a_program = tmp_path / "text"
    not_a_program.write_text("hello")
    assert isinstance(supervise([str(not_a_program)], deadline_s=5), Unknown)


def test_deadline_kills_the_whole_tree(tmp_path: Path) -> None:
    script = f"setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 600' & sleep 600"
    for deadline_s in (1, 5, 30, 120):  # on a slow machine the tree does not stand after a second
        result = ended("sh", "-c", script, deadline_s=deadline_s)
        assert result.ended_by == "deadline"
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            break
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_what_is_left_behind_is_named_and_killed(tmp_path: Path) -> None:
    is_sleep = 'until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done'
    script = f"setsid sleep 600 & echo $! > {tmp_path}/pid; {is_sleep}; exit 3"
    result = ended("sh", "-c", script)
    pid = int((tmp_path / "pid").read_text())
    assert result.returncode == 3
    assert [(process.pid, process.command) for process in result.left_behind] == [(pid, "sleep 600")]
    assert not is_alive(pid)


def test_children_that_go_by_themselves_are_not_left_behind() -> None:
    assert ended("sh", "-c", "sleep 0.3 & exit 0").left_behind == ()


def signal_once(ready: Path, number: int = signal.SIGINT) -> Callable[[], str]:
    """An `on_tick` that sends this process a signal as soon as the child has made `ready`."""
    sent: list[int] = []

    def look() -> str:
        if not sent and ready.exists():
            sent.append(number)
            os.kill(os.getpid(), number)
        return ""

    return look


def test_an_interrupt_goes_to_the_main_process_alone(tmp_path: Path) -> None:
    script = (
        "import sys, time\ntry:\n    open(sys.argv[1], 'w').close()\n    time.sleep(600)\n"
        "except KeyboardInterrupt:\n    print('stopped'); exit(5)"
    )
    ready = tmp_path / "ready"
    result = ended(sys.executable, "-c", script, str(ready), on_tick=signal_once(ready))
    assert (result.returncode, result.ended_by, result.output.strip()) == (5, "interrupt", "stopped")


def test_who_ignores_the_interrupt_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap '' INT; : > {ready}; sleep 600"
    result = ended("sh", "-c", script, patience_s=0.3, on_tick=signal_once(ready))
    assert (result.returncode, result.ended_by) == (-signal.SIGKILL, "interrupt")


def test_terminate_is_forwarded(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'exit 9' TERM; : > {ready}; while :; do sleep 0.1; done"
    result = ended("sh", "-c", script, on_tick=signal_once(ready, signal.SIGTERM))
    assert (result.returncode, result.ended_by) == (9, "terminate")


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    ended("true")
    assert signal.getsignal(signal.SIGINT) is before


def start_supervisor(tmp_path: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A process that supervises two sleeps, one of which has left the session. Its Popen, and the deserter's pid."""
    script = f"setsid sh -c 'echo $$ > {tmp_path}/pid; exec sleep 600' & sleep 600"
    (tmp_path / "run").mkdir()
    code = (
        "from wslgpu.system.session import supervise;"
        f"supervise(['sh', '-c', {script!r}], deadline_s=600, folder={str(tmp_path / 'run')!r})"
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": source})
    assert wait_until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text().strip()))
    return process, int((tmp_path / "pid").read_text())


def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    process, deserter = start_supervisor(tmp_path)
    process.kill()
    process.wait()
    assert wait_until(lambda: not is_alive(deserter))
    assert wait_until(lambda: not (tmp_path / "run").exists())


def test_a_guardian_that_was_killed_takes_its_child_along(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; from wslgpu.system.session import supervise;"
        "print(supervise(['sh', '-c', 'sleep 61234 & echo $$; kill -9 $PPID; sleep 61234'], deadline_s=600).returncode)"
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == b"-9"
    assert [p for p, (_, _, state) in read_processes().items() if state not in "ZX" and is_that_sleep(p)] == []


def is_that_sleep(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\x0061234\x00"
    except OSError:
        return False
