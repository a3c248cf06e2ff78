"""Which Python passes the watchdog by, and what is seen of a session from outside."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wslgpu.checks.catalog import load_doc
from wslgpu.training.outside_stacks import take_session_stacks
from wslgpu.training.run_say import render_more
from wslgpu.training.unwatched import describe_unwatched, find_unwatched, isolating_flag

TRAINING = Path(__file__).resolve().parents[2] / "src" / "wslgpu" / "training"


@pytest.mark.parametrize(
    ("argv", "flag"),
    [
        (["python", "train.py"], ""),
        (["python", "-I", "train.py"], "I"),
        (["/usr/bin/python3.12", "-E", "train.py"], "E"),
        (["python3", "-uS", "train.py"], "S"),
        (["python", "-W", "ignore", "-I", "x"], "I"),
        (["python", "-Wignore", "x", "-I"], ""),
        (["python", "-X", "dev", "train.py", "-E"], ""),
        (["python", "-u", "-m", "package", "-I"], ""),
        (["python", "-c", "pass", "-I"], ""),
        (["python", "-cI", "-E"], ""),
        (["C:\\Python310\\python.exe", "-I", "train.py"], "I"),
        (["pythonic", "-I"], ""),
        (["sh", "-E"], ""),
        ([], ""),
    ],
)
def test_the_flag(argv: list[str], flag: str) -> None:
    assert isolating_flag(argv) == flag


def test_the_sentence_names_process_and_reason() -> None:
    assert "process 7 (python -I t.py) has loaded TensorFlow" in describe_unwatched(7, ["python", "-I", "t.py"])
    assert "-I ignores PYTHONPATH" in describe_unwatched(7, ["python", "-I", "t.py"])
    assert "its environment was changed" in describe_unwatched(7, ["python", "t.py"])


@pytest.mark.parametrize("folder", ["/srv", "/srv/" + "deep/" * 30])
def test_a_long_command_is_still_told_apart_by_its_two_ends(folder: str) -> None:
    told = describe_unwatched(7, [f"{folder}/venv/bin/python", "-I", f"{folder}/train.py", "--epochs", "3"])
    assert "(python -I /srv" in told
    assert "/train.py --epochs 3) has loaded" in told
    assert len(told) < 400


def test_every_name_that_is_printed_has_a_page() -> None:
    sources = [*(TRAINING / "watchdog").glob("*.py"), *(TRAINING / name for name in ("supervise.py", "unwatched.py"))]
    pattern = re.compile(r'"((?:keras|sequence|oom|input|run)-[a-z0-9-]+)"')
    names = {name for source in sources for name in pattern.findall(source.read_text(encoding="utf-8"))}
    assert {"keras-dead-worker-hang", "oom-killed", "input-bound", "run-not-watched"} <= names
    for name in names:
        doc = load_doc(name)
        assert "run" in doc.detected_by, name
        assert render_more(name)[0].startswith("What to do: "), name


LOADED = """
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
kept = mmap.mmap(fd, 4096, prot=mmap.PROT_READ)
if len(sys.argv) > 2 and os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("name", "reported", "found"),
    [("libtensorflow_cc.so.2", False, 1), ("libtensorflow_cc.so.2", True, 0), ("libother.so", False, 0)],
)
def test_a_library_tells(tmp_path: Path, name: str, reported: bool, found: int) -> None:
    # Synthetic: a file of that name is mapped, and a child is forked as Keras does.
    (tmp_path / name).write_bytes(bytes(4096))
    argv = [sys.executable, "-c", LOADED, str(tmp_path / name), "fork"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if reported:
            (tmp_path / f"py.{process.pid}").touch()
        seen = find_unwatched(tmp_path, process.pid)
        assert process.stdin is not None
        process.stdin.close()
    assert [pid for pid, _ in seen] == [process.pid] * found


@pytest.mark.skipif(sys.platform != "linux", reason="needs faulthandler.register")
def test_stacks_from_outside_go_to_no_stranger(tmp_path: Path) -> None:
    # The second process never registered the signal, which would end it; its pid stands on an old file.
    asleep = "import sys, time; from wslgpu.training.watchdog.worker import answer_stack_signal as a\na(sys.argv[1]); print(1, flush=True)\ntime.sleep(600)"
    knows = subprocess.Popen([sys.executable, "-c", asleep, str(tmp_path)], stdout=subprocess.PIPE)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        assert knows.stdout is not None
        knows.stdout.readline()
        (tmp_path / f"stack.{stranger.pid}").touch()
        stacks = take_session_stacks(tmp_path)
        assert list(stacks) == [str(knows.pid)]
        assert "in <module>" in stacks[str(knows.pid)]
        assert stranger.poll() is None
    finally:
        for process in (knows, stranger):
            process.kill()
            process.communicate()
