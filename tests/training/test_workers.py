"""One training over several processes of this machine: it passes, and a worker that dies is named on both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.two_parts import folder_with, free_hosts, kill_at, left_over, start


@pytest.mark.tensorflow
def test_two_workers_of_one_machine_end_alike(tf_python: Path, tmp_path: Path) -> None:
    hosts = free_hosts()
    ran = start(folder_with(tf_python, tmp_path), "--hosts", hosts)
    out, err = ran.communicate(timeout=600)
    assert ran.returncode == 0, err + out
    for told in json.loads(out)["machines"]:
        evidence = told["evidence"]
        assert len(set(evidence["digests"])) == 1
        assert evidence["indexes_used_once"] == evidence["indexes"] == 240
        assert evidence["fed_here"] == 120
        assert evidence["losses"] == pytest.approx(evidence["losses_alone"], abs=0.002)
    assert not left_over(hosts)


@pytest.mark.tensorflow
def test_a_worker_that_is_killed_is_named_and_nobody_waits(tf_python: Path, tmp_path: Path) -> None:
    folder, hosts = folder_with(tf_python, tmp_path), free_hosts()
    parts = [start(folder, "--hosts", hosts, "--index", str(index)) for index in (0, 1)]
    try:
        assert kill_at(parts[1], "epoch 1 of 3, batch 11")
        # Far less than the 300 s after which wslgpu ends a smoke by itself.
        told: list[dict[str, Any]] = [json.loads(part.communicate(timeout=280)[0]) for part in parts]
    finally:
        for part in parts:
            part.kill()
            part.wait()
    assert [part.returncode for part in parts] == [1, 1]
    assert told[0]["problems"][0]["slug"] == "smoke-machine-lost"
    assert f"machine 1 ({hosts.split(',')[1]})" in told[0]["verdict"]
    assert told[1]["problems"][0]["slug"] == "smoke-crashed"
    assert "SIGKILL" in told[1]["verdict"]
    assert not left_over(hosts)
