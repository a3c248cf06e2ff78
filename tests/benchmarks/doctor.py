"""`wslgpu doctor` against `rapids doctor`, wall time and peak memory, in one run on one machine.

    python tests/benchmarks/doctor.py --rapids PATH-OF-THE-RAPIDS-COMMAND [--repeats 9] [-o docs/evidence/doctor.json]

Make the other one with `uv venv X && uv pip install --python X rapids-cli`. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import clock, ratio, summary, write_result


def main() -> None:
    """Measure in pairs and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rapids", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--folder", default=".")
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    ours_argv = [sys.executable, "-m", "wslgpu", "doctor", wish.folder]
    # rapids doctor fails where there is no GPU; its time is what counts here.
    theirs_argv = ["sh", "-c", '"$1" doctor || :', "sh", str(wish.rapids)]
    clock(ours_argv)
    clock(theirs_argv)
    ours, theirs = [], []
    for _ in range(wish.repeats):
        ours.append(clock(ours_argv))
        theirs.append(clock(theirs_argv))
    result = {"wslgpu doctor": summary(ours), "rapids doctor": summary(theirs), "wslgpu / rapids": ratio(ours, theirs)}
    write_result(wish.output, "doctor", result)


if __name__ == "__main__":
    main()
