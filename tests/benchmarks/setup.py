"""`wslgpu setup --no-smoke` against the same environment made by hand with uv and with pip, in one run on one machine.

    python tests/benchmarks/setup.py [--profile cpu|gpu] [--repeats 3] [--pip] [-o docs/evidence/setup-cpu.json]

Ratios of pairs that ran one after the other; nothing is asserted. Needs the package index.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import Timing, clock, ratio, summary, write_result

PACKAGES = {"cpu": "tensorflow-cpu==2.21.0", "gpu": "tensorflow[and-cuda]==2.21.0"}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=sorted(PACKAGES), default="cpu")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pip", action="store_true", help="measure pip by hand, too (slow)")
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    work = Path(tempfile.mkdtemp(prefix="wslgpu-benchmark-"))
    try:
        result: dict[str, object] = {"profile": wish.profile, "packages": PACKAGES[wish.profile]}
        for state in ("cold", "warm"):
            ours, by_hand = [], []
            for _ in range(wish.repeats):
                ours.append(setup(work, wish.profile, state))
                by_hand.append(uv_by_hand(work, uv, PACKAGES[wish.profile], state))
            result[f"{state}: setup"] = summary(ours)
            result[f"{state}: uv by hand"] = summary(by_hand)
            result[f"{state}: setup / uv by hand"] = ratio(ours, by_hand)
        if wish.pip:
            pip = [pip_by_hand(work, PACKAGES[wish.profile])]
            result["pip by hand"] = summary(pip)
            cold = result["cold: setup"]
            assert isinstance(cold, dict)
            result["pip by hand / setup, cold"] = pip[0].seconds / cold["seconds"]
        if wish.profile == "cpu":  # where `auto` means the cpu as well; else the two would undo each other
            result.update(no_op(work, wish.profile))
        write_result(wish.output, "setup", result)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def environment(work: Path, who: str, state: str) -> dict[str, str]:
    """A cache of its own, emptied where a cold one is meant; a home of its own."""
    cache = work / f"cache-{who}"
    if state == "cold":
        shutil.rmtree(cache, ignore_errors=True)
    return {"UV_CACHE_DIR": str(cache), "HOME": str(work / "home"), "XDG_DATA_HOME": str(work / "data")}


def setup(work: Path, profile: str, state: str) -> Timing:
    """The whole command, from nothing to the swapped link."""
    folder = work / "ours"
    shutil.rmtree(folder, ignore_errors=True)
    argv = [sys.executable, "-m", "wslgpu", "setup", str(folder), "--yes", "--no-smoke", "--profile", profile]
    return clock(argv, env=environment(work, "ours", state))


def uv_by_hand(work: Path, uv: str, package: str, state: str) -> Timing:
    """The two commands that a person who knows uv would type, with the Python that setup takes, and pip in it as well."""
    folder = work / "by-hand"
    shutil.rmtree(folder, ignore_errors=True)
    python = (work / "ours/.venv/bin/python").resolve()
    script = (
        'set -e; "$1" venv -q --no-project --python "$2" "$3"; "$1" pip install -q --python "$3/bin/python" "$4" pip'
    )
    return clock(
        ["sh", "-c", script, "sh", uv, str(python), str(folder), package], env=environment(work, "hand", state)
    )


def pip_by_hand(work: Path, package: str) -> Timing:
    """`python -m venv`, then pip without a cache."""
    folder = work / "by-pip"
    shutil.rmtree(folder, ignore_errors=True)
    python = (work / "ours/.venv/bin/python").resolve()
    script = 'set -e; "$1" -m venv "$2"; "$2/bin/python" -m pip install -q --no-cache-dir "$3"'
    return clock(["sh", "-c", script, "sh", str(python), str(folder), package])


def no_op(work: Path, profile: str) -> dict[str, object]:
    """A second run that has nothing to do, against `wslgpu --version`."""
    program = [sys.executable, "-m", "wslgpu"]
    again = [*program, "setup", str(work / "ours"), "--yes", "--no-smoke", "--profile", profile]
    automatic = [*program, "setup", str(work / "ours"), "--yes", "--no-smoke"]
    env = environment(work, "ours", "warm")
    clock(automatic, env=env)
    seconds, version, auto = [], [], []
    clock([*program, "--version"], env=env)
    for _ in range(9):
        version.append(clock([*program, "--version"], env=env))
        seconds.append(clock(again, env=env))
        auto.append(clock(automatic, env=env))
    return {
        "no-op": summary(seconds),
        "no-op, profile auto": summary(auto),
        "--version": summary(version),
        "no-op / --version": ratio(seconds, version),
        "no-op, profile auto / --version": ratio(auto, version),
    }


if __name__ == "__main__":
    main()
