"""`wslgpu run` on Windows: the command's own code, an end to everything, and the hang that Windows has got named."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.windows

# Synthetic: a module of the name and the make of Keras 2's, which takes its pools by get_pool_class in a thread.
KERAS = """
import multiprocessing

def get_pool_class(use_multiprocessing):
    return multiprocessing.Pool

def get_index(uid, index):
    return index
"""
TRAINING = """
import sys, threading
import keras.src.utils.data_utils as data_utils

def feed(held, answers):
    pool = data_utils.get_pool_class(True)(2, initializer=print, initargs=(held,))
    answers.append(pool.apply_async(data_utils.get_index, (0, 3)))

if __name__ == "__main__":
    answers = []
    held = threading.Lock() if sys.argv[1] == "lock" else 1
    thread = threading.Thread(target=feed, args=(held, answers))
    thread.start()
    thread.join()
    try:
        print("GOT", answers[0].get())
    except Exception as error:
        print("RAISED", error)
"""
TREE = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(47114)"])
time.sleep(47114)
"""


def on_windows(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


def run(bed: Any, program: str, *options: str) -> Any:
    exe = on_windows(bed.python / "python.exe")
    return bed.run(["-m", "wslgpu", "run", *options, "--", exe, "-c", program])


def test_the_commands_own_code(bed: Any) -> None:
    assert run(bed, "import sys; sys.exit(7)").exit == 7


def test_no_such_command(bed: Any) -> None:
    done = bed.run(["-m", "wslgpu", "run", "--", "C:\\nowhere\\train.exe"])
    assert done.exit == 2
    assert b"there is no program" in done.stderr


def test_a_start_method_that_windows_lacks(bed: Any) -> None:
    done = run(bed, "pass", "--start-method", "fork")
    assert done.exit == 2
    assert b"Windows cannot start processes by fork" in done.stderr


def test_the_deadline_ends_the_whole_tree(bed: Any) -> None:
    done = run(bed, TREE, "--deadline", "6")
    assert done.exit == 1
    assert b"not done after 6 s" in done.stderr
    end = time.monotonic() + 60
    while (left := "time.sleep(47114)" in list_commands()) and time.monotonic() < end:
        time.sleep(0.1)  # Windows has ended them; the processes of Wine that they were go a moment later
    assert not left


def list_commands() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("held", "said"), [("lock", b"RAISED wslgpu: [keras-pickle]"), ("nothing", b"GOT 3")])
def test_what_cannot_be_pickled_is_named(bed: Any, tmp_path: Path, held: str, said: bytes) -> None:
    package = tmp_path / "keras" / "src" / "utils"
    package.mkdir(parents=True)
    for folder in (package, *list(package.parents)[:2]):
        (folder / "__init__.py").touch()
    (package / "data_utils.py").write_text(KERAS)
    (tmp_path / "train.py").write_text(TRAINING)
    exe, script = on_windows(bed.python / "python.exe"), on_windows(tmp_path / "train.py")
    done = bed.run(["-m", "wslgpu", "run", "--deadline", "500", "--", exe, script, held], deadline_s=600)
    assert said in done.stdout, done.stderr
    assert (b"wslgpu: [keras-pickle] The Sequence cannot be sent" in done.stderr) == (held == "lock")
    assert done.exit == 0
