"""The small process between wslgpu and a long child: it makes sure that nothing of the child outlives the run.

Run by path as `python -I -S guardian.py STATUS_FD FOLDER ARGV...`, with one end of a pipe as stdin. While that pipe is
open wslgpu lives; its end, however it came (also SIGKILL), is the order to kill everything. The guardian is a
subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): whatever the child leaves behind becomes the guardian's own child, can
be found, killed and reaped, also where PID 1 reaps nothing. FOLDER (may be empty) is the run's temporary folder:
wslgpu removes it, and the guardian does where wslgpu no longer can.

Bytes on stdin: I forward SIGINT, T forward SIGTERM, K kill everything.
Lines on STATUS_FD: one JSON object when the child runs ({"pid"} or {"errno"}), one at the end
({"returncode", "left"}; a negative returncode is a signal).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_S = 3.0  # a pool's workers go by themselves within 0.7 to 2.2 s of a parent that was killed
POLL_S = 0.05
KILL_ROUNDS = 200  # rounds, as GRACE_S is counted in polls: where the whole machine stood still, nobody had that time


def read_processes() -> dict[int, tuple[int, int, str]]:
    """pid -> (parent, session, state letter) of every process that /proc shows."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rsplit(b")", 1)[1].split()
            except (OSError, IndexError):
                continue
            found[int(name)] = (int(fields[1]), int(fields[3]), fields[0].decode())
    return found


def find_alive(root: int | None, session: int) -> list[int]:
    """Descendants of `root` and members of `session`, without zombies and without `root` itself."""
    processes = read_processes()
    alive = []
    for pid, (parent, own_session, state) in processes.items():
        if pid == root or state in "ZX":
            continue
        if own_session == session or (root is not None and _descends(parent, root, processes)):
            alive.append(pid)
    return alive


def _descends(parent: int, root: int, processes: dict[int, tuple[int, int, str]]) -> bool:
    seen = set()
    while parent != root and parent in processes and parent not in seen:
        seen.add(parent)
        parent = processes[parent][0]
    return parent == root


def describe(pid: int) -> dict[str, object]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        command = ""
    return {"pid": pid, "command": command[:200]}


def kill_all(root: int | None, session: int) -> None:
    """Kill until nothing is alive. Only the guardian itself (root given) may reap: its children are all its own."""
    for _ in range(KILL_ROUNDS):
        alive = find_alive(root, session)
        if not alive:
            return
        for pid in alive:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
        if root is not None:
            _reaped.update(reap())


_reaped: dict[int, int] = {}


def reap() -> dict[int, int]:
    """Wait for every child that has ended. pid -> wait status."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except OSError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


def start(argv: list[str], status_fd: int) -> int:
    """Fork and exec `argv` in a session of its own; reports its pid on `status_fd`, and an exec that failed by errno.

    The child itself tells its pid: by that it is found and ended also where it has killed the guardian at once.
    """
    guardian = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guardian:
            os._exit(127)
        devnull = os.open(os.devnull, os.O_RDONLY)
        os.dup2(devnull, 0)
        os.set_inheritable(status_fd, False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.write(status_fd, (json.dumps({"pid": os.getpid()}) + "\n").encode())
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(status_fd, (json.dumps({"errno": error.errno}) + "\n").encode())
    finally:
        os._exit(127)


def guard(child: int) -> dict[str, object]:
    """Wait for the child, obeying stdin; then see to it that nothing is left. The last status line's value."""
    me = os.getpid()
    status: int | None = None
    killed = abandoned = False
    while status is None:
        ready, _, _ = select.select([0], [], [], POLL_S)
        if ready:
            for order in os.read(0, 64) or b"E":
                if order == ord("K"):
                    killed = True
                elif order == ord("E"):
                    killed = abandoned = True
                else:
                    with contextlib.suppress(OSError):
                        os.kill(child, signal.SIGINT if order == ord("I") else signal.SIGTERM)
        if killed:
            kill_all(me, child)
        _reaped.update(reap())
        status = _reaped.get(child)
    for _ in range(0 if killed else round(GRACE_S / POLL_S)):
        if not find_alive(me, child):
            break
        ready, _, _ = select.select([0], [], [], POLL_S)
        if ready:
            orders = os.read(0, 64)
            abandoned = not orders
            if abandoned or b"K" in orders:
                killed = True
                break
        reap()
    left = find_alive(me, child)
    described = [describe(pid) for pid in left]
    kill_all(me, child)
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return {"returncode": code, "left": [] if killed else described, "abandoned": abandoned}


def main(arguments: list[str]) -> int:
    status_fd = int(arguments[0])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # orders come by stdin alone
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = arguments[1]
    child = start(arguments[2:], status_fd)
    try:
        ending = guard(child)
        if ending["abandoned"] and folder:
            shutil.rmtree(folder, ignore_errors=True)
        os.write(status_fd, (json.dumps(ending) + "\n").encode())
    except BrokenPipeError:
        kill_all(os.getpid(), child)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
