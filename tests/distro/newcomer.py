"""A newcomer with a stop-watch: `python -m tests.distro.newcomer` (root) plays the commands of the pages in a fresh
distribution, from nothing (no packages fetched before), and writes docs/evidence/newcomer.json and docs/transcripts/."""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

from tests.distro.bases import why_not
from tests.distro.doc_steps import docs_scenario
from tests.distro.play import play

TOP = Path(__file__).resolve().parents[2]
TRANSCRIPTS = {"provision/ubuntu.sh": "setup", "wslgpu smoke": "smoke"}


def main() -> int:
    """0 when every step kept its promise; 4 where no distribution can be set up."""
    if reason := why_not():
        print(f"cannot set up a distribution here: {reason}", file=sys.stderr)
        return 4
    outcomes = play(replace(docs_scenario(), shared_cache=False), tell=lambda line: print(line, flush=True))
    for outcome in outcomes:
        name = next((name for words, name in TRANSCRIPTS.items() if words in outcome.step), None)
        if name and not outcome.problems:
            typed = outcome.step.partition(": ")[2]
            said = re.sub(r"/home/\w+", "~", outcome.output)
            path = TOP / f"docs/transcripts/{name}.txt"
            path.write_text(f"$ {typed}\n{said.rstrip()}\n", encoding="utf-8", newline="\n")
        if outcome.problems:
            print(outcome.output[-4000:])
    value = {
        "what": "the commands of docs/start.md and docs/onboarding.md, as they stand there, by a plain user with sudo, from nothing",
        "date": datetime.date.today().isoformat(),
        "machine": f"Debian 13 posing as WSL 2, {os.cpu_count()} cores, no GPU, shared with other work",
        "command": "python -m tests.distro.newcomer",
        "steps": {o.step: {"seconds": round(o.seconds, 1), "differs": list(o.problems)} for o in outcomes},
        "seconds": round(sum(o.seconds for o in outcomes), 1),
    }
    path = TOP / "docs/evidence/newcomer.json"
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return 1 if any(o.problems for o in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
