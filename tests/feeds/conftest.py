"""What the tests of the feeds share. They need numpy, which wslgpu itself does not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the feeds are for training scripts, which have numpy; this Python has none")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork workers are for Linux")
SOURCE = Path(__file__).resolve().parents[2] / "src"


def values(feed):
    """The number in each batch of a feed of Numbers."""
    return [int(batch[0][0]) for batch in feed]


class Numbers:
    """Batch i holds the number that stands at place i; on_epoch_end shuffles the places."""

    def __init__(self, length=20, seconds=0.0, shuffle=False, size=50):
        self.length, self.seconds, self.shuffle, self.size = length, seconds, shuffle, size
        self.places = np.arange(length)
        self.epoch = 0

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if index >= self.length:
            raise IndexError(index)
        time.sleep(self.seconds)
        return np.full((self.size,), self.places[index]), np.array([self.epoch, os.getpid()])

    def on_epoch_end(self):
        self.epoch += 1
        if self.shuffle:
            np.random.shuffle(self.places)


@pytest.fixture
def numbers():
    return Numbers


@pytest.fixture
def run_script(tmp_path):
    """Run a script that has wslgpu.feeds on its path; Popen, for scripts that are to be killed."""

    def start(text, python=sys.executable, **options):
        path = tmp_path / "script.py"
        path.write_text(text, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [str(python), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
            **options,
        )

    return start


def wait_until(holds, seconds=60.0):
    """Wait for an event, which is sure to come where nothing is wrong. Whether it came."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def runs(pid):
    """Whether a process runs; a zombie, which a container's PID 1 may never reap, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


@pytest.fixture
def still_running():
    """Which of some processes still run after up to `seconds`: none at once, where nothing is wrong."""

    def look(pids, seconds=60.0):
        wait_until(lambda: not any(runs(pid) for pid in pids), seconds)
        return [pid for pid in pids if runs(pid)]

    return look


@pytest.fixture
def shm_names():
    """No new name in /dev/shm afterwards, but for those that another program of this machine is using."""
    before = shm_listing()
    yield
    new = shm_listing() - before
    assert {name for name in new if not in_use("/dev/shm/" + name)} == set()


def shm_listing():
    return set(os.listdir("/dev/shm")) if Path("/dev/shm").is_dir() else set()


def in_use(path):
    """Whether another living process has a file mapped, or it has gone meanwhile."""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            if maps.parent.name != str(os.getpid()) and path in maps.read_text():
                return True
        except OSError:
            continue
    return not Path(path).exists()
