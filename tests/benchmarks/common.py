"""What the benchmarks share: run a command, take its wall time and peak memory, and write a dated result."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """One run: wall seconds, and the peak resident MiB of the largest process of its tree."""

    seconds: float
    peak_mib: float


def clock(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Timing:
    """Run to the end; RuntimeError with the last words when the command fails."""
    code = (
        "import json, resource, subprocess, sys, time\n"
        "began = time.monotonic()\n"
        "ran = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n"
        "seconds = time.monotonic() - began\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "print(json.dumps([ran.returncode, seconds, peak, ran.stderr.decode('utf-8', 'replace')[-2000:]]))\n"
    )
    out = subprocess.run(
        [sys.executable, "-I", "-c", code, *argv],
        stdout=subprocess.PIPE,
        env=env and {**os.environ, **env},
        cwd=cwd,
        check=True,
    )
    returncode, seconds, peak, said = json.loads(out.stdout)
    if returncode not in (0, 4):
        raise RuntimeError(f"{' '.join(argv)} ended with {returncode}:\n{said}")
    return Timing(seconds, peak)


def ratio(first: Sequence[Timing], second: Sequence[Timing]) -> dict[str, float]:
    """The median of pairwise ratios, and their spread: pairs ran one after the other, on the same machine."""
    pairs = [a.seconds / b.seconds for a, b in zip(first, second, strict=True)]
    return {"median": statistics.median(pairs), "least": min(pairs), "most": max(pairs), "pairs": len(pairs)}


def summary(timings: Sequence[Timing]) -> dict[str, float]:
    """Medians."""
    return {
        "seconds": statistics.median(t.seconds for t in timings),
        "peak_mib": statistics.median(t.peak_mib for t in timings),
    }


def describe_machine() -> str:
    """Cores, architecture and kernel, as they go into an evidence file."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}"


def today() -> str:
    """The date of a measurement."""
    return datetime.date.today().isoformat()


def write_result(path: Path | None, name: str, result: Mapping[str, object]) -> None:
    """Print the result, and write it with date, machine and command."""
    document = {
        "benchmark": name,
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}",
        "load_before": os.getloadavg()[0],
        "command": " ".join([Path(sys.executable).name, *sys.argv]),
        **result,
    }
    text = json.dumps(document, indent=1, default=lambda value: asdict(value)) + "\n"
    sys.stdout.write(text)
    if path is not None:
        path.write_text(text, encoding="utf-8")
