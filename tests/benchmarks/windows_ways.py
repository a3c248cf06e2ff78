"""The ways to feed `fit`, on TensorFlow for Windows: a genuine CPython 3.10 for Windows under Wine.

    WSLGPU_BED_CACHE=DIR python tests/benchmarks/windows_ways.py --write [--way WAY] [--supervised]

The bed is tests/windows/bed.py's; TensorFlow 2.10.1, the last one with a Windows build that used the GPU, is put into
its site-packages. Each way runs bare, with a limit of time, and under `wslgpu run`, which is to name what hangs.
Wine is no Windows: what pickles and what hangs is Python's and Keras' own code, and the same; seconds are Wine's.
Ways already in the file stay. docs/make_windows_page.py makes the page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "windows"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import bed as windows_bed
from common import describe_machine, today
from ways import run_way

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "windows-ways.json"
PYTHON = "3.10"
NEEDS = ("tensorflow-intel==2.10.1", "numpy==1.23.5", "protobuf<3.20", "h5py==3.8.0", "keras==2.10.0")
WAYS = (
    "one-process",
    "threads",
    "sequence",
    "sequence-lock",
    "generator",
    "generator-threads",
    "generator-lock-threads",
)
LIMIT_S = 60.0  # without a batch, while nobody imports TensorFlow


def provide() -> windows_bed.Bed:
    """The bed, with TensorFlow in it."""
    bed = windows_bed.provide(PYTHON)
    site = bed.python / "Lib" / "site-packages"
    if not (site / "tensorflow").is_dir():
        argv = ["install", "--quiet", "--target", str(site), *windows_bed._for_windows(PYTHON), *NEEDS]
        windows_bed._pip(argv)
    return bed


def ask_versions(bed: windows_bed.Bed) -> str:
    code = "import sys, platform; from importlib.metadata import version as v; print(v('tensorflow-intel'), v('keras'), platform.python_version(), sys.platform)"
    said = bed.run(["-c", code]).stdout.decode().split()
    return f"TensorFlow {said[0]}, Keras {said[1]}, Python {said[2]}, sys.platform {said[3]}"


def run(bed: windows_bed.Bed, way: str, supervised: bool) -> dict[str, Any]:
    """One way, bare or under wslgpu."""
    exe = str(bed.python / "python.exe")
    python = ["wine", exe]
    if supervised:
        python += ["-m", "wslgpu", "run", "--deadline", "400", "--", windows_bed.windows_path(Path(exe))]
    try:
        return run_way(python, way, limit_s=LIMIT_S, env=bed.environment(), as_seen=windows_bed.windows_path)
    finally:
        bed.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--way", action="append", choices=WAYS)
    parser.add_argument("--bare", action="store_true", help="only without wslgpu")
    parser.add_argument("--supervised", action="store_true", help="only under wslgpu run")
    parser.add_argument("--write", action="store_true", help="write docs/evidence/windows-ways.json")
    arguments = parser.parse_args()
    bed = provide()
    versions = ask_versions(bed)
    wine = subprocess.run(["wine", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    for way in arguments.way or WAYS:
        for part in ("bare", "supervised"):
            if (arguments.bare and part != "bare") or (arguments.supervised and part != "supervised"):
                continue
            said = {**run(bed, way, part == "supervised"), "date": today()}
            print(way, part, json.dumps(said), flush=True)
            if not arguments.write:
                continue
            result = json.loads(EVIDENCE.read_text(encoding="utf-8")) if EVIDENCE.exists() else {"ways": {}}
            result |= {
                "benchmark": "windows_ways",
                "machine": f"{describe_machine()}, {wine}",
                "load_after": round(os.getloadavg()[0], 1),
                "versions": versions,
                "command": "python tests/benchmarks/windows_ways.py --write",
                "limit_s": LIMIT_S,
            }
            result["ways"].setdefault(way, {})[part] = said
            EVIDENCE.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
