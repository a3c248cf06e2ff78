"""Audits without a new interpreter for each: the payload's imports once, then a fork for every part of every case.

What is asked is what `run_audit` asks, of the same payload, judged by the same judge; only the guardian and the start of
the interpreter are left out, which test_audit.py's other tests have. Run by path it is the process that forks.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAYLOAD = ROOT / "src" / "wslgpu" / "training" / "payload_audit"
DEADLINE_S = 120


class Nursery:
    """The process that forks; one for a whole run of the tests."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def look(self, folder: Path, parts: tuple[str, ...], seconds: float, patience: float) -> int:
        """Run parts of the audit on case:Case in `folder`; the events go to its events.jsonl. The fork's status."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(folder), parts, seconds, patience]) + "\n")
        return int(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def serve() -> None:
    """Fork for each line of stdin, wait, and say the status; what the fork leaves running is killed."""
    sys.path.insert(0, str(PAYLOAD))
    spec = importlib.util.spec_from_file_location("audit_payload", PAYLOAD / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    payload = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(payload)
    importlib.import_module("numpy")  # what costs most, once
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            be_audit(payload, *json.loads(line))
        ended = os.pidfd_open(pid)
        if not select.select([ended], [], [], DEADLINE_S)[0]:
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        os.close(ended)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        os.write(answers, b"%d\n" % status)


def be_audit(payload: Any, folder: str, parts: list[str], seconds: float, patience: float) -> None:
    """In the fork: what `python PAYLOAD ...` does."""
    try:
        os.setsid()
        os.dup2(1, 0)
        tempfile.tempdir = folder
        sys.argv = ["payload_audit", "--run-dir", folder, "--project", folder, "--target", "case:Case"]
        sys.argv += ["--seconds", str(seconds), "--patience", str(patience), *(f"--part={part}" for part in parts)]
        payload.main()
    except BaseException:
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


if __name__ == "__main__":
    serve()
