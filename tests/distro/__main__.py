"""python -m tests.distro list | play [NAME ...] [--log FILE] | build SUITE ... | clean  (from the checkout, as root)"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from tests.distro.bases import build_base, cache, why_not
from tests.distro.play import Unplayable, play
from tests.distro.scenarios import SCENARIOS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.distro", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list")
    verbs.add_parser("clean")
    verbs.add_parser("build").add_argument("suites", nargs="+")
    player = verbs.add_parser("play")
    player.add_argument("names", nargs="*", metavar="NAME", choices=[*(s.name for s in SCENARIOS), []])
    player.add_argument("--log", type=Path)
    told = parser.parse_args()

    if told.verb == "list":
        print("\n".join(f"{s.name:22} {s.why}" for s in SCENARIOS))
        return 0
    if told.verb == "clean":
        shutil.rmtree(cache(), ignore_errors=True)
        return 0
    if reason := why_not():
        print(f"cannot set up a distribution here: {reason}", file=sys.stderr)
        return 4
    if told.verb == "build":
        for suite in told.suites:
            started = time.monotonic()
            print(f"{build_base(suite)}  {time.monotonic() - started:.0f} s")
        return 0
    passed, failed, skipped = 0, 0, 0
    for scenario in SCENARIOS:
        if told.names and scenario.name not in told.names:
            continue
        try:
            outcomes = play(scenario, told.log, tell=lambda line: print(line, flush=True))
        except Unplayable as reason:
            print(f"{scenario.name}: skipped: {reason}")
            skipped += 1
            continue
        bad = any(o.problems for o in outcomes)
        passed, failed = passed + (not bad), failed + bad
        if bad:
            print(outcomes[-1].output[-6000:])
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
