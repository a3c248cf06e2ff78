"""One wslgpu.toml and one lock on Debian 12 (Python 3.11) and Debian 13 (Python 3.13): the same versions, one report?

    python -m tests.distro.same_lock [-o docs/evidence/same-lock.json]      (root; the package index)

`wslgpu team lock` makes the lock on this machine. Each root file system is a stranger's: provision/ubuntu.sh installs
what is missing, and setup takes the lock. Of the two reports of doctor the machine's own facts are set aside, by name.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import difflib
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.distro.bases import why_not
from tests.distro.play import make_machine, scratch
from tests.distro.scenario import Scenario

TOML = '[environment]\ntensorflow = "2.21.0"\npython = ">=3.11"\nprofile = "cpu"\n'
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
# Evidence that is the machine's own, and nothing that a lock could make the same.
OWN = (
    "time",
    "free",
    "skew",
    "pythons",
    "python",
    "release",
    "version",
    "kernel",
    "memory",
    "processors",
    "home",
    "servers",
    "distribution",
    "path",  # of the Python that was found
)


def make_lock(project: Path) -> str:
    """The team's files in `project`; the lock's first lines."""
    project.mkdir()
    (project / "wslgpu.toml").write_text(TOML)
    argv = [sys.executable, "-m", "wslgpu", "team", "lock", str(project)]
    subprocess.run(argv, check=True, timeout=300, stdout=sys.stderr)
    shutil.rmtree(project / ".wslgpu")
    return "\n".join((project / "requirements/cpu.lock").read_text().splitlines()[:4])


def visit(suite: str, project: Path) -> dict[str, Any]:
    """Set up the project in a fresh root file system; what is installed there and what doctor says."""
    scenario = Scenario(f"same-lock-{suite}", "", suite, (), user="root")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch(scenario.name))
        machine, paths = make_machine(scenario, folder)
        assert machine.root is not None
        train = f"{paths['home']}/train"
        shutil.copytree(project, machine.root / train.lstrip("/"))
        before = (project / "requirements/cpu.lock").read_bytes()
        done = machine.run(f"cd {paths['checkout']} && sh provision/ubuntu.sh --yes --no-smoke {train}", 600)
        if done.exit_code:
            raise RuntimeError(f"{suite}: {done.output[-3000:]}")
        freeze = machine.run(f"{train}/.venv/bin/python -m pip freeze --all; {train}/.venv/bin/python -V", 60).output
        said = machine.run(f"{paths['tool']}/bin/wslgpu doctor {train} --format json -o /tmp/r; cat /tmp/r", 120).output
        return {
            "packages": [line for line in freeze.splitlines() if "==" in line],
            "python": freeze.strip().splitlines()[-1],
            "used the lock": "use the lock" in done.output,
            "lock untouched": (machine.root / f"{train}/requirements/cpu.lock".lstrip("/")).read_bytes() == before,
            "report": json.loads(said[said.index("{") :]),
        }


def own_facts(report: dict[str, Any]) -> tuple[str, list[str]]:
    """The report's text without the machine's own facts, and the names of what was set aside."""
    aside = set()
    for finding in report["findings"]:
        for key, value in list(finding.get("evidence", {}).items()):
            if key in OWN:
                finding["evidence"][key] = "..."
                finding["title"] = finding["title"].replace(str(value), "...")
                aside.add(f"{finding['slug']}.{key}")
    for part in (report, *(value for value in report.values() if isinstance(value, dict))):
        for key in ("seconds", "recorded_at", "host"):
            if key in part:
                aside.add(key)
                part[key] = "..."
    return json.dumps(report, indent=1, sort_keys=True), sorted(aside)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    if reason := why_not():
        print(f"cannot set up a distribution here: {reason}", file=sys.stderr)
        return 4
    with scratch("same-lock-project") as folder:
        header = make_lock(folder / "train")
        seen = {suite: visit(suite, folder / "train") for suite in SUITES}
    one, other = (seen[suite] for suite in SUITES)
    texts = [own_facts(visited["report"]) for visited in (one, other)]
    lines = [text.splitlines() for text, _ in texts]
    differs = list(difflib.unified_diff(*lines, n=0, lineterm=""))
    result = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "python -m tests.distro.same_lock",
        "machine": f"root file systems by debootstrap on Linux {platform.release()}, {platform.machine()}",
        "wslgpu.toml": TOML,
        "lock": header,
        "pythons": {SUITES[suite]: seen[suite]["python"] for suite in SUITES},
        "packages": len(one["packages"]),
        "packages that differ": sorted(set(one["packages"]) ^ set(other["packages"])),
        "used the lock": all(visited["used the lock"] for visited in seen.values()),
        "lock untouched": all(visited["lock untouched"] for visited in seen.values()),
        "findings": len(one["report"]["findings"]),
        "the machine's own facts, set aside": sorted({*texts[0][1], *texts[1][1]}),
        "lines of the reports that differ": differs,
    }
    print(json.dumps(result, indent=1))
    if wish.output:
        wish.output.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if result["packages that differ"] or differs or not result["used the lock"] else 0


if __name__ == "__main__":
    sys.exit(main())
