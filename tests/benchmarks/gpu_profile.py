"""Install the whole gpu profile, break it in twelve ways: does doctor name each, and is each mended inside the venv?

    UV_CACHE_DIR=... python tests/benchmarks/gpu_profile.py [--setups 8] [--tests] [-o docs/evidence/gpu-wheels.json]

Needs the package index and 14 GB (PyTorch comes with a CUDA of its own), which it gives back; no GPU and no driver. A CUDA
toolkit of the machine's own has to be out of sight, for XLA prefers its ptxas:
`unshare -m sh -c 'mount -t tmpfs none /usr/local/cuda && exec "$@"' sh python ...`. Files of the venv are hard links
into uv's cache: they are moved or replaced, never written to. Ends with 1 where a breakage was not named or not mended.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import write_result

ROOT = Path(__file__).resolve().parents[2]

Undo = Callable[[], None]
JUDGED = (
    "tf-cannot-dlopen",
    "tf-216-217-wheel-path",
    "ld-path-foreign-cuda",
    "cuda-major-mismatch",
    "cudnn-mismatch",
    "libdevice-missing",
    "ptxas-wrong",
    "torch-coinstall",
)


class Place:
    """A project folder, its venv, and the variables with which everything in it is run."""

    def __init__(self, work: Path) -> None:
        self.work, self.folder = work, work / "train"
        self.folder.mkdir()
        kept = ("HOME", "PATH", "UV_CACHE_DIR", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "LANG", "SSL_CERT_FILE")
        self.env = {name: os.environ[name] for name in kept if name in os.environ}
        self.env["PYTHONPATH"] = str(ROOT / "src")

    @property
    def site(self) -> Path:
        """The site-packages of the venv that stands there now."""
        return next((self.folder / ".venv").resolve().glob("lib/python3*/site-packages"))

    def library(self, wheel: str, soname: str) -> Path:
        """A file of a wheel."""
        return self.site / "nvidia" / wheel / "lib" / soname

    def setup(self) -> float:
        """Seconds of `wslgpu setup`; RuntimeError with its last words where it fails."""
        argv = [sys.executable, "-m", "wslgpu", "setup", str(self.folder), "--profile", "gpu", "--no-smoke", "--yes"]
        began = time.monotonic()
        ran = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=900, check=False)
        if ran.returncode not in (0, 5):
            raise RuntimeError(f"setup ended with {ran.returncode}:\n{ran.stderr[-2000:]}")
        return time.monotonic() - began

    def doctor(self, *, activated: bool = False, **variables: str) -> dict[str, dict[str, Any]]:
        """The findings by slug; `activated`: in a shell in which the venv was activated first."""
        argv = [sys.executable, "-m", "wslgpu", "doctor", str(self.folder), "--format", "json"]
        if activated:
            argv = ["bash", "-c", '. "$0/.venv/bin/activate" && exec "$@"', str(self.folder), *argv]
        env = {**self.env, **variables}
        ran = subprocess.run(argv, env=env, capture_output=True, timeout=120, check=False)
        return {finding["slug"]: finding for finding in json.loads(ran.stdout)["findings"]}


@dataclass(frozen=True)
class Break:
    """`do` breaks, and returns what takes it back and the variables that belong to it."""

    name: str
    slug: str
    mended_by: str
    do: Callable[[Place], tuple[Undo, dict[str, str]]]


def take_away(path: Path) -> tuple[Undo, dict[str, str]]:
    """Move a file out of sight."""
    hidden = path.with_name(path.name + ".hidden")
    path.rename(hidden)
    return lambda: hidden.rename(path) and None, {}


def toolkit_first(place: Place, folder: str, files: dict[str, str]) -> tuple[Undo, dict[str, str]]:
    """A folder of a CUDA toolkit in LD_LIBRARY_PATH: {soname: wheel}, the files are copies of the wheels' own."""
    lib = place.work / folder
    lib.mkdir(parents=True)
    for soname, wheel in files.items():
        shutil.copy(place.library(wheel, soname), lib / soname)
    return lambda: shutil.rmtree(lib), {"LD_LIBRARY_PATH": str(lib)}


def cut_short(place: Place) -> tuple[Undo, dict[str, str]]:
    """A download that ended early."""
    path = place.library("cufft", "libcufft.so.11")
    undo, variables = take_away(path)
    with path.with_name(path.name + ".hidden").open("rb") as file:
        path.write_bytes(file.read(1_000_000))

    def back() -> None:
        path.unlink()
        undo()

    return back, variables


def install(place: Place, *wish: str) -> tuple[Undo, dict[str, str]]:
    """Real packages from the index into the venv, as a user's `pip install` does; only a new environment undoes it."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if uv is None:
        raise RuntimeError("no uv here to install PyTorch's packages with")
    argv = [uv, "pip", "install", "--quiet", "--python", str(place.folder / ".venv" / "bin" / "python"), *wish]
    subprocess.run(argv, env=place.env, check=True, timeout=600)
    return lambda: None, {}


def unlinked(place: Place) -> tuple[Undo, dict[str, str]]:
    """The link to cuSOLVER that setup made."""
    links = [path for path in place.site.glob("nvidia/*/lib/libcusolver.so.11") if path.is_symlink()]
    if not links:
        raise RuntimeError("setup made no link to libcusolver")
    return take_away(links[0])


NVCC = ("nvidia", "cuda_nvcc")
TORCH = "torch==2.6.0"  # pins nvidia-cudnn-cu12==9.1.0.70
CUDNN_13 = "nvidia-cudnn-cu13==9.26.0.51"  # what torch 2.15.0 pins
BREAKS = (
    Break(
        "a CUDA 13 folder in LD_LIBRARY_PATH",
        "ld-path-foreign-cuda",
        "activation",
        lambda p: toolkit_first(p, "cuda-13.0/lib64", {"libcusparse.so.12": "cusparse"}),
    ),
    Break(
        "the toolkit's stubs in LD_LIBRARY_PATH",
        "ld-path-foreign-cuda",
        "activation",
        lambda p: toolkit_first(p, "cuda-12.4/lib64/stubs", {"libcudart.so.12": "cuda_runtime"}),
    ),
    Break(
        "another cuDNN in LD_LIBRARY_PATH",
        "ld-path-foreign-cuda",
        "activation",
        lambda p: toolkit_first(p, "old/lib", {"libcudnn.so.9": "cudnn"}),
    ),
    Break("libcudnn removed", "tf-cannot-dlopen", "setup", lambda p: take_away(p.library("cudnn", "libcudnn.so.9"))),
    Break("the link to libcusolver removed", "tf-216-217-wheel-path", "setup", unlinked),
    Break("pip install torch==2.6.0, with all that it pins", "cudnn-mismatch", "setup", lambda p: install(p, TORCH)),
    Break(
        "the cuDNN of today's PyTorch, for CUDA 13, over TensorFlow's",
        "cuda-major-mismatch",
        "setup",
        lambda p: install(p, "--no-deps", CUDNN_13),
    ),
    Break("libcufft cut short", "tf-cannot-dlopen", "setup", cut_short),
    Break("ptxas removed", "ptxas-wrong", "setup", lambda p: take_away(p.site.joinpath(*NVCC, "bin", "ptxas"))),
    Break(
        "libdevice removed",
        "libdevice-missing",
        "setup",
        lambda p: take_away(p.site.joinpath(*NVCC, "nvvm", "libdevice", "libdevice.10.bc")),
    ),
    Break(
        "libnvJitLink removed",
        "tf-cannot-dlopen",
        "setup",
        lambda p: take_away(p.library("nvjitlink", "libnvJitLink.so.12")),
    ),
    Break(
        "a part of cuDNN removed",
        "tf-cannot-dlopen",
        "setup",
        lambda p: take_away(p.library("cudnn", "libcudnn_engines_precompiled.so.9")),
    ),
)


def open_slugs(findings: dict[str, dict[str, Any]]) -> list[str]:
    """What is against this venv's libraries."""
    return [slug for slug in JUDGED if findings.get(slug, {}).get("status") in ("fail", "warn")]


def run_break(place: Place, one: Break, *, set_up: bool) -> dict[str, Any]:
    """Break, ask doctor, mend, ask again. What is not mended by setup is taken back."""
    undo, variables = one.do(place)
    findings = place.doctor(**variables)
    row: dict[str, Any] = {
        "break": one.name,
        "expected": one.slug,
        "found": open_slugs(findings),
        "primary": next((slug for slug in open_slugs(findings) if findings[slug]["cause"] is None), None),
        "says": findings[one.slug]["title"].replace(str(place.work), "WORK"),
        "mended_by": one.mended_by,
    }
    row["named"] = one.slug in row["found"]
    if one.mended_by == "activation":
        row["mended"] = open_slugs(place.doctor(activated=True, **variables)) == []
        undo()
    elif set_up:
        row["setup_s"] = round(place.setup(), 1)
        row["mended"] = open_slugs(place.doctor()) == []
    else:
        undo()
        row["mended"] = "not tried"
    return row


def measure_doctor(place: Place, folder: Path, repeats: int) -> dict[str, Any]:
    """Wall and CPU seconds of the whole tree, and the peak of its resident memory added up, sampled every 10 ms."""
    walls, peaks, cpu = [], [], []
    for _ in range(repeats):
        began, peak, before = time.monotonic(), 0, resource.getrusage(resource.RUSAGE_CHILDREN)
        argv = [sys.executable, "-m", "wslgpu", "doctor", str(folder)]
        child = psutil.Popen(argv, env=place.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None:
            total = 0
            try:
                for process in (child, *child.children(recursive=True)):
                    total += process.memory_info().rss
            except psutil.Error:
                continue
            peak = max(peak, total)
            time.sleep(0.01)
        walls.append(time.monotonic() - began)
        peaks.append(peak / 2**20)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {
        "repeats": repeats,
        "load": round(os.getloadavg()[0], 1),
        "wall_s": {"median": round(statistics.median(walls), 3), "least": round(min(walls), 3)},
        "cpu_s": {"median": round(statistics.median(cpu), 3), "least": round(min(cpu), 3)},
        "tree_peak_mib": {"median": round(statistics.median(peaks), 1), "most": round(max(peaks), 1)},
    }


def main() -> int:
    """Install, measure, break, write, clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setups", type=int, default=99, help="how many breakages are mended by setup (each installs)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tests", action="store_true", help="run pytest -m gpu_wheels against this venv, too")
    parser.add_argument("--work", type=Path, help="where (removed afterwards)")
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="wslgpu-gpu-", dir=wish.work))
    try:
        place = Place(work)
        result: dict[str, Any] = {"setup_s": round(place.setup(), 1)}
        healthy = place.doctor()
        result["healthy"] = {"found": open_slugs(healthy), "says": healthy["tf-cannot-dlopen"]["title"]}
        result["tensorflow"] = json.loads((place.folder / ".venv" / "wslgpu.json").read_text("utf-8"))["tensorflow"]
        result["doctor"] = measure_doctor(place, place.folder, wish.repeats)
        result["doctor, no environment"] = measure_doctor(place, work, wish.repeats)
        print(json.dumps(result), file=sys.stderr, flush=True)
        if wish.tests:
            argv = [sys.executable, "-m", "pytest", "-q", "-m", "gpu_wheels", str(ROOT / "tests" / "facts")]
            env = {**place.env, "WSLGPU_TEST_GPU_PYTHON": str(place.folder / ".venv" / "bin" / "python")}
            undo, _ = unlinked(place)  # the tests expect the wheels as pip leaves them
            ran = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
            undo()
            result["pytest -m gpu_wheels"] = ran.stdout.strip().splitlines()[-1]
            print(ran.stdout[-3000:], file=sys.stderr, flush=True)
        rows, left = [], wish.setups
        for one in BREAKS:
            row = run_break(place, one, set_up=left > 0)
            left -= "setup_s" in row
            rows.append(row)
            print(json.dumps(row), file=sys.stderr, flush=True)
        result["breaks"] = rows
        good = not result["healthy"]["found"] and all(row["named"] and row["mended"] for row in rows)
        result["all_named_and_mended"] = good and all(row["mended"] is True for row in rows)
        write_result(wish.output, "gpu wheels", result)
        return 0 if good else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
