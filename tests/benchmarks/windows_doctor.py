"""How much longer than `python -c pass` the Windows half of doctor takes, in the Windows bed.

python tests/benchmarks/windows_doctor.py [--python 3.11] [--runs 7]

Both run in turn in the same interpreter under Wine; every stand-in answers at once, so that nothing is measured but
wslgpu. The machine has WSL and no distribution, so that the Windows half is all there is. Prints medians and their ratio.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS.parent / "src"))


def load(name: str) -> ModuleType:
    """A module of tests/windows."""
    spec = importlib.util.spec_from_file_location(f"windows_bed_{name}", TESTS / "windows" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="3.11")
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    bed = load("bed").provide(chosen.python)
    play, recorded = load("machine"), load("recorded")
    times: dict[str, list[float]] = {"pass": [], "doctor": [], "imports": []}
    commands = {
        "pass": ["-c", "pass"],
        "imports": ["-c", "import wslgpu.cli.main, wslgpu.cli.doctor"],
        "doctor": ["-m", "wslgpu", "doctor"],
    }
    try:
        with tempfile.TemporaryDirectory() as folder:
            machine = recorded.machine_of(play, TESTS / "recordings" / "windows-docker-only.json", 9)
            env = play.set_up(bed, machine, Path(folder))
            for number in range(chosen.runs + 1):
                for name, args in commands.items():
                    began = time.perf_counter()
                    bed.run(args, env=env)
                    if number:  # the first round fills the caches
                        times[name].append(time.perf_counter() - began)
    finally:
        bed.stop()
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        spread = f"{min(times[name]):.2f} to {max(times[name]):.2f}"
        print(f"{name:8} {median:6.2f} s   ({spread} s)   {median / medians['pass']:.2f} times pass")


if __name__ == "__main__":
    main()
