"""`wslgpu run`: exit codes and clean-up with any command, and each fault of a real training named."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wslgpu.system.guardian import read_processes
from wslgpu.training.environment import clean_for_run, clean_for_smoke
from wslgpu.training.run_say import judge_input, pick_frames
from wslgpu.training.supervise import exit_code_of, run_command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="`run` supervises on Linux")
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src"
RUN = "import sys; from wslgpu.cli import main; main.COMMANDS.setdefault('run', ''); main.main()"


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    variables = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": os.environ.get("TMPDIR", "/tmp"), **environment}
    argv = [sys.executable, "-c", RUN, "run", *arguments]
    return subprocess.Popen(argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    process = start(*arguments, **environment)
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def commands_alive() -> list[str]:
    found = []
    for pid, (_, _, state) in read_processes().items():
        if state not in "ZX" and pid != os.getpid():
            try:
                found.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143), ("kill -SEGV $$", 139)],
)
def test_the_childs_own_code(script: str, code: int) -> None:
    assert run("--", "sh", "-c", script)[0] == code


def test_output_is_the_childs_and_nothing_is_added() -> None:
    assert run("--", "sh", "-c", "echo out; echo err >&2") == (0, "out\n", "err\n")


def test_options_after_the_command_are_the_commands() -> None:
    assert run("--", "echo", "--deadline", "x", "-h")[1] == "--deadline x -h\n"


def test_deadline_is_ours_and_gives_1() -> None:
    code, _, err = run("--deadline", "1", "--", "sleep", "600")
    assert code == 1
    assert "not done after 1 s" in err


def test_what_is_left_behind_is_named() -> None:
    code, _, err = run("--", "sh", "-c", "sleep 47113 & exit 0")
    assert code == 0
    assert "left behind" in err
    assert "sleep 47113" in err
    assert "sleep 47113 " not in commands_alive()


@pytest.mark.parametrize(("argv", "words"), [(["/nowhere/train"], "/nowhere/train"), ([], "no command was given")])
def test_bad_commands_are_usage(argv: list[str], words: str) -> None:
    code, out, err = run("--", *argv)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_the_users_own_sitecustomize_and_path_still_work(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.OWN = 'own'\n")
    (tmp_path / "helper.py").write_text("VALUE = 42\n")
    code = "import sys, helper; print(OWN, helper.VALUE, any('bootstrap' in entry for entry in sys.path))"
    assert run("--", sys.executable, "-c", code, PYTHONPATH=f"{SOURCE}:{tmp_path}")[1] == "own 42 False\n"


def test_nothing_is_written_beside_our_files_or_left_in_tmp(tmp_path: Path) -> None:
    run("--", sys.executable, "-c", "pass", TMPDIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert not (SOURCE / "wslgpu" / "training" / "bootstrap" / "__pycache__").exists()


def test_environment_for_a_run() -> None:
    before = {
        "PATH": "/bin",
        "PYTHONHOME": "/x",
        "PYTHONPATH": "/mine",
        "LD_LIBRARY_PATH": "/usr/local/cuda/lib64:/opt/mine:/usr/lib/wsl/lib",
    }
    files = {
        "/usr/local/cuda/lib64": ("libcudart.so.11.0",),
        "/opt/mine": ("libfoo.so",),
        "/usr/lib/wsl/lib": ("libcuda.so",),
    }
    clean = clean_for_run(before, files, "/b")
    assert clean.variables["LD_LIBRARY_PATH"] == "/opt/mine:/usr/lib/wsl/lib"
    assert clean.variables["PYTHONPATH"] == "/b:/mine"
    assert "PYTHONHOME" not in clean.variables
    assert len(clean.removed) == 2
    assert clean_for_run({"PATH": "/bin"}, {}, "/b").removed == ()


def test_environment_for_the_smoke() -> None:
    clean = clean_for_smoke({"PYTHONPATH": "/x", "LD_LIBRARY_PATH": "/y", "PATH": "/bin"}, "/run", "cpu")
    assert "PYTHONPATH" not in clean.variables
    assert clean.variables["LD_LIBRARY_PATH"] == "/y"
    assert clean.variables["CUDA_VISIBLE_DEVICES"] == "-1"
    assert len(clean.removed) == 1


def test_frames_that_help() -> None:
    dump = (
        'Thread 0x1 (most recent call first):\n  File "/usr/lib/python3.12/threading.py", line 1 in wait\n\n'
        'Current thread 0x2 (most recent call first):\n  File "/v/site-packages/tensorflow/execute.py", line 53 in quick\n'
        '  File "/v/site-packages/keras/trainer.py", line 3 in fit\n  File "/home/somebody/train.py", line 9 in <module>\n'
    )
    assert pick_frames(dump) == [
        'File "/v/site-packages/tensorflow/execute.py", line 53 in quick',
        'File "/home/somebody/train.py", line 9 in <module>',
    ]
    assert pick_frames("") == []


def test_waiting_for_batches_is_told() -> None:
    waiting = judge_input({"batches": 40, "waited_s": 9.0, "used_s": 1.0})
    assert "fit waited 9.0 of 10.0 s (90 %) for its 40 batches" in waiting
    assert judge_input({"batches": 40, "waited_s": 1.0, "used_s": 9.0}) == ""
    assert judge_input({"batches": 4, "waited_s": 9.0, "used_s": 1.0}) == ""
    assert judge_input({"batches": 40, "waited_s": 0.9, "used_s": 0.1}) == ""


def test_exit_code_where_we_ended_it() -> None:
    result = run_command(["sleep", "600"], deadline_s=1)
    assert (result.exit_code, exit_code_of(result.ended)) == (1, 1)


SEED = "20261122"  # which batch is harmed, and what a batch costs; tests/benchmarks/faults.py tries many
FAULTS = {  # fault -> slug of the finding, None where there is none
    "healthy": None,
    "raise": "sequence-item-raises",
    "unpicklable": "keras-pickle",
    "kill-busy": "keras-dead-worker-hang",
    "segv": "keras-dead-worker-hang",
    "sys-exit": "keras-dead-worker-hang",
    "tensorflow-op": "keras-fork-tf-deadlock",
    "stuck": "keras-stuck-worker",
    "h5py": "keras-h5py-fork",
}
# These are raised by Keras itself: `run` names them and ends nothing. h5py: with HDF5 1.14 the batches are right.
BY_KERAS, GOES_ON = {"raise", "unpicklable"}, {"healthy", "h5py"}


def train_with(python: Path, faults: str, *method: str) -> tuple[int, list[str], str]:
    """Exit code, a line for each fault (TRAINED or RAISED ...), and stderr; nothing may be left of it."""
    script = [str(python), str(HERE / "faults.py"), faults, *(method or ("",)), SEED]
    code, out, err = run("--deadline", "500", "--stuck-after", "6", "--", *script)
    assert not [line for line in commands_alive() if f"faults.py {faults}" in line]
    lines = [line for line in out.splitlines() if line.startswith(("TRAINED", "RAISED"))]
    assert len(lines) == len(faults.split(",")), out + err
    return code, lines, err


@pytest.mark.tensorflow
def test_each_fault_is_named_and_the_program_can_go_on(each_tf_python: Path) -> None:
    names = [*FAULTS, "healthy"]
    code, lines, err = train_with(each_tf_python, ",".join(names))
    assert code == 7
    named = [slug for slug in FAULTS.values() if slug]
    for fault, line in zip(names, lines, strict=True):
        slug = FAULTS[fault]
        if fault == "tensorflow-op" and line.startswith("TRAINED") and len(os.sched_getaffinity(0)) == 1:
            named.remove(slug)  # with one core TensorFlow runs the operation inline: no pool of threads to wait for
            continue
        assert line.startswith("TRAINED" if fault in GOES_ON else "RAISED"), (fault, line)
        assert ("wslgpu: [" in line) == (fault not in BY_KERAS | GOES_ON), (fault, line)
        assert f"[{slug}]" in line or fault in BY_KERAS | GOES_ON, (fault, line)
    told = re.findall(r"^wslgpu: \[([a-z0-9-]+)\]", err, re.MULTILINE)
    assert told == named


@pytest.mark.tensorflow
def test_an_idle_worker_that_is_killed(each_tf_python: Path) -> None:
    # By luck it held no lock, and the training goes on; or it is named. It hangs in neither case.
    code, lines, err = train_with(each_tf_python, "kill-idle,healthy")
    assert code in (0, 7)
    assert lines[1].startswith("TRAINED")
    assert ("[keras-dead-worker-hang]" in lines[0]) == (code == 7) == ("wslgpu: [keras-dead-worker-hang]" in err)


@pytest.mark.tensorflow
def test_a_sequence_that_cannot_be_pickled(each_tf_python: Path) -> None:
    code, lines, err = train_with(each_tf_python, "lock", "spawn")
    assert code == 7
    assert "[keras-pickle]" in lines[0]
    assert "wslgpu: [keras-pickle]" in err


@pytest.mark.tensorflow
def test_a_worker_that_the_kernel_kills_for_memory(each_tf_python: Path) -> None:
    code, out, err = run("--deadline", "500", "--", str(each_tf_python), str(HERE / "faults.py"), "memory")
    for line in out.splitlines():
        if line.startswith("CGROUP "):
            Path(line.split()[1]).rmdir()
    if code == 9:
        pytest.skip("no cgroup with a limit of memory can be made here: " + out.partition("NO-CGROUP ")[2].strip())
    assert (code, "wslgpu: [oom-killed] Worker" in err) == (7, True), err


@pytest.mark.tensorflow
def test_input_that_is_slow(tf_python: Path) -> None:
    code, _, err = run("--", str(tf_python), str(HERE / "faults.py"), "slow-input")
    assert code == 0
    assert "wslgpu: [input-bound] fit waited" in err
    assert "More: wslgpu explain input-bound" in err


@pytest.mark.tensorflow
@pytest.mark.parametrize("flag", ["-I", "-E"])
def test_a_python_that_passes_the_watchdog_by_is_told_of(tf_python: Path, flag: str) -> None:
    code, _, err = run("--deadline", "500", "--", str(tf_python), flag, str(HERE / "faults.py"), "healthy")
    assert code == 0
    assert err.count(f"wslgpu: [run-not-watched] python {flag} ignores PYTHONPATH") == 1


@pytest.mark.tensorflow
def test_a_python_deeper_down_that_is_not_watched(tf_python: Path) -> None:
    # Nothing in the command tells of it; TensorFlow is seen in a process that did not report in.
    process = start("--deadline", "500", "--", "sh", "-c", f"{tf_python} -I {HERE / 'faults.py'} endless; exit 3")
    assert process.stderr is not None
    told = r"wslgpu: \[run-not-watched\] process \d+ \(.*faults.py endless\) has loaded TensorFlow"
    assert any(re.search(told, line) for line in process.stderr)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130


@pytest.mark.tensorflow
def test_the_deadline_shows_where_it_stood(tf_python: Path) -> None:
    script = [str(tf_python), str(HERE / "faults.py"), "stuck"]
    for deadline in ("12", "40", "200"):  # on a slow machine the training does not stand there after so little
        code, out, err = run("--deadline", deadline, "--stuck-after", "600", "--", *script)
        assert code == 1
        if "HARM" in out:
            break
    stood = err.partition("wslgpu: where it stood:")[2]
    assert re.search(r"process \d+ \(the training\) stands in", stood)
    assert re.search(r"\(worker\) stands in\s+File \S+faults.py\", line \d+ in harm", stood)


@pytest.mark.tensorflow
def test_fork_for_keras_alone(tf_python: Path) -> None:
    # A Sequence that holds a lock cannot be pickled; the process-wide default stays what the program has set.
    script = [str(tf_python), str(HERE / "faults.py"), "lock", "forkserver"]
    code, out, err = run("--start-method", "fork", "--", *script)
    assert (code, out.splitlines()[-1:]) == (0, ["TRAINED forkserver"]), err


@pytest.mark.tensorflow
@pytest.mark.parametrize("fault", ["endless", "stuck"])
def test_ctrl_c_ends_it_and_nothing_is_left(each_tf_python: Path, fault: str) -> None:
    process = start("--", str(each_tf_python), str(HERE / "faults.py"), fault)
    wait_for_harm(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    assert not [line for line in commands_alive() if f"faults.py {fault}" in line]


@pytest.mark.tensorflow
@pytest.mark.parametrize("fault", ["endless", "tensorflow-op"])
def test_nothing_outlives_a_wslgpu_that_is_killed(tf_python: Path, fault: str) -> None:
    # Workers that deadlock in TensorFlow do outlive their parent where nobody sees to them.
    process = start("--stuck-after", "600", "--", str(tf_python), str(HERE / "faults.py"), fault)
    wait_for_harm(process)
    process.kill()
    process.wait()
    wait_until(lambda: not [line for line in commands_alive() if f"faults.py {fault}" in line], 60)


def wait_for_harm(process: subprocess.Popen[str]) -> None:
    """Until a worker is at the batch that does harm (an endless training: that would), and a moment more."""
    assert process.stdout is not None
    while not process.stdout.readline().startswith("HARM"):
        assert process.poll() is None
    time.sleep(0.5)


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    """Fail where it does not come to hold in that time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, commands_alive()
        time.sleep(0.1)


def test_the_users_own_watchdog_is_not_hidden() -> None:
    """The package index has a `watchdog`; ours lies on PYTHONPATH and must not answer to that name."""
    code = 'import importlib.util as u, sys; sys.exit(7 if u.find_spec("watchdog") else 0)'
    assert run("--", sys.executable, "-c", code)[0] == 0
