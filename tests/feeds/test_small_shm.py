"""A container's /dev/shm holds 64 MB. The feed does not use it, and says how large it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

SCRIPT = """
import os, sys
import numpy as np
from wslgpu.feeds import fork_feed

size = os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize
assert size == 64 << 20, size

class Sequence:
    def __len__(self):
        return 12
    def __getitem__(self, index):
        return np.full((5_000_000,), index, "float32"), np.full((8,), index)

with fork_feed(Sequence(), 2) as feed:
    held = [batch for batch in feed]
    assert [int(x[0]) for x, y in held] == list(range(12))
    assert all((x == y[0]).all() for x, y in held)
    assert feed.describe()["dev_shm_unused"] == size
assert os.listdir("/dev/shm") == []
print("twelve batches of 20 MB")
"""


def test_a_dev_shm_of_64_mb_is_worked_around(tmp_path):
    unshare = shutil.which("unshare")
    if unshare is None or os.getuid() != 0:
        pytest.skip("mounting a small /dev/shm needs root and unshare")
    mount = ["sh", "-c", 'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$@"', "sh"]
    if subprocess.run([unshare, "-m", *mount, "true"], capture_output=True).returncode != 0:
        pytest.skip("no mounts in this container")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    source = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [unshare, "-m", *mount, sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert done.returncode == 0, done.stderr
    assert "twelve batches" in done.stdout
