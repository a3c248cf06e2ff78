"""One machine of the bed: a root file system that is entered, posed as WSL 2 or as a container, and left clean.

Every command runs in mount and process namespaces of its own: what it mounted and started dies with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.distro.bases import USER
from tests.distro.carry import carry_network

HERE = Path(__file__).parent
KERNEL = "6.6.87.2-microsoft-standard-WSL2"
UBUNTU_2404 = """PRETTY_NAME="Ubuntu 24.04.3 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.3 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
"""
# What a plain container's root may do: no CAP_SYS_ADMIN (no mounts, no namespaces), no SYS_PTRACE, no NET_ADMIN.
CONTAINER_CAPS = (
    "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service",
    "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    exit_code: int | None
    """None: killed at the deadline."""
    output: str
    seconds: float


@dataclass(frozen=True)
class Machine:
    """How a command meets the machine. `root` None is this machine itself, with a home of its own."""

    root: Path | None
    user: str = USER
    home: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    pose: Path | None = None
    dxg: bool = False
    container_caps: bool = False
    one_core: bool = False
    shm: str = "50%"
    binds: tuple[tuple[str, str, str], ...] = ()

    def run(self, command: str, deadline_s: float, log: Path | None = None) -> Result:
        """Runs a shell command without stdin or terminal; stdout and stderr come back as one text."""
        argv, env = self.enter(["/bin/sh", "-c", command])
        return run_with_deadline(argv, env, deadline_s, log)

    def enter(self, words: list[str]) -> tuple[list[str], dict[str, str]]:
        """The command line and the environment that run `words` on this machine."""
        # whatever ends this process (a deadline of CI, SIGKILL) ends the namespace and all in it
        argv = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
        if self.root is None:
            env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "WSLGPU_", "VIRTUAL_ENV"))}
            return [*argv, "--mount-proc", *words], env | {**self.environment}
        env = {
            "PATH": os.environ.get("PATH", ""),
            "BED_ROOT": str(self.root),
            "BED_SHM": self.shm,
            "BED_POSE": str(self.pose or ""),
            "BED_DXG": "1" if self.dxg else "0",
            "BED_BINDS": "\n".join(" ".join(b) for b in self.binds),
        }
        return [*argv, "/bin/sh", str(HERE / "enter.sh"), *self._become(), *words], env

    def _become(self) -> list[str]:
        assert self.root is not None
        argv = ["taskset", "-c", str(min(os.sched_getaffinity(0)))] if self.one_core else []
        if self.container_caps:
            argv += ["setpriv", "--bounding-set", ",".join(["-all", *(f"+{cap}" for cap in CONTAINER_CAPS)])]
        argv += ["chroot", f"--userspec={self.user}", str(self.root), "/usr/bin/env", "-i"]
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self.home,
            "USER": self.user,
            "LANG": "C.UTF-8",
            **carry_network(self.root),
            **self.environment,
        }
        return argv + [f"{k}={v}" for k, v in environment.items() if v]


def run_with_deadline(argv: list[str], env: Mapping[str, str], deadline_s: float, log: Path | None) -> Result:
    started = time.monotonic()
    log = log or Path(os.devnull)
    with log.open("ab") as out:
        start = out.tell() if log.is_file() else 0
        pipe = subprocess.PIPE if not log.is_file() else out
        child = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            said, _ = child.communicate(timeout=deadline_s)
            code: int | None = child.returncode
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            said, _ = child.communicate()
            code = None
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
    if said is None:
        with log.open("rb") as back:
            back.seek(start)
            said = back.read()
    return Result(code, said.decode("utf-8", "replace"), time.monotonic() - started)


def write_pose(folder: Path, *, ubuntu: bool) -> Path:
    """The files that make a root file system look like WSL 2 from inside; laid over its own by bind mounts."""
    files = {
        "proc/version": f"Linux version {KERNEL} (root@builder) (gcc 11.2.0, GNU ld 2.37) #1 SMP PREEMPT_DYNAMIC\n",
        "proc/sys/kernel/osrelease": f"{KERNEL}\n",
    }
    if ubuntu:
        files["usr/lib/os-release"] = UBUNTU_2404
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def add_driver(root: Path, answer: str) -> None:
    """SYNTHETIC: lays the stub libcuda where WSL mounts the real one, and tells the loader as WSL's init does."""
    lib = root / "usr/lib/wsl/lib"
    lib.mkdir(parents=True)
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "a C compiler is needed for the stub libcuda"
    target = lib / "libcuda.so.1"
    argv = [compiler, "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", str(target), str(HERE / "stub_libcuda.c")]
    subprocess.run(argv, check=True, timeout=60)
    for twin in ("libcuda.so", "libcuda.so.1.1"):
        shutil.copy(target, lib / twin)
    (root / "etc/wslgpu-stub-cuda").write_text(answer + "\n")
    (root / "etc/ld.so.conf.d/ld.wsl.conf").write_text("/usr/lib/wsl/lib\n")
    subprocess.run(["chroot", str(root), "ldconfig"], check=False, capture_output=True, timeout=60)
