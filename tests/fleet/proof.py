"""What a fleet must show, phase by phase. Each leaves its hosts as they are: the next one goes on with them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.fleet.bed import Bed, Played, open_bed, read_play
from tests.fleet.hosts import Host, folder

NAMES = ("alpha", "beta", "gamma")
TOGETHER = ("-e", '{"wslgpu_serial": ["100%"], "wslgpu_max_fail_percentage": 90}')
SAID = "team.txt"


class NotShown(Exception):
    """What a phase should have shown and did not."""


def hosts(names: tuple[str, ...] = NAMES, **small: int) -> list[Host]:
    every = ("alpha", "beta", "gamma", "delta")
    return [Host(name, 11 + every.index(name), small.get(name, 0)) for name in names]


def require(told: bool, what: str, played: Played | None = None) -> None:
    if not told:
        raise NotShown(what + (f"\n{played.output[-6000:]}" if played else ""))


def sums(played: Played) -> dict[str, Any]:
    return {"exit_code": played.code, "seconds": played.seconds, "recap": played.recap}


def messages(output: str, word: str) -> list[str]:
    """What Ansible shows of each host's verdict where it holds `word`."""
    return [found for found in re.findall(r'"msg": "(.*)"', output) if word in found]


def report_of(bed: Bed) -> str:
    return (bed.scratch / "reports" / SAID).read_text("utf-8")


def require_smoked(made: list[Host], played: Played) -> dict[str, str]:
    """What the smoke said of each host's environment, which stands there only once it was trained with."""
    said = {}
    for host in made:
        record = host.root / "root/wslgpu-train/.venv/wslgpu.json"
        told = json.loads(record.read_text("utf-8")) if record.is_file() else {}
        require(told.get("smoked") is True, f"{host.name} has an environment that was trained with", played)
        said[host.name] = told["smoke"]["sentence"]
    return said


def from_nothing() -> dict[str, Any]:
    """Three machines without Python: one first, then the other two. All are proved, and the report says so."""
    made = hosts()
    shutil.rmtree(folder() / "controller", ignore_errors=True)
    for host in made:
        host.kill()
        shutil.rmtree(host.root, ignore_errors=True)
    with open_bed(made) as bed:
        played = bed.play("site.yml", NAMES)
        require(played.code == 0, "the first run ends with 0", played)
        require(played.output.count("PLAY [Provision the fleet]") >= 2, "one machine comes first", played)
        said = report_of(bed)
        require("3 machines" in said and "failed" not in said.splitlines()[0], f"nobody failed: {said}", played)
        return {**sums(played), "report": said.splitlines()[0], "smoked": require_smoked(made, played)}


def second_run() -> dict[str, Any]:
    """The same again: nothing is changed. Hosts that another wslgpu set up are brought to this one first."""
    made = hosts()
    with open_bed(made) as bed:
        played = bed.play("site.yml", NAMES)
        brought = {name: row["changed"] for name, row in played.recap.items() if row["changed"]}
        if brought:
            played = bed.play("site.yml", NAMES)
        require(played.code == 0, "the second run ends with 0", played)
        require(all(row["changed"] == 0 for row in played.recap.values()), "changed=0 everywhere", played)
        checked = bed.play("site.yml", NAMES, "--check", "--diff")
        require(checked.code == 0, "check mode ends with 0", checked)
        require(all(row["changed"] == 0 for row in checked.recap.values()), "check mode would change nothing", checked)
        smoked = require_smoked(made, played)
        return {**sums(played), "changed_by_the_run_before": brought, "check_mode": sums(checked), "smoked": smoked}


def over_two() -> dict[str, Any]:
    """One training over two machines."""
    with open_bed(hosts()) as bed:
        played = bed.play("smoke.yml", NAMES[:2])
        require(played.code == 0, "the training over two machines passes", played)
        said = messages(played.output, "trained one model on 2 machines")
        require(len(said) == 2, "both machines say so", played)
        return {**sums(played), "said": said}


def over_two_one_killed() -> dict[str, Any]:
    """The same, and the training of one is killed in the middle of an epoch: it is named, and nothing hangs."""
    with open_bed(hosts()) as bed:
        began = time.monotonic()
        child = bed.start_play("smoke.yml", NAMES[:2])
        victim = wait_for(lambda: payload_in_epoch(bed.hosts["beta"], "epoch 2"), 240)
        if victim is not None:
            os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        output, _ = child.communicate(timeout=240)
        played = read_play(child.returncode, time.monotonic() - began, output)
        require(victim is not None, "the training came to its second epoch", played)
        require("machine 1 (10.77.0.12:29500) was lost" in output, "alpha names the machine that was killed", played)
        require("was ended by SIGKILL" in output, "beta says how its training ended", played)
        left = [pid for host in bed.hosts.values() for pid in host.pids("wslgpu-workers-")]
        require(not left, f"no process is left: {left}", played)
        said = messages(output, "10.77.0.12:29500")
        return {**sums(played), "seconds_after_the_kill": round(time.monotonic() - killed, 1), "said": said}


def payload_in_epoch(host: Host, word: str) -> int | None:
    """The training's process of a host, once its events speak of `word`."""
    for pid in host.pids("wslgpu-workers-"):
        with contextlib.suppress(OSError, ValueError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            at = words.index("--run-dir")
            events = host.root / words[at + 1].lstrip("/") / "events.jsonl"
            main = int(next(iter(read_pids(pid))))
            if word in events.read_text() and words[1].endswith("/payload") and main == pid:
                return pid
    return None


def read_pids(pid: int) -> Iterator[int]:
    """The process itself where its parent is no training: the forked workers have the same command line."""
    status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    above = Path(f"/proc/{status[1]}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    yield pid if not (len(above) > 1 and above[1].endswith("/payload")) else int(status[1])


def wait_for(look: Callable[[], int | None], seconds: float) -> int | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (found := look()) is not None:
            return found
        time.sleep(0.02)
    return None


def two_broken() -> dict[str, Any]:
    """One machine cannot be reached, one has a full disk: the others finish, and the report names both."""
    names = ("alpha", "beta", "gamma", "delta")
    every = hosts(names, delta=260)
    shutil.rmtree(every[3].root, ignore_errors=True)
    with open_bed(every, off=("gamma",)) as bed:
        played = bed.play("site.yml", names, *TOGETHER)
        require(played.recap["gamma"]["unreachable"] == 1, "gamma is unreachable", played)
        require(played.recap["delta"]["failed"] == 1, "delta fails", played)
        for name in ("alpha", "beta"):
            row = played.recap[name]
            require(row["failed"] == row["unreachable"] == 0, f"{name} finishes", played)
        said = report_of(bed)
        first = "4 machines: 1 failed, 1 without a report, 2 healthy"
        require(said.startswith(first), f"they are four: {said}", played)
        require("delta" in said and "disk-full" in said, f"the report names the full disk: {said}", played)
        require("gamma" in said and "Failed to connect" in said, f"the report names gamma, and why: {said}", played)
        return {**sums(played), "report": said.splitlines()}


def killed_and_again() -> dict[str, Any]:
    """Ansible and the machine die in the middle of an installation: the next run finishes."""
    host = hosts(("gamma",))
    host[0].kill()
    shutil.rmtree(host[0].root, ignore_errors=True)
    with open_bed(host) as bed:
        child = bed.start_play("site.yml", ("gamma",))
        place = host[0].root / "root/wslgpu-train/.wslgpu/venvs"
        there = wait_for(
            lambda: 1 if place.is_dir() and any(place.glob("*/lib/python*/site-packages/*")) else None, 300
        )
        os.killpg(child.pid, signal.SIGKILL)
        host[0].kill()
        child.communicate()
        require(there is not None, "setup was at work when it was killed")
        unfinished = [path.name for path in place.iterdir()]
    with open_bed(host) as bed:
        played = bed.play("site.yml", ("gamma",))
        require(played.code == 0, "the next run finishes", played)
        return {**sums(played), "unfinished_when_killed": unfinished, "smoked": require_smoked(host, played)}


def canary() -> dict[str, Any]:
    """The first machine fails: nobody else is touched, and report.yml still says what is known."""
    with open_bed(hosts(), off=("alpha",)) as bed:
        played = bed.play("site.yml", NAMES)
        require(played.code != 0, "the run fails", played)
        require(set(played.recap) == {"alpha"}, "no other machine is touched", played)
        after = bed.play("report.yml", NAMES)
        said = report_of(bed)
        require("alpha" in said and "Failed to connect" in said, f"alpha is named, and why: {said}", after)
        return {**sums(played), "report": said.splitlines()[0]}


PHASES: dict[str, Callable[[], dict[str, Any]]] = {
    one.__name__: one
    for one in (from_nothing, second_run, over_two, over_two_one_killed, two_broken, killed_and_again, canary)
}


def versions() -> dict[str, str]:
    from tests.fleet.bed import find_ansible

    told = subprocess.run([find_ansible() or "", "--version"], capture_output=True, text=True, check=False).stdout
    return {"ansible": told.splitlines()[0].split()[-1].rstrip("]") if told else "unknown"}
