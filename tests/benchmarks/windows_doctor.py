"""How long the Windows half of doctor takes, in the Windows bed: against `python -c pass` and the slowest single answer.

python tests/benchmarks/windows_doctor.py [--python 3.11] [--runs 9] [-o docs/evidence/windows-doctor.json]

The bound is three times `python -c pass` of the same interpreter plus the slowest single answer. The interpreter is a copy
of the bed's on drive C:, with wslgpu in its site-packages, as pip puts it there. The machine (synthetic) has WSL and no
distribution, so that the Windows half is all there is. All commands run in turn, in a Wine that is kept warm; seconds
are wall time, medians of all rounds. Each command loads what the one before it does, and more: they say where the time
goes. `floor` is the least that a doctor in Python could take: what a look needs of the standard library, then the
slowest answer. `hanging`: the same with a wsl.exe that never answers, which is ended after 10 s.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent / "src"), str(Path(__file__).parent)]

from common import write_result  # noqa: E402

# Frozen values, programs with a deadline side by side, the registry, what Windows tells of the session.
NEEDED = "import ctypes, dataclasses, subprocess, threading, typing, winreg"
STANDARD = f"{NEEDED}, json, pathlib, re"
COMMANDS = {
    "pass": ["-c", "pass"],
    "what a look needs of the standard library": ["-c", NEEDED],
    "all that doctor loads of it": ["-c", STANDARD],
    "and click": ["-c", f"{STANDARD}, click"],
    "and the command line of doctor": [
        "-c",
        f"{STANDARD}, wslgpu.cli.main, wslgpu.cli.doctor, wslgpu.cli.doctor_windows",
    ],
    "doctor": ["-m", "wslgpu", "doctor"],
}
# Nothing of the checkout: what is installed is imported, from compiled files beside it.
OWN = {"PYTHONPATH": "", "PYTHONPYCACHEPREFIX": ""}
FLOOR = "what a look needs of the standard library"


def load(name: str) -> ModuleType:
    """A module of tests/windows."""
    spec = importlib.util.spec_from_file_location(f"windows_bed_{name}", TESTS / "windows" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def install(bed: Any) -> Any:
    """A bed whose python.exe is a copy on drive C: with wslgpu's wheel in it, compiled as pip compiles it."""
    folder = bed.prefix / "drive_c" / "benchmark"
    shutil.rmtree(folder, ignore_errors=True)
    # A Python for Windows has no sitecustomize; the one that Debian adds to its own costs each start something.
    left_out = shutil.ignore_patterns("sitecustomize.py", "__pycache__")
    shutil.copytree(bed.python, folder / "python", ignore=left_out)
    for name in ("prefix", "standins"):
        (folder / name).symlink_to(bed.folder / name)
    with tempfile.TemporaryDirectory() as scratch:
        load("bed")._pip(["wheel", "--quiet", "--no-deps", "-w", scratch, str(TESTS.parent)])
        (wheel,) = Path(scratch).glob("wslgpu-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "python" / "Lib" / "site-packages")
    installed = replace(bed, folder=folder, servants={})
    done = installed.run(["-m", "compileall", "-q", "C:\\benchmark\\python\\Lib"], env=OWN, deadline_s=300.0)
    assert done.stderr == b"", done.stderr  # its exit code is 1 for the standard library's own bad examples
    return installed


def measure(bed: Any, env: dict[str, str], runs: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Wall seconds and processor seconds of each command, in turn; the first round fills the caches.

    The processor's are of python.exe alone, without Wine's server and the stand-ins: they hardly depend on what else
    the machine does, and the wall's do.
    """
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    work: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(runs + 1):
        for name, args in COMMANDS.items():
            began, used = time.perf_counter(), processor_seconds()
            done = bed.run(args, env=env)
            if number:
                times[name].append(time.perf_counter() - began)
                work[name].append(processor_seconds() - used)
            assert done.exit in (0, 1, 4), done.stderr
    return times, work


def processor_seconds() -> float:
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def count_modules(bed: Any, env: dict[str, str]) -> dict[str, int]:
    """How many modules each command imports: under Wine, as on Windows, each costs files to be looked for and opened."""
    counts = {}
    for name, args in COMMANDS.items():
        done = bed.run(["-X", "importtime", *args], env=env)
        counts[name] = done.stderr.count(b"import time:") - 1  # less the table's head
    return counts


def slowest_answer(bed: Any, env: dict[str, str]) -> tuple[str, float]:
    """Of one recorded look: the program that took longest to answer, and its seconds."""
    done = bed.run(["-m", "wslgpu", "doctor", "--record", "C:\\machine.json"], env=env)
    assert done.exit in (0, 1, 4), done.stderr
    recording = json.loads((bed.prefix / "drive_c" / "machine.json").read_text(encoding="utf-8"))
    seconds = {name: answer["seconds"] for name, answer in recording["answers"].items() if "seconds" in answer}
    slowest = max(seconds, key=lambda name: seconds[name])
    return slowest, seconds[slowest]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="3.11")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    bed = load("bed").provide(chosen.python)
    play, recorded = load("machine"), load("recorded")
    bed = install(bed)
    try:
        with tempfile.TemporaryDirectory() as folder:
            machine = recorded.machine_of(play, TESTS / "recordings" / "windows-docker-only.json", 9)
            env = {**play.set_up(bed, machine, Path(folder)), **OWN}
            load_before = os.getloadavg()[0]
            times, work = measure(bed, env, chosen.runs)
            answers = [slowest_answer(bed, env) for _ in range(5)]
            modules = count_modules(bed, env)
        with tempfile.TemporaryDirectory() as folder:
            machine = recorded.machine_of(play, TESTS / "recordings" / "windows-hang.json", 9)
            env = {**play.set_up(bed, machine, Path(folder)), **OWN}
            began = time.perf_counter()
            hung = bed.run(["-m", "wslgpu", "doctor"], env=env)
            hanging = time.perf_counter() - began
    finally:
        bed.stop()
        shutil.rmtree(bed.folder)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    answer = statistics.median(seconds for _, seconds in answers)
    bound = 3 * medians["pass"] + answer
    write_result(
        chosen.output,
        "windows-doctor",
        {
            "interpreter": f"CPython {chosen.python} for Windows under Wine",
            "rounds": chosen.runs,
            "load_while_measured": [round(load_before, 2), round(os.getloadavg()[0], 2)],
            "seconds": {name: {"median": medians[name], "least": min(t), "most": max(t)} for name, t in times.items()},
            "processor_seconds": {name: round(statistics.median(taken), 3) for name, taken in work.items()},
            "times_pass": {name: round(median / medians["pass"], 2) for name, median in medians.items()},
            "modules": modules,
            "slowest_answer": {"median_s": answer, "of": sorted({name for name, _ in answers})},
            "bound_s": round(bound, 3),
            "doctor_s": round(medians["doctor"], 3),
            "within_bound": medians["doctor"] <= bound,
            "floor": {
                "of": f"{FLOOR}, then the slowest answer",
                "seconds": round(medians[FLOOR] + answer, 3),
                "within_bound": medians[FLOOR] + answer <= bound,
            },
            "hanging": {"seconds": round(hanging, 2), "exit": hung.exit},
        },
    )


if __name__ == "__main__":
    main()
