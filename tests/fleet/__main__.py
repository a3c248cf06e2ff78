"""python -m tests.fleet [PHASE ...] [-o FILE]: play what a fleet must show, and write what it showed (as root).

Minutes each; the hosts stay below the cache of the beds, so that a phase can be played again. `clean` removes them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tests.fleet.bed import why_not
from tests.fleet.hosts import SUITE, folder
from tests.fleet.proof import PHASES, NotShown, versions


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("phases", nargs="*", choices=[*PHASES, "clean", []], metavar="PHASE")
    parser.add_argument("-o", "--output", type=Path)
    told = parser.parse_args()
    if "clean" in told.phases:
        shutil.rmtree(folder(), ignore_errors=True)
        return 0
    if reason := why_not():
        print(f"no fleet can be played here: {reason}", file=sys.stderr)
        return 4
    failed = False
    for name in told.phases or PHASES:
        began = time.monotonic()
        try:
            shown: dict[str, Any] = PHASES[name]()
        except NotShown as reason:
            print(f"{name}: NOT SHOWN: {reason}")
            failed = True
            continue
        print(f"{name}: shown in {time.monotonic() - began:.0f} s: {json.dumps(shown)}", flush=True)
        if told.output:
            note(told.output, name, {"date": datetime.date.today().isoformat(), **shown})
    return 1 if failed else 0


def note(path: Path, name: str, shown: dict[str, Any]) -> None:
    """A phase's result beside those of other runs."""
    document = json.loads(path.read_text("utf-8")) if path.exists() else {}
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}"
    head = {
        "what": "provision/fleet over network namespaces with root file systems of debootstrap",
        "suite": SUITE,
        "machine": machine,
        "command": "python -m tests.fleet PHASE ... -o docs/evidence/fleet.json",
        **versions(),
    }
    phases = {**document.get("phases", {}), name: shown}
    ordered = {key: phases[key] for key in PHASES if key in phases}
    path.write_text(json.dumps({**head, "phases": ordered}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
