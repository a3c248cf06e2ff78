"""`wslgpu doctor DIR` where DIR's environment holds tensorflow[and-cuda]: wall time, CPU time and peak memory.

    python tests/benchmarks/doctor_gpu.py DIR [--repeats 15] [-o docs/evidence/doctor-gpu.json]

DIR is what `wslgpu setup DIR --profile gpu` made. No GPU is needed: a SYNTHETIC driver (tests/distro/stub_libcuda.c)
answers, so that the look is the long one of a machine with a card. Each way is measured in turn, so that a machine that
grows slower meanwhile slows all of them; each ran once before, so bytecode and page cache are warm. Nothing is asserted;
the limits that doctor was given (1 s, 80 MiB) stand beside.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import write_result
from tests.benchmarks.tree_memory import peak_of_tree

STUB = Path(__file__).resolve().parents[1] / "distro" / "stub_libcuda.c"
LIMITS = {"wall_s": 1.0, "tree_peak_mib": 80.0}


def build_driver(folder: Path) -> None:
    """The synthetic libcuda.so.1 into a folder."""
    target = str(folder / "libcuda.so.1")
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", target, str(STUB)], check=True)


def run_once(argv: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    """(wall seconds, CPU seconds of it and all its children) of one run that nobody watches."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False, timeout=120)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Least, median and most."""
    return {
        "least": round(min(values), digits),
        "median": round(statistics.median(values), digits),
        "most": round(max(values), digits),
    }


def look_at(folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """What this doctor told, so that the figures are of a look that was whole."""
    argv = [sys.executable, "-m", "wslgpu", "doctor", str(folder), "--format", "json"]
    with tempfile.TemporaryDirectory() as kept:
        record = Path(kept) / "look.json"
        ran = subprocess.run([*argv, "--record", str(record)], env=env, capture_output=True, check=False, timeout=120)
        answers = json.loads(record.read_text("utf-8"))["answers"]
    findings = {one["slug"]: one for one in json.loads(ran.stdout)["findings"]}
    told = json.loads(answers["venv.libraries"]["stdout"])
    return {
        "tensorflow": told["tensorflow"]["version"],
        "libraries": len(told["libraries"]),
        "said": findings["tf-cannot-dlopen"]["title"],
        "interpreters_asked": sum(key.startswith("python.probe.") for key in answers),
        "cuInit": next(
            row for row in answers["cuda.probe"]["stdout"].splitlines() if '"code"' in row and "init" in row
        ),
    }


def main() -> int:
    """Measure in turn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="wslgpu-doctor-gpu-"))
    try:
        (work / "driver").mkdir()
        (work / "empty").mkdir()
        build_driver(work / "driver")
        env = {key: value for key, value in os.environ.items() if not key.startswith(("WSLGPU", "PYTHONDONT"))}
        env |= {"PYTHONPYCACHEPREFIX": str(work / "pyc"), "LD_LIBRARY_PATH": str(work / "driver")}
        doctor = [sys.executable, "-m", "wslgpu", "doctor"]
        ways = {
            "doctor, gpu environment": [*doctor, str(wish.folder.resolve())],
            "doctor, no environment": [*doctor, str(work / "empty")],
            "wslgpu --version": [sys.executable, "-m", "wslgpu", "--version"],
            "python -c pass": [sys.executable, "-c", "pass"],
        }
        seen = look_at(wish.folder, env)
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for argv in ways.values():
            run_once(argv, env)  # compiles what is not compiled, and fills the page cache
        load = os.getloadavg()[0]
        for _ in range(wish.repeats):
            for name, argv in ways.items():
                runs[name].append(run_once(argv, env))
        peaks = {name: [peak_of_tree(argv, env) for _ in range(5)] for name, argv in ways.items()}
        result: dict[str, Any] = {
            "synthetic": "the driver is tests/distro/stub_libcuda.c; the libraries are NVIDIA's own wheels",
            "repeats": wish.repeats,
            "load_during": [round(load, 2), round(os.getloadavg()[0], 2)],
            "looked_at": seen,
            "limits": LIMITS,
            "ways": {
                name: {
                    "wall_s": spread([wall for wall, _ in rows]),
                    "cpu_s": spread([cpu for _, cpu in rows]),
                    "tree_peak_mib": spread([peak.resident for peak in peaks[name]], 1),
                    "tree_peak_mib_shared_counted_once": spread([peak.proportional for peak in peaks[name]], 1),
                }
                for name, rows in runs.items()
            },
        }
        write_result(wish.output, "doctor with a gpu environment", result)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
