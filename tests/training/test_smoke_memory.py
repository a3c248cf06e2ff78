"""What a forked worker has to itself, by the kernel: an array that is read is shared, one that is written to is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PAYLOAD = Path(__file__).resolve().parents[2] / "src" / "wslgpu" / "training" / "payload_smoke"
CODE = """
import json, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import numpy as np
from wslgpu_smoke_memory import read_mapping, read_own_memory
held = np.ones(32 * 1024 * 1024 // 8)
reader, writer = os.pipe()
if os.fork() == 0:
    if sys.argv[2] == "write":
        held += 1
    else:
        held[::512].sum()
    said = read_own_memory() + [read_mapping(held.ctypes.data + held.nbytes // 2), read_mapping(1)]
    os.write(writer, json.dumps(said).encode())
    os._exit(0)
print(os.read(reader, 1000).decode())
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this kernel has no smaps_rollup")
@pytest.mark.parametrize(("use", "own"), [("read", False), ("write", True)])
def test_only_what_is_written_to_is_copied(use: str, own: bool) -> None:
    pytest.importorskip("numpy")
    argv = [sys.executable, "-c", CODE, str(PAYLOAD), use]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
    rss, pss, private, of_held, nowhere = json.loads(said)
    assert (of_held > 30) is own
    assert (private > 30) is own
    assert 0 < pss <= rss
    assert nowhere == -1
