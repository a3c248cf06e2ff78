"""Every fault that `wslgpu run` is to name, injected many times: right names, time until named, what is left.

    python tests/benchmarks/faults.py --python KERAS2_PYTHON --python KERAS3_PYTHON [--times 20] [--only FAULT] --write

Each run is a training of its own under `wslgpu run`, up to twenty in one process (h5py: one), seeded: the seed moves
the harmed batch, the cost of a batch and, for the idle worker, the moment. Time until named: from the moment at which
the worker writes that it does harm now until wslgpu prints the name; so it contains one poll of the supervisor. Results
of other faults and Pythons in the file stay, so that a long series can be made in parts. docs/make_run_tables.py makes
the table.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import describe_machine, today

from wslgpu.system.guardian import read_processes

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "tests" / "training" / "faults.py"
EVIDENCE = ROOT / "docs" / "evidence" / "faults.json"
SEED = 20261122
STUCK_AFTER_S = 3.0
NAMED = re.compile(r"wslgpu: \[([a-z0-9-]+)\]")
SERIES = 20  # trainings in one process: the import of TensorFlow takes longer than most of them
SIDE_BY_SIDE = 2  # processes at a time where each training has one of its own


@dataclass(frozen=True)
class Fault:
    """`right`: pairs of a name and of how `fit` ends. `method`: the start method of the whole process.

    `series`: how many trainings one process may do.
    """

    name: str
    right: tuple[tuple[str, str], ...]
    method: str = ""
    stuck_after_s: float = STUCK_AFTER_S
    series: int = SERIES


FAULTS = (
    Fault("kill-busy", (("keras-dead-worker-hang", "RAISED"),)),
    # By luck the idle one held no lock, and the training goes on with the worker that the pool puts in its place.
    Fault("kill-idle", (("keras-dead-worker-hang", "RAISED"), ("", "TRAINED"))),
    Fault("sys-exit", (("keras-dead-worker-hang", "RAISED"),)),
    Fault("tensorflow-op", (("keras-fork-tf-deadlock", "RAISED"),)),
    Fault("raise", (("sequence-item-raises", "RAISED"),)),
    Fault("unpicklable", (("keras-pickle", "RAISED"),)),
    Fault("lock", (("keras-pickle", "RAISED"),), method="spawn"),
    # The HDF5 of these wheels reads with pread(2): it is named before the fork, and the batches come right.
    # A process is told of `self.data` once.
    Fault("h5py", (("keras-h5py-fork", "TRAINED"), ("keras-h5py-fork", "RAISED")), series=1),
    Fault("stuck", (("keras-stuck-worker", "RAISED"),)),
    # At its limit a cgroup is slow: a worker may be at one batch for longer than 3 s before the kernel ends it.
    Fault("memory", (("oom-killed", "RAISED"),), stuck_after_s=60.0),
)


def run_often(python: str, fault: Fault, times: int) -> list[dict[str, Any]]:
    """`times` trainings with that fault; a process that is ended early is followed by another."""
    if fault.series == 1:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            one_each = pool.map(lambda number: run_series(python, fault, SEED + number, 1), range(times))
            return [run for runs in one_each for run in runs]
    runs: list[dict[str, Any]] = []
    for number in range(times):
        if len(runs) < times:
            runs += run_series(python, fault, SEED + number, min(fault.series, times - len(runs)))
    return runs


def run_series(python: str, fault: Fault, seed: int, times: int) -> list[dict[str, Any]]:
    """`times` trainings with that fault, in one process as long as it lives: names, seconds, how each ended."""
    argv = [sys.executable, "-m", "wslgpu", "run", "--deadline", "600"]
    argv += ["--stuck-after", f"{fault.stuck_after_s:g}", "--"]
    argv += [python, str(TRAINING), ",".join([fault.name] * times), fault.method, str(seed)]
    # The mark makes this run's processes known also where they left its session.
    mark = f"{os.getpid()}-{fault.name}-{seed}"
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "WSLGPU_FAULTS_MARK": mark}
    process = subprocess.Popen(argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = read_both(process)
    remove_cgroups(lines)
    runs = split_runs(lines)
    if runs:
        runs[-1]["left"] = len(find_marked(mark))
    return [{**run, "seed": seed, "exit_code": process.returncode} for run in runs]


def read_both(process: subprocess.Popen[bytes]) -> list[tuple[float, str]]:
    """Every line of stdout and stderr with the time.time() at which it came."""
    assert process.stdout is not None
    assert process.stderr is not None
    rest = {process.stdout: b"", process.stderr: b""}
    lines: list[tuple[float, str]] = []
    open_pipes: list[Any] = list(rest)
    while open_pipes:
        for pipe in select.select(open_pipes, [], [], 1)[0]:
            data = os.read(pipe.fileno(), 65536)
            if not data:
                open_pipes.remove(pipe)
            *whole, rest[pipe] = (rest[pipe] + data).split(b"\n")
            lines += [(time.time(), line.decode("utf-8", "replace")) for line in whole]
    process.wait()
    return lines


def split_runs(lines: list[tuple[float, str]]) -> list[dict[str, Any]]:
    """What was said of each training, from its FIT to the next one's. Pure."""
    runs: list[dict[str, Any]] = []
    harmed: float | None = None
    for at, line in lines:
        if line.startswith("FIT "):
            runs.append({"slug": "", "names": 0, "ended": "", "seconds_until_named": None, "left": 0})
            harmed = None
        if not runs:
            continue
        if line.startswith("HARM ") and harmed is None:
            harmed = float(line.split()[1])
        if line.startswith(("TRAINED", "RAISED")):
            runs[-1]["ended"] = line.split()[0]
        named = NAMED.match(line)
        if named and runs[-1]["names"] == 0:
            runs[-1]["slug"] = named[1]
            runs[-1]["seconds_until_named"] = round(at - harmed, 3) if harmed else None
        runs[-1]["names"] += bool(named)
    return runs


def find_marked(mark: str) -> list[int]:
    """Living processes of that run, by their environment; zombies have none, and do not count."""
    found = []
    for pid, (_, _, state) in read_processes().items():
        try:
            if state not in "ZX" and mark.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def remove_cgroups(lines: list[tuple[float, str]]) -> None:
    for _, line in lines:
        if line.startswith("CGROUP "):
            Path(line.split()[1]).rmdir()


def summarize(fault: Fault, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts of one fault under one Keras. Pure."""
    right = [run for run in runs if (run["slug"], run["ended"]) in fault.right and run["names"] <= 1]
    seconds = [run["seconds_until_named"] for run in runs if run["seconds_until_named"] is not None]
    return {
        "runs": len(runs),
        "stuck_after_s": fault.stuck_after_s,
        "right": len(right),
        "slugs": {
            slug or "goes on": sum(run["slug"] == slug for run in runs) for slug in {run["slug"] for run in runs}
        },
        "raised": sum(run["ended"] == "RAISED" for run in runs),
        "median_s": round(statistics.median(seconds), 2) if seconds else None,
        "most_s": round(max(seconds), 2) if seconds else None,
        "left": sum(run["left"] for run in runs),
        "wrong": [run for run in runs if run not in right],
    }


def interrupt_once(python: str, what: str, seed: int) -> dict[str, Any]:
    """Ctrl-C, or SIGKILL of wslgpu itself, in the middle: seconds until nothing of it is there, and what is left."""
    how, fault = what.split(" ", 1)
    argv = [
        sys.executable,
        "-m",
        "wslgpu",
        "run",
        "--stuck-after",
        "600",
        "--",
        python,
        str(TRAINING),
        fault,
        "",
        str(seed),
    ]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "WSLGPU_FAULTS_MARK": f"{os.getpid()}-{how}-{seed}"}
    process = subprocess.Popen(argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    wanted = b"FIT" if fault == "endless" else b"HARM"
    while not process.stdout.readline().startswith(wanted):
        if process.poll() is not None:
            raise RuntimeError(f"{' '.join(argv)} ended with {process.returncode}")
    time.sleep(0.2 + seed % 10 / 10)
    began = time.monotonic()
    process.send_signal(signal.SIGINT if how == "ctrl-c" else signal.SIGKILL)
    while find_marked(variables["WSLGPU_FAULTS_MARK"]) and time.monotonic() - began < 20:
        time.sleep(0.02)
    seconds = time.monotonic() - began
    left = len(find_marked(variables["WSLGPU_FAULTS_MARK"]))
    process.communicate(timeout=30)
    ended = {"seed": seed, "seconds": round(seconds, 2), "left": left, "exit_code": process.returncode}
    return {**ended, "load": round(os.getloadavg()[0], 1)}


INTERRUPTS = ("ctrl-c endless", "ctrl-c stuck", "ctrl-c tensorflow-op", "sigkill endless", "sigkill tensorflow-op")


def interrupt_often(python: str, versions: str, what: str, times: int, go_on: bool, write: bool) -> None:
    """A series, kept after each run: each imports TensorFlow anew, and all together may take long."""
    ended = read_result().get("interrupts", {}).get(versions, {}).get(what, {}).get("each", []) if go_on else []
    missing = [SEED + number for number in range(times) if SEED + number not in {run["seed"] for run in ended}]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for run in pool.map(lambda seed: interrupt_once(python, what, seed), missing):
            ended = [*ended, run]
            keep(versions, "interrupts", what, summarize_interrupts(ended), write)


def summarize_interrupts(ended: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of one series. Pure."""
    seconds = [run["seconds"] for run in ended]
    return {
        "runs": len(ended),
        "median_s": round(statistics.median(seconds), 2),
        "most_s": max(seconds),
        "within_3_s": sum(second <= 3 for second in seconds),
        "left": sum(run["left"] for run in ended),
        "exit_codes": sorted({run["exit_code"] for run in ended}),
        "most_load": max((run["load"] for run in ended if "load" in run), default=None),
        "each": ended,
    }


def describe_python(python: str) -> str:
    """`TensorFlow 2.15.1, Keras 2.15.0, Python 3.11.7`."""
    code = (
        "import platform\n"
        "from importlib.metadata import distributions\n"
        "found = {d.metadata['Name'].replace('_', '-').lower(): d.version for d in distributions()}\n"
        "tensorflow = found.get('tensorflow-cpu') or found['tensorflow']\n"
        "print('TensorFlow', tensorflow + ', Keras', found['keras'] + ', h5py', found['h5py'] + ', Python', "
        "platform.python_version())"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", action="append", required=True, help="a python that has TensorFlow")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", action="append", choices=[*(fault.name for fault in FAULTS), *INTERRUPTS])
    parser.add_argument(
        "--go-on", action="store_true", help="keep the interrupted runs that the file has; add what is missing"
    )
    parser.add_argument("--write", action="store_true", help="write docs/evidence/faults.json")
    arguments = parser.parse_args()
    # A shell's background job ignores SIGINT, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for python in arguments.python:
        versions = describe_python(python)
        for fault in FAULTS:
            if arguments.only is None or fault.name in arguments.only:
                runs = run_often(python, fault, arguments.times)
                keep(versions, "faults", fault.name, summarize(fault, runs), arguments.write)
        for what in INTERRUPTS:
            if arguments.only is None or what in arguments.only:
                interrupt_often(python, versions, what, arguments.times, arguments.go_on, arguments.write)
    return 0


def keep(versions: str, part: str, name: str, summary: dict[str, Any], write: bool) -> None:
    """Print one summary, and put it into the file beside the others."""
    print(versions, name, json.dumps(summary), flush=True)
    if not write:
        return
    with (Path(tempfile.gettempdir()) / "wslgpu-faults.lock").open(
        "w"
    ) as lock:  # parts of a series may run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(versions, part, name, summary)


def read_result() -> dict[str, Any]:
    """The evidence as it stands."""
    if not EVIDENCE.exists():
        return {"benchmark": "faults"}
    result: dict[str, Any] = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return result


def _write(versions: str, part: str, name: str, summary: dict[str, Any]) -> None:
    result = read_result() | {
        "machine": describe_machine(),
        "command": "python tests/benchmarks/faults.py --python KERAS2_PYTHON --python KERAS3_PYTHON --times 20 --write",
        "stuck_after_s": STUCK_AFTER_S,
        "side_by_side": SIDE_BY_SIDE,
        "seed": SEED,
    }
    result.setdefault(part, {}).setdefault(versions, {})[name] = {**summary, "date": today()}
    EVIDENCE.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
