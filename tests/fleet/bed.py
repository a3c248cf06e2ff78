"""A fleet that runs: hosts, proxy, inventory, and ansible-playbook over them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.distro.bases import run
from tests.distro.bases import why_not as why_no_distribution
from tests.fleet.hosts import GATEWAY, Host, folder, network
from tests.fleet.proxy import serve_proxy

TOP = Path(__file__).resolve().parents[2]
FLEET = TOP / "provision" / "fleet"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


def find_ansible() -> str | None:
    """ansible-playbook: $WSLGPU_TEST_ANSIBLE (a venv's bin), else the PATH's."""
    told = os.environ.get("WSLGPU_TEST_ANSIBLE")
    return shutil.which("ansible-playbook", path=told) if told else shutil.which("ansible-playbook")


def controller() -> Path:
    """The controller's wslgpu: this checkout as it was when a phase first asked. People edit it while phases run."""
    place = folder() / "controller"
    if not place.is_dir():
        aside, archive = place.with_suffix(".new"), folder() / "controller.tar.gz"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        env = {**os.environ, "PYTHONPATH": str(TOP / "src")}
        words = [sys.executable, "-m", "wslgpu", "team", "sources", "-o", str(archive)]
        subprocess.run(words, env=env, check=True, capture_output=True, timeout=120)
        run(["tar", "-xzf", str(archive), "-C", str(aside)])
        aside.rename(place)
    return place


def why_not() -> str | None:
    """The reason why no fleet can be played here; None where it can."""
    if reason := why_no_distribution():
        return reason
    for program in ("ip", "ssh", "ssh-keygen", "setpriv"):
        if not shutil.which(program):
            return f"{program} is missing"
    if not find_ansible():
        return "ansible-playbook is missing (WSLGPU_TEST_ANSIBLE names the bin of a venv with ansible-core)"
    if subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode:
        return "no right to make network namespaces"
    return None


@dataclass(frozen=True)
class Played:
    """How a run of ansible-playbook ended; `recap`: by host ok, changed, unreachable, failed."""

    code: int
    seconds: float
    recap: dict[str, dict[str, int]]
    output: str


@dataclass
class Bed:
    hosts: dict[str, Host]
    environment: dict[str, str]
    scratch: Path

    def inventory(self, names: Sequence[str]) -> Path:
        key = folder() / "key"
        ssh = f"-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5 -i {key}"
        hosts = {name: {"ansible_host": self.hosts[name].address} for name in names}
        values: dict[str, Any] = {
            "ansible_user": "root",
            "ansible_ssh_extra_args": ssh,
            "wslgpu_options": ["--profile", "cpu"],
            "wslgpu_environment": self.environment,
            "wslgpu_reports": str(self.scratch / "reports"),
            "wslgpu_command": str(self.command()),
        }
        tree = {"wslgpu": {"children": {"wslgpu_linux": {"hosts": hosts}}, "vars": values}}
        tree["all"] = {
            "hosts": {},
            "vars": {"wslgpu_reports": values["wslgpu_reports"], "wslgpu_command": values["wslgpu_command"]},
        }
        path = self.scratch / "inventory.json"
        path.write_text(json.dumps(tree, indent=1))
        return path

    def command(self) -> Path:
        """wslgpu as the controller has it."""
        path = self.scratch / "wslgpu"
        path.write_text(f'#!/bin/sh\nPYTHONPATH="{controller()}/src" exec "{sys.executable}" -m wslgpu "$@"\n')
        path.chmod(0o755)
        return path

    def start_play(self, book: str, names: Sequence[str], *words: str) -> subprocess.Popen[str]:
        ansible = find_ansible()
        assert ansible
        env = {**os.environ, "ANSIBLE_CONFIG": str(FLEET / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
        argv = [ansible, "-i", str(self.inventory(names)), str(FLEET / book), *words]
        return subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=FLEET, start_new_session=True,
        )  # fmt: skip

    def play(self, book: str, names: Sequence[str], *words: str, deadline_s: float = 900) -> Played:
        began = time.monotonic()
        child = self.start_play(book, names, *words)
        try:
            output, _ = child.communicate(timeout=deadline_s)
        except BaseException:
            os.killpg(child.pid, 9)
            child.wait()
            raise
        return read_play(child.returncode, time.monotonic() - began, output)


def read_play(code: int, seconds: float, output: str) -> Played:
    names = ("ok", "changed", "unreachable", "failed")
    recap = {row[0]: dict(zip(names, map(int, row[1:]), strict=True)) for row in RECAP.findall(output)}
    recap.pop("localhost", None)
    return Played(code, round(seconds, 1), recap, output)


@contextlib.contextmanager
def open_bed(hosts: Sequence[Host], *, off: Sequence[str] = ()) -> Iterator[Bed]:
    """The hosts, running, but for those in `off`."""
    scratch = folder() / "run"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(network())
        proxy = stack.enter_context(serve_proxy(GATEWAY))
        environment: dict[str, str] = {}
        for host in hosts:
            host.kill()
            environment = host.make()
            stack.callback(host.kill)
            if host.name not in off:
                host.start()
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), proxy)
        environment |= {"UV_CACHE_DIR": "/var/cache/bed/uv", "PIP_CACHE_DIR": "/var/cache/bed/pip", "LANG": "C.UTF-8"}
        yield Bed({host.name: host for host in hosts}, environment, scratch)
