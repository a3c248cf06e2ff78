"""The measured matrix: TensorFlow x Python x start method, each cell in a fresh venv.

    python tests/benchmarks/matrix.py --write [--tensorflow 2.15.1] [--python 3.11] [--folder DIR]

For each TensorFlow and each interpreter found here that it has a wheel for, a venv is made, `wslgpu smoke`'s own
training runs in it, and the venv is deleted. Columns:

fork         the smoke: one process and fork, as Linux does by default up to Python 3.13
forkserver   the smoke with the process-wide default set to forkserver, which Python 3.14 has; Keras' workers by fork
spawn        Keras alone, without wslgpu: a plain Sequence, and one that holds a lock (ways_payload.py)

Each cell is written as soon as it is known, with its own date; cells that were not run keep their reason.
docs/make_matrix_page.py makes docs/measured-matrix.md of it.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import describe_machine, today
from ways import run_way

from wslgpu.training.smoke import run_smoke

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "matrix.json"
# TensorFlow -> the Pythons it has a Linux wheel for (its own classifiers), and what else its time needs: versions that
# its own metadata leaves open and that came out since.
RELEASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "1.15.0": (("3.7",), ("protobuf<3.21", "numpy<1.19", "h5py<3")),
    "2.4.4": (("3.7", "3.8"), ("protobuf<3.21",)),
    "2.10.1": (("3.7", "3.8", "3.9", "3.10"), ("numpy<2",)),
    "2.13.1": (("3.8", "3.9", "3.10", "3.11"), ()),
    "2.15.1": (("3.9", "3.10", "3.11"), ()),
    "2.16.2": (("3.9", "3.10", "3.11", "3.12"), ()),
    "2.18.1": (("3.9", "3.10", "3.11", "3.12"), ()),
    "2.20.0": (("3.9", "3.10", "3.11", "3.12", "3.13"), ()),
    "2.21.0": (("3.10", "3.11", "3.12", "3.13"), ()),
}
PYTHONS = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
METHODS = ("fork", "forkserver", "spawn")
SPAWN_LIMIT_S = 40.0  # without a batch, while nobody imports TensorFlow
DEADLINE_S = 280.0  # the smoke takes about a minute; on a busy machine several
# The smoke's payload under another process-wide default: what Python 3.14 does by itself.
FORKSERVER = """#!/bin/sh
exec {python} -c 'import multiprocessing, runpy, sys
if __name__ == "__main__":
    multiprocessing.set_start_method("forkserver")
    sys.argv = sys.argv[1:]
    sys.path.insert(0, sys.argv[0].rpartition("/")[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
' "$@"
"""


def find_interpreters() -> dict[str, str]:
    """Minor version -> an interpreter, found by looking: PATH, pyenv, uv."""
    homes = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    homes.append(Path.home() / ".local/share/uv/python")
    found: dict[str, str] = {}
    for version in PYTHONS:
        candidates = [shutil.which(f"python{version}") or ""]
        candidates += [str(path) for home in homes for path in sorted(home.glob(f"*{version}.*/bin/python{version}"))]
        for path in filter(None, candidates):
            done = subprocess.run([path, "-I", "-V"], capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.startswith(f"Python {version}."):
                found[version] = path
                break
    return found


def make_venv(folder: Path, interpreter: str, tensorflow: str) -> str:
    """A venv with that TensorFlow; what went wrong, or ""."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    needs = [f"tensorflow-cpu=={tensorflow}", *RELEASES[tensorflow][1]]
    for argv in (
        [uv, "venv", "-q", "--python", interpreter, str(folder)],
        [uv, "pip", "install", "-q", "--python", str(folder / "bin/python"), *needs],
    ):
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{' '.join(needs)}: {done.stderr.strip()[-300:]}"
    return ""


def smoke_cell(python: Path) -> dict[str, Any]:
    """What the smoke says, and the figures that say what was done."""
    result = run_smoke(python, want_device="cpu", deadline_s=DEADLINE_S, kernels=False)
    evidence = result.evidence
    keys = ("python", "tensorflow", "keras", "numpy", "default_start_method", "start_method", "import_s")
    return {
        "outcome": {"ok": "passed", "fail": "failed"}.get(result.status, result.status),
        "sentence": result.sentence,
        **{key: evidence[key] for key in keys if key in evidence},
        "seconds_of": evidence.get("seconds_of", {}),
        "left_behind": len(evidence.get("left_behind", [])),
    }


def spawn_cell(python: Path) -> dict[str, Any]:
    """Keras' own workers by spawn: a plain Sequence, and one that holds a lock."""
    names = ("sequence", "sequence-lock")
    with ThreadPoolExecutor(len(names)) as pool:  # side by side: most of a hang is waiting
        said = pool.map(lambda way: run_way([str(python)], way, "spawn", limit_s=SPAWN_LIMIT_S), names)
        ways = dict(zip(names, said, strict=True))
    return {"outcome": "; ".join(f"{way}: {said['outcome']}" for way, said in ways.items()), "ways": ways}


def run_cell(python: Path, method: str, scratch: Path) -> dict[str, Any]:
    if method == "spawn":
        return spawn_cell(python)
    if method == "fork":
        return smoke_cell(python)
    wrapper = scratch / "python-forkserver"
    wrapper.write_text(FORKSERVER.format(python=python))
    wrapper.chmod(0o755)
    return smoke_cell(wrapper)


def read_result() -> dict[str, Any]:
    if EVIDENCE.exists():
        result: dict[str, Any] = json.loads(EVIDENCE.read_text(encoding="utf-8"))
        return result
    return {"benchmark": "matrix", "cells": {}}


def write_cells(cells: dict[str, dict[str, Any]], interpreters: dict[str, str]) -> None:
    """Put these cells into the file; those of other runs stay, and what was never run says why."""
    with (Path(tempfile.gettempdir()) / "wslgpu-matrix.lock").open("w") as lock:  # two runs may go side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write_cells(cells, interpreters)


def _write_cells(cells: dict[str, dict[str, Any]], interpreters: dict[str, str]) -> None:
    result = read_result()
    known = result["cells"]
    for tensorflow, (pythons, _) in RELEASES.items():
        for python in PYTHONS:
            for method in METHODS:
                name = f"{tensorflow} {python} {method}"
                if known.get(name, {}).get("ran"):
                    continue
                reason = "not run"
                if python not in pythons:
                    reason = "no wheel"
                elif python not in interpreters:
                    reason = f"not run: no Python {python} on this machine"
                known[name] = {"ran": False, "outcome": reason}
    known.update(cells)
    result["machine"] = describe_machine()
    result["no_interpreter"] = [python for python in PYTHONS if python not in interpreters]
    result["command"] = "python tests/benchmarks/matrix.py --write"
    EVIDENCE.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/evidence/matrix.json")
    parser.add_argument("--tensorflow", action="append", choices=list(RELEASES))
    parser.add_argument("--python", action="append", choices=PYTHONS)
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--folder", type=Path, help="where the venvs are made  [default: the temporary folder]")
    arguments = parser.parse_args()
    interpreters = find_interpreters()
    for tensorflow in arguments.tensorflow or RELEASES:
        for version in arguments.python or RELEASES[tensorflow][0]:
            if version not in RELEASES[tensorflow][0] or version not in interpreters:
                continue
            with tempfile.TemporaryDirectory(prefix="wslgpu-matrix-", dir=arguments.folder) as scratch:
                venv = Path(scratch) / "venv"
                broken = make_venv(venv, interpreters[version], tensorflow)
                for method in arguments.method or METHODS:
                    name = f"{tensorflow} {version} {method}"
                    cell = (
                        {"outcome": "not installed", "sentence": hide_paths(broken)}
                        if broken
                        else (run_cell(venv / "bin/python", method, Path(scratch)))
                    )
                    started = not any(said["outcome"] == "not started" for said in cell.get("ways", {}).values())
                    if not started:
                        cell["outcome"] = "not run: it did not start"
                    cell |= {"ran": started and not broken, "date": today()}
                    print(name, json.dumps(cell)[:300], flush=True)
                    if arguments.write:
                        write_cells({name: cell}, interpreters)
    return 0


def hide_paths(text: str) -> str:
    """Without this machine's own folders and addresses."""
    return re.sub(r"(https?:)?/[^\s\"',)]*", "...", text)


if __name__ == "__main__":
    sys.exit(main())
