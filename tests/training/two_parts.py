"""Two parts of one training on this machine, as commands: started, read, and one of them killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def free_hosts() -> str:
    """Two addresses of this machine whose ports are free now, as --hosts wants them."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    hosts = ",".join(f"127.0.0.1:{one.getsockname()[1]}" for one in sockets)
    for one in sockets:
        one.close()
    return hosts


def folder_with(python: Path, folder: Path) -> Path:
    """A project's folder whose environment is the one of `python`."""
    (folder / ".venv").symlink_to(python.parent.parent)
    return folder


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """`wslgpu smoke FOLDER --device cpu --format json WORDS`."""
    argv = [sys.executable, "-m", "wslgpu", "smoke", str(folder), "--device", "cpu", "--format", "json", *words]
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(
        argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )


def kill_at(command: subprocess.Popen[str], words: str) -> bool:
    """SIGKILL the training below a command once it says `words`; False where it never says so."""
    assert command.stderr is not None
    for line in command.stderr:
        if words in line:
            os.kill(payload_of(command.pid), signal.SIGKILL)
            return True
    return False


def payload_of(command: int) -> int:
    """The training's own process: the first below a command that runs the payload. Its forked workers look alike."""
    import psutil

    waiting = psutil.Process(command).children()
    while waiting:
        child = waiting.pop(0)
        words = child.cmdline()
        if len(words) > 1 and words[1].endswith("/payload"):
            return int(child.pid)
        waiting += child.children()
    raise LookupError("no training runs below the command")


def left_over(hosts: str) -> list[int]:
    """Processes that still have these addresses in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if hosts.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
