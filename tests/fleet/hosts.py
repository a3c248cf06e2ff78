"""Machines of a fleet: each a root file system by debootstrap with an sshd, in a network namespace of its own.

They meet on a bridge of this machine and have no other network: the bed's proxy is the only way out. A host is a
folder below the cache and can be started again; what runs in it dies with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.distro.bases import build_base, cache, copy_tree, run, run_inside
from tests.distro.carry import carry_network
from tests.distro.machine import HERE as DISTRO

SUITE = "trixie"
BRIDGE, GATEWAY = "wslgpu-br", "10.77.0.1"


def folder() -> Path:
    return cache() / "fleet"


def build_sshd_base() -> Path:
    """The base with an sshd: what a machine is that somebody wants to reach. Still no python."""
    base = cache() / "bases" / f"{SUITE}+sshd"
    if base.is_dir():
        return base
    aside = base.with_name(f"{base.name}.{os.getpid()}")
    copy_tree(build_base(SUITE), aside)
    try:
        run_inside(aside, "apt-get -q update && apt-get -q -y --no-install-recommends install openssh-server")
        aside.rename(base)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return base


@dataclass
class Host:
    """`number` is the last part of its address. `small_mb`: /root is a file system of so many MB; 0: as large as all."""

    name: str
    number: int
    small_mb: int = 0
    sshd: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        return folder() / "hosts" / self.name

    @property
    def address(self) -> str:
        return f"10.77.0.{self.number}"

    @property
    def space(self) -> str:
        return f"wslgpu-{self.number}"

    def make(self) -> dict[str, str]:
        """A fresh root where there is none; the environment that its network needs."""
        if not self.root.is_dir():
            self.root.parent.mkdir(parents=True, exist_ok=True)
            copy_tree(build_sshd_base(), self.root)
        environment = carry_network(self.root)
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        (self.root / "etc/ssh/sshd_config.d/bed.conf").write_text("PermitRootLogin prohibit-password\nUsePAM no\n")
        (self.root / "run/sshd").mkdir(exist_ok=True)
        (self.root / "etc/ssh/bed_keys").write_text(read_key())
        with (self.root / "etc/ssh/sshd_config.d/bed.conf").open("a") as file:
            file.write("AuthorizedKeysFile /etc/ssh/bed_keys\n")
        return environment

    def start(self) -> None:
        """The network namespace, and the sshd in mount and process namespaces of its own."""
        run(["ip", "netns", "add", self.space])
        near, far = f"wg{self.number}", f"wf{self.number}"
        run(["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", self.space])
        run(["ip", "link", "set", near, "master", BRIDGE, "up"])
        for command in (
            ["addr", "add", f"{self.address}/24", "dev", far],
            ["link", "set", far, "up"],
            ["link", "set", "lo", "up"],
        ):
            run(["ip", "-n", self.space, *command])
        shared = cache() / "packages-0"
        shared.mkdir(parents=True, exist_ok=True)
        binds = [f"{shared} /var/cache/bed rw"]
        if self.small_mb:
            small = folder() / f"small-{self.name}"
            small.mkdir(parents=True, exist_ok=True)
            run(["mount", "-t", "tmpfs", "-o", f"size={self.small_mb}m,mode=700", "tmpfs", str(small)])
            binds.append(f"{small} /root rw")
        env = {
            "PATH": os.environ.get("PATH", ""),
            "BED_ROOT": str(self.root),
            "BED_SHM": "50%",
            "BED_POSE": "",
            "BED_DXG": "0",
        }
        enter = f"netns exec {self.space} unshare --mount --pid --fork --kill-child sh {DISTRO / 'enter.sh'}"
        self.sshd = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "ip", *enter.split(), "chroot", str(self.root), "/usr/sbin/sshd", "-D"],
            env=env | {"BED_BINDS": "\n".join(binds)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(50):
            if (
                subprocess.run(
                    ["ip", "netns", "exec", self.space, "sh", "-c", "ss -ltn 2>/dev/null | grep -q :22"], check=False
                ).returncode
                == 0
            ):
                return
            time.sleep(0.1)

    def kill(self) -> None:
        """As if its plug were pulled: every process of it, at once."""
        if self.sshd is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.sshd.pid, signal.SIGKILL)
            self.sshd.wait()
            self.sshd = None
        subprocess.run(["ip", "netns", "del", self.space], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", f"wg{self.number}"], capture_output=True, check=False)
        if self.small_mb:
            subprocess.run(["umount", str(folder() / f"small-{self.name}")], capture_output=True, check=False)

    def pids(self, word: str) -> list[int]:
        """Processes of this host whose command line holds `word`: those in its network namespace."""
        inside = subprocess.run(["ip", "netns", "pids", self.space], capture_output=True, text=True, check=False).stdout
        found = []
        for pid in map(int, inside.split()):
            with contextlib.suppress(OSError):
                if word in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"):
                    found.append(pid)
        return found


def read_key() -> str:
    """The bed's own public key, made once."""
    key = folder() / "key"
    if not key.exists():
        folder().mkdir(parents=True, exist_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
    return key.with_suffix(".pub").read_text()


@contextlib.contextmanager
def network() -> Iterator[None]:
    """The bridge that the hosts meet on."""
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True, check=False)
    run(["ip", "link", "add", BRIDGE, "type", "bridge"])
    try:
        run(["ip", "addr", "add", f"{GATEWAY}/24", "dev", BRIDGE])
        run(["ip", "link", "set", BRIDGE, "up"])
        yield
    finally:
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True, check=False)
