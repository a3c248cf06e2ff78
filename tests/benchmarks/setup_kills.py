"""SIGKILL in the middle of `wslgpu setup` over an existing environment: is the old or the new one whole, always?

    python tests/benchmarks/setup_kills.py [--random 200] [--journal] [--seed 1] [-o docs/evidence/setup-kills.json]
    python tests/benchmarks/setup_kills.py --real 6        with TensorFlow itself; needs the package index

The command is the real one with the real uv. Without --real the packages come from an index on loopback whose wheels
only stand in for TensorFlow (tests/apply/index_server.py): such an environment is asked to import, a real one to train.
Each round: a setup with other packages than before is killed, at its Nth line of the journal or after a random time;
what stands there must work; nothing of the installer may be alive; the same command again must finish, and leave the
environment and the last good one and nothing else. A run with -o adds its rounds to those that the file holds.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.apply.index_server import Index

TRAIN = (
    "import keras, numpy; m = keras.Sequential([keras.layers.Dense(1)]); m.compile('sgd', 'mse');"
    "h = m.fit(numpy.ones((8, 2)), numpy.ones(8), verbose=0); print(h.history['loss'][0])"
)
COUNTING = Path(__file__).resolve().parents[1] / "apply" / "counting.py"


class Round:
    """One folder through many kills."""

    def __init__(self, work: Path, index: str | None) -> None:
        self.folder, self.number = work / "project", 0
        self.real = index is None
        self.env = {**os.environ, "HOME": str(work / "home"), "XDG_DATA_HOME": str(work / "data")}
        if index:
            self.env = {k: v for k, v in self.env.items() if not k.startswith(("PIP_", "UV_"))}
            self.env |= {"UV_DEFAULT_INDEX": index, "UV_CACHE_DIR": str(work / "cache"), "NO_PROXY": "localhost"}
        self.folder.mkdir()

    def argv(self, *, at_line: int = 0) -> list[str]:
        code = [str(COUNTING), str(at_line)] if at_line else ["-m", "wslgpu"]
        return [sys.executable, *code, "setup", str(self.folder), "--yes", "--no-smoke", "--profile", "cpu"]

    def wish_another(self) -> None:
        """Other packages than before, so that the environment has to be made anew."""
        self.number += 1
        names = ("numpy", "numpy>=1", "numpy>=1.1", "numpy>=1.2")
        (self.folder / "wslgpu.toml").write_text(
            f'[environment]\ntensorflow = "2.21.0"\npackages = ["{names[self.number % 4]}"]\n'
        )

    def finish(self) -> float:
        began = time.monotonic()
        ran = subprocess.run(self.argv(), env=self.env, capture_output=True, text=True, timeout=900, check=False)
        if ran.returncode:
            raise AssertionError(f"the next run did not finish: {ran.returncode}\n{ran.stderr[-2000:]}")
        return time.monotonic() - began

    def look(self) -> list[str]:
        """What is wrong right after the kill."""
        problems = []
        if not (self.folder / ".venv/wslgpu.json").is_file():
            problems.append("no whole environment stands there")
        code = TRAIN if self.real else "import tensorflow, keras, numpy"
        python = str(self.folder / ".venv/bin/python")
        ran = subprocess.run([python, "-I", "-c", code], env=self.env, capture_output=True, text=True, check=False)
        if ran.returncode:
            problems.append(f"the environment does not {'train' if self.real else 'import'}: {ran.stderr[-300:]}")
        return problems

    def left_over(self) -> list[str]:
        """What is there after the next run and should not be."""
        found = {str(path.relative_to(self.folder)) for path in self.folder.iterdir()}
        found |= {f".wslgpu/{path.name}" for path in (self.folder / ".wslgpu").iterdir()}
        found |= {f"requirements/{path.name}" for path in (self.folder / "requirements").iterdir()}
        own = {".gitignore", "lock", "journal.jsonl", "venvs"}
        wanted = {".venv", ".wslgpu", "requirements", "wslgpu.toml", "requirements/cpu.in", "requirements/cpu.lock"}
        problems = sorted(found - wanted - {f".wslgpu/{name}" for name in own})
        venvs = list((self.folder / ".wslgpu/venvs").iterdir())
        if len(venvs) > 2 or any(not (venv / "wslgpu.json").is_file() for venv in venvs):
            problems.append(f"venvs: {sorted(venv.name for venv in venvs)}")
        return problems

    def alive(self) -> list[str]:
        """Processes that speak of the folder, a moment after the kill."""
        time.sleep(0.2)
        found = []
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] if words else "Z"
            except OSError:
                continue
            if str(self.folder).encode() in words and state != "Z" and int(entry.name) != os.getpid():
                found.append(words.replace(b"\0", b" ").decode("utf-8", "replace")[:120])
        return found


def kill_one(round_: Round, seconds: float, at_line: int) -> dict[str, object] | None:
    """One kill and the run after it; None where the setup ended before."""
    round_.wish_another()
    before = (round_.folder / ".venv").readlink().name
    child = subprocess.Popen(
        round_.argv(at_line=at_line), env=round_.env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        child.wait(600 if at_line else seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.returncode != -signal.SIGKILL:
        return None
    alive = round_.alive()
    problems = round_.look()
    stands = (round_.folder / ".venv").readlink().name
    took = round_.finish()
    return {
        "killed": f"journal line {at_line}" if at_line else f"{seconds:.3f} s",
        "stood": "the old" if stands == before else "the new",
        "problems": problems + [f"alive: {line}" for line in alive] + [f"left: {x}" for x in round_.left_over()],
        "next_run_s": round(took, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--journal", action="store_true", help="at every line of the journal")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=int, default=0, metavar="KILLS", help="with TensorFlow itself, at random")
    parser.add_argument("-o", "--output", type=Path)
    wish = parser.parse_args()
    chance, began = random.Random(wish.seed), time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="wslgpu-kills-"))
    rounds: list[dict[str, object]] = []
    ended, line = 0, 1
    try:
        with Index() as index:
            one = Round(work, None if wish.real else index.url)
            one.wish_another()
            whole = one.finish()
            one.wish_another()
            whole = one.finish()
            while wish.journal:
                seen = kill_one(one, 0, line)
                if seen is None:
                    break
                rounds.append(seen)
                line += 1
            while len(rounds) < (wish.real or wish.random) + (line - 1):
                seen = kill_one(one, chance.random() * whole, 0)
                ended += seen is None
                rounds += [seen] if seen else []
                print(f"{len(rounds)} kills, {sum(bool(r['problems']) for r in rounds)} with problems", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped by hand: what was seen until now is kept", file=sys.stderr)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    packages = "TensorFlow 2.21.0 from the package index" if wish.real else "stand-ins of a few KB, from loopback"
    record = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": "python tests/benchmarks/setup_kills.py "
        + " ".join(word for word in sys.argv[1:] if word not in ("-o", "--output", str(wish.output))),
        "machine": f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}",
        "packages": packages,
        "asked": "to train" if wish.real else "to import",
        "kills": len(rounds),
        "of these at lines of the journal": line - 1,
        "ended before the kill": ended,
        "old environment stood": sum(r["stood"] == "the old" for r in rounds),
        "new environment stood": sum(r["stood"] == "the new" for r in rounds),
        "rounds with problems": [r for r in rounds if r["problems"]],
        "longest next run, s": max((r["next_run_s"] for r in rounds), default=None),  # type: ignore[type-var]
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(record, indent=1))
    if wish.output:
        try:
            document = json.loads(wish.output.read_text())
        except (OSError, ValueError):
            document = {"what": (__doc__ or "").splitlines()[0], "runs": []}
        document["runs"].append(record)
        wish.output.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if record["rounds with problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
