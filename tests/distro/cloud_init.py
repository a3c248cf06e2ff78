"""cloud-init, Debian's own, runs what `wslgpu onboard --unattended` writes: `python -m tests.distro.cloud_init` (root).

First its schema check, then a first boot: init, config and final, as its services call them, in a fresh root file system
with no user 1000, no Python packages and NoCloud's seed in place of WSL's data source (which asks Windows for a folder).
Takes minutes and the package index; off in CI. What it saw is written to docs/evidence/cloud-init.json.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from tests.distro.bases import build_base, copy_tree, why_not
from tests.distro.carry import carry_network
from tests.distro.machine import Machine, Result, write_pose
from tests.distro.play import scratch

TOP = Path(__file__).resolve().parents[2]
SEED = "var/lib/cloud/seed/nocloud"
STAGES = (
    ("schema", "cloud-init schema --config-file /{seed}/user-data", 120.0),
    ("init --local", "cloud-init init --local", 120.0),
    ("init", "cloud-init init", 120.0),
    ("modules config", "cloud-init modules --mode=config", 120.0),
    ("modules final", "cloud-init modules --mode=final", 1200.0),
    ("status", "cloud-init status --long || [ $? = 2 ]", 60.0),
)
USER, FOLDER = "student", "wslgpu-train"
CLAIMS = (
    ("it ended with 0", '[ "$(cat /var/lib/wslgpu/ended)" = 0 ]'),
    ("the smoke passed", "grep -q 'smoke passed' /var/log/wslgpu-first-boot.log"),
    ("it belongs to the user", f'[ "$(stat -Lc %U /home/{USER}/{FOLDER}/.venv)" = {USER} ]'),
    ("the venv is proved", f"grep -q '\"smoked\": true' /home/{USER}/{FOLDER}/.venv/wslgpu.json"),
    ("the default user", f"grep -qx 'default={USER}' /etc/wsl.conf"),
    ("nothing is left of the archive", "[ ! -e /var/lib/wslgpu/sources.tar.gz ]"),
)


def main() -> int:
    """0 when every stage ended with 0 and every claim holds. 4 where no distribution can be set up."""
    if reason := why_not():
        print(f"cannot set up a distribution here: {reason}", file=sys.stderr)
        return 4
    with scratch("cloud-init") as folder:
        root = folder / "root"
        copy_tree(build_base("trixie"), root)
        environment = carry_network(root)
        (root / "etc/environment").write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
        machine = Machine(root=root, user="root", home="/root", pose=write_pose(folder / "pose", ubuntu=False))
        got = machine.run("apt-get -q update && apt-get -q -y --no-install-recommends install cloud-init", 600)
        if got.exit_code:
            print(got.output[-3000:], file=sys.stderr)
            return 1
        lay_seed(root, folder)
        ran = [(name, machine.run(command.format(seed=SEED), limit)) for name, command, limit in STAGES]
        held = [(name, machine.run(command, 60)) for name, command in CLAIMS]
        log = root / "var/log/wslgpu-first-boot.log"
        said = log.read_text(errors="replace") if log.is_file() else ""
        version = machine.run("cloud-init --version", 60).output.strip()
    for name, result in (*ran, *held):
        print(f"{'ok  ' if result.exit_code == 0 else 'FAIL'} {name}: {result.seconds:.0f} s")
        if result.exit_code != 0:
            print(result.output[-3000:])
    print(said[-2500:])
    write_evidence(version, ran, held, said)
    return 0 if all(result.exit_code == 0 for _, result in (*ran, *held)) else 1


def lay_seed(root: Path, folder: Path) -> None:
    """The files that the command line writes, as NoCloud wants them; the data source is named, the network left alone."""
    out = folder / "out"
    argv = [sys.executable, "-m", "wslgpu", "onboard", str(folder), "-o", str(out), "--unattended", "--user", USER]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120)
    seed = root / SEED
    seed.mkdir(parents=True)
    (seed / "user-data").write_bytes(next(out.glob("*.user-data")).read_bytes())
    (seed / "meta-data").write_text("instance-id: bed-1\nlocal-hostname: bed\n")
    (root / "etc/cloud/cloud.cfg.d/99-bed.cfg").write_text(
        "datasource_list: [NoCloud]\nnetwork: {config: disabled}\nmanage_etc_hosts: false\napt: {preserve_sources_list: true}\n"
    )


def write_evidence(version: str, ran: list[tuple[str, Result]], held: list[tuple[str, Result]], said: str) -> None:
    """docs/evidence/cloud-init.json."""
    verdict = next((line.strip() for line in said.splitlines() if "smoke passed" in line), "")
    value = {
        "what": "cloud-init ran the user-data of `wslgpu onboard --unattended` in a fresh Debian 13 root file system",
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, no GPU, shared with other work",
        "command": "python -m tests.distro.cloud_init",
        "cloud_init": version,
        "not_shown": "the WSL data source, Ubuntu, and the first start by wsl.exe: NoCloud's seed stands in for them",
        "stages": {name: {"exit_code": result.exit_code, "seconds": round(result.seconds, 1)} for name, result in ran},
        "holds": {name: result.exit_code == 0 for name, result in held},
        "smoke": verdict,
    }
    path = TOP / "docs/evidence/cloud-init.json"
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
