"""The watchdog: its judgement on made-up workers, its readers on made-up files, and the whole of it on a bare pool."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.pool
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wslgpu.training import watchdog
from wslgpu.training.watchdog import Slot, WorkerView, judge_oom, judge_workers, read_oom_kills, read_slot
from wslgpu.training.watchdog.files import find_shared_hdf5
from wslgpu.training.watchdog.items import name_item_error

HERE = Path(__file__).resolve().parent
DEADLOCKED = """Current thread 0x00007f0000000000 (most recent call first):
  File "/v/lib/python3.12/site-packages/tensorflow/python/eager/execute.py", line 53 in quick_execute
  File "/home/somebody/train.py", line 9 in __getitem__
"""
BUSY_IN_NUMPY = DEADLOCKED.replace("/tensorflow/python/eager/execute.py", "/numpy/fft/_pocketfft.py")
CALLED_BY_TENSORFLOW = """Current thread 0x00007f0000000000 (most recent call first):
  File "/home/somebody/train.py", line 9 in __getitem__
  File "/v/lib/python3.12/site-packages/tensorflow/python/ops/script_ops.py", line 269 in __call__
"""


def worker(
    pid: int = 7,
    exitcode: int | None = None,
    busy: bool = True,
    busy_s: float = 0.1,
    still_s: float = 0.0,
    waits: bool = False,
    stack: str = "",
    slot: bool = True,
) -> WorkerView:
    own = Slot(3, busy, 0, 5, 100.0) if slot else None
    return WorkerView(pid, exitcode, own, busy_s if busy else 0.0, still_s, waits, stack)


LOCKED = {"busy_s": 1.0, "still_s": 1.0, "waits": True}


@pytest.mark.parametrize(
    ("workers", "pending", "quiet_s", "oom", "expected"),
    [
        ([worker()], 3, 0.0, False, None),
        ([worker(exitcode=-9)], 3, 0.0, False, "keras-dead-worker-hang"),
        ([worker(exitcode=-9)], 3, 0.0, True, "oom-killed"),
        ([worker(exitcode=-11)], 3, 0.0, True, "keras-dead-worker-hang"),  # a crash is not want of memory
        ([worker(exitcode=0)], 3, 0.0, False, "keras-dead-worker-hang"),  # sys.exit() in the middle of a batch
        ([worker(exitcode=0, busy=False)], 3, 9.0, False, None),  # sent home in good order
        ([worker(exitcode=-9, busy=False), worker(8)], 3, 9.0, False, None),  # the other one still works
        ([worker(exitcode=-9, busy=False), worker(8, busy=False)], 3, 0.1, False, None),  # its answer may be under way
        ([worker(exitcode=-9, busy=False), worker(8, busy=False)], 3, 1.0, False, "keras-dead-worker-hang"),
        ([worker(exitcode=-9, busy=False), worker(8, busy=False)], 0, 9.0, False, None),  # nobody waits for anything
        ([worker(busy_s=21.0)], 1, 0.0, False, "keras-stuck-worker"),
        ([worker(busy=False)], 2, 21.0, False, "keras-stuck-worker"),
        ([worker(slot=False, busy=False)], 2, 21.0, False, None),  # spawn: still importing TensorFlow
        ([worker(slot=False, busy=False)], 2, 61.0, False, "keras-stuck-worker"),
        ([worker(stack=DEADLOCKED, **LOCKED)], 1, 0.0, False, "keras-fork-tf-deadlock"),
        ([worker(stack=BUSY_IN_NUMPY, **LOCKED)], 1, 0.0, False, None),
        ([worker(stack=CALLED_BY_TENSORFLOW, **LOCKED)], 1, 0.0, False, None),
        ([worker(stack=DEADLOCKED, busy_s=1.0, still_s=0.1, waits=True)], 1, 0.0, False, None),  # it computes
        ([worker(stack=DEADLOCKED, busy_s=1.0, still_s=1.0)], 1, 0.0, False, None),  # it waits for a disk or a server
        ([worker(pid, 1, False, slot=False) for pid in range(6)], 2, 0.0, False, "keras-dead-worker-hang"),
    ],
)  # fmt: skip
def test_judgement(workers: list[WorkerView], pending: int, quiet_s: float, oom: bool, expected: str | None) -> None:
    finding = judge_workers(workers, pending, quiet_s, 20.0, oom, 60.0)
    assert (finding.slug if finding else None) == expected


def test_a_finding_names_worker_and_batch() -> None:
    finding = judge_workers([worker(4711, -9)], 1, 0.0, 20.0, False)
    assert finding is not None
    assert (finding.pid, finding.batch) == (4711, 5)
    assert "SIGKILL" in finding.sentence
    assert "4711" in finding.sentence


def test_a_slot_that_is_being_written_is_not_believed(tmp_path: Path) -> None:
    record = struct.Struct("<QqqqdQ")
    path = tmp_path / "w.1"
    assert read_slot(str(path)) is None
    path.write_bytes(record.pack(4, 1, 0, 5, 1.5, 4))
    assert read_slot(str(path)) == Slot(4, True, 0, 5, 1.5)
    path.write_bytes(record.pack(5, 0, 0, 5, 1.5, 4))
    assert read_slot(str(path)) is None
    path.write_bytes(bytes(64))
    assert read_slot(str(path)) is None


@pytest.mark.parametrize(
    ("cgroup", "place"),
    [
        ("0::/docker/abc\n", "sys/fs/cgroup/docker/abc/memory.events"),
        ("0::/docker/abc\n", "sys/fs/cgroup/memory.events"),
        ("5:cpu:/\n9:memory:/docker/abc\n", "sys/fs/cgroup/memory/docker/abc/memory.oom_control"),
    ],
)
def test_kills_are_counted_by_either_cgroup(tmp_path: Path, cgroup: str, place: str) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(cgroup)
    (tmp_path / "proc/vmstat").write_text("pgfault 5\noom_kill 12\n")
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text("max 1\noom_kill 3\noom_group_kill 0\n")
    assert read_oom_kills(str(tmp_path)) == {"cgroup": 3, "machine": 12}
    assert read_oom_kills(str(tmp_path / "nowhere")) == {}


def test_oom_is_an_increase() -> None:
    assert not judge_oom({"cgroup": 3, "machine": 12}, {"cgroup": 3, "machine": 12})
    assert judge_oom({"cgroup": 3, "machine": 12}, {"cgroup": 4, "machine": 13})
    assert judge_oom({"machine": 12}, {"machine": 13})
    assert not judge_oom({}, {"machine": 13})


@pytest.mark.parametrize(
    ("methods", "actual", "chosen"),
    [
        (["fork", "spawn", "forkserver"], None, "fork"),  # Linux up to 3.13
        (["forkserver", "spawn", "fork"], None, "fork"),  # 3.14
        (["forkserver", "spawn", "fork"], "spawn", "spawn"),  # set by the user
        (["fork", "spawn", "forkserver"], "forkserver", "forkserver"),  # set by the user
        (["spawn", "fork", "forkserver"], None, "spawn"),  # macOS
    ],
)
def test_fork_is_chosen_for_a_default_alone(
    monkeypatch: pytest.MonkeyPatch, methods: list[str], actual: str | None, chosen: str
) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: methods)
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda allow_none=False: actual)
    assert watchdog.choose_start_method("auto") == chosen
    assert watchdog.choose_start_method("spawn") == "spawn"


def test_the_kernels_log_names_whom_it_killed(tmp_path: Path) -> None:
    # Synthetic, in the form of /dev/kmsg; a pipe gives one record a read, as the device does.
    now = time.monotonic()
    old = b"6,1,1000,-;Out of memory: Killed process 11 (python) total-vm:1kB\n"
    new = b"3,2,%d,-;Memory cgroup out of memory: Killed process 4711 (python) total-vm:1kB\n" % int(now * 1e6)
    log = tmp_path / "kmsg"
    log.write_bytes(new)
    assert watchdog.read_kernel_kills(now, str(log)) == {4711}
    log.write_bytes(old)
    assert watchdog.read_kernel_kills(now + 100, str(log)) == set()
    log.write_bytes(b"garbage Killed process 5 ;\n")
    assert watchdog.read_kernel_kills(now, str(log)) == set()
    assert watchdog.read_kernel_kills(now, str(tmp_path / "nowhere")) == set()


def raised_in_a_worker(error: Exception, traceback: str) -> Exception:
    error.__cause__ = multiprocessing.pool.RemoteTraceback(traceback)
    return error


TRACEBACK = """Traceback (most recent call last):
  File "/v/lib/python3.12/multiprocessing/pool.py", line 125, in worker
  File "/v/site-packages/keras/data.py", line 4, in get_index
  File "/home/somebody/train.py", line 9, in __getitem__
  File "/v/site-packages/numpy/core.py", line 1, in zeros
"""


@pytest.mark.parametrize(
    ("error", "shared", "slug", "words"),
    [
        (raised_in_a_worker(ValueError("boom"), TRACEBACK), (), "sequence-item-raises", "ValueError: boom, in __getitem__, line 9 of /home/somebody/train.py"),
        (raised_in_a_worker(OSError("Can't read data (inflate() failed)"), TRACEBACK), ("self.data",), "keras-h5py-fork", "self.data"),
        (raised_in_a_worker(RuntimeError("bad object header"), TRACEBACK), (), "sequence-item-raises", "bad object header"),
        (raised_in_a_worker(OSError("wrong B-tree signature"), TRACEBACK), (), "keras-h5py-fork", "an HDF5 file"),
        (multiprocessing.pool.MaybeEncodingError(TypeError("cannot pickle it"), "x" * 9999), (), "keras-pickle", "cannot pickle it"),
        (RuntimeError("wslgpu: [keras-dead-worker-hang] ..."), (), None, ""),
        (ValueError("raised here"), (), None, ""),
    ],
)  # fmt: skip
def test_what_a_worker_raised_has_a_name(
    error: Exception, shared: tuple[str, ...], slug: str | None, words: str
) -> None:
    named = name_item_error(error, shared)
    assert (named[0] if named else None) == slug
    assert words in (named[1] if named else "")


class Holder:
    def __init__(self, **held: object) -> None:
        self.__dict__.update(held)


class Dataset:
    __module__ = "h5py._hl.dataset"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/fd")
@pytest.mark.parametrize(
    ("held", "is_open", "names"),
    [
        ({"data": Dataset()}, True, ("self.data",)),
        ({"files": {"a": Dataset()}}, True, ("self.files",)),
        ({"reader": Holder(data=Dataset())}, True, ("self.reader",)),
        ({"data": Dataset()}, False, ()),  # a handle that was closed
        ({"path": "data.h5", "kind": Dataset}, True, ()),
    ],
)
def test_hdf5_files_that_would_be_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: dict[str, object], is_open: bool, names: tuple[str, ...]
) -> None:
    # Synthetic: a file that begins as HDF5 does, and a type of that name.
    (tmp_path / "data.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    monkeypatch.setitem(sys.modules, "h5py", multiprocessing)
    with (tmp_path / "data.h5").open("rb") as file:
        if not is_open:
            file.close()
        assert find_shared_hdf5({0: Holder(**held)}) == names


def find_pythons() -> list[str]:
    """One interpreter of each minor version from 3.7 on, found by looking."""
    found: dict[str, str] = {}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [str(path) for path in sorted(pyenv.glob("3.*/bin/python"))]
    candidates += [path for minor in range(7, 16) if (path := shutil.which(f"python3.{minor}"))] + [sys.executable]
    for python in candidates:
        done = subprocess.run([python, "-V"], capture_output=True, text=True, timeout=120, check=False)
        version = re.match(r"Python 3\.(\d+)", done.stdout)
        if version and int(version[1]) >= 7:
            found.setdefault(version[1], python)
    return [found[minor] for minor in sorted(found, key=int)]


def watch_bare_pool(python: str, fault: str, run_dir: Path) -> tuple[str, list[dict[str, object]]]:
    argv = [python, str(HERE / "fake_keras.py"), str(Path(watchdog.__file__).parent), str(run_dir), fault]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (run_dir / "events.jsonl").read_text().splitlines() if (run_dir / "events.jsonl").exists() else []
    return done.stdout.strip(), [json.loads(line) for line in lines]


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")
@pytest.mark.parametrize(
    ("fault", "said", "slug"),
    [
        ("none", "ok", None),
        ("long", "ok", None),
        ("raise", "raised boom", None),
        ("kill", "raised wslgpu: [keras-dead-worker-hang]", "keras-dead-worker-hang"),
        ("exit", "raised wslgpu: [keras-dead-worker-hang]", "keras-dead-worker-hang"),
        ("stuck", "raised wslgpu: [keras-stuck-worker]", "keras-stuck-worker"),
        ("kill-all-idle", "raised wslgpu: [keras-dead-worker-hang]", "keras-dead-worker-hang"),
    ],
)
def test_a_bare_pool(tmp_path: Path, fault: str, said: str, slug: str | None) -> None:
    printed, events = watch_bare_pool(sys.executable, fault, tmp_path)
    assert printed.startswith(said)
    findings = [event for event in events if event["event"] == "finding"]
    assert [finding["slug"] for finding in findings] == ([slug] if slug else [])
    if fault == "stuck":
        stacks = findings[0]["stacks"]
        assert isinstance(stacks, dict)
        assert "in get_index" in stacks[str(findings[0]["worker"])]
        assert "in main" in stacks[str(findings[0]["pid"])]


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")
def test_it_runs_on_every_python_that_is_here(tmp_path: Path) -> None:
    for number, python in enumerate(find_pythons()):
        run_dir = tmp_path / str(number)
        run_dir.mkdir()
        assert watch_bare_pool(python, "kill", run_dir)[0].startswith("raised wslgpu: [keras-dead-worker-hang]"), python


def test_the_stack_signal_is_a_real_time_one() -> None:
    assert signal.SIGRTMIN <= watchdog.STACK_SIGNAL <= signal.SIGRTMAX
