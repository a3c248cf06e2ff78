"""How sure is `wslgpu smoke --hosts`? Two processes of one machine, many times: healthy ones, and with one of them killed.

    WSLGPU_TEST_TF_PYTHON=... python tests/benchmarks/hosts.py [--healthy 20] [--killed 10] [--busy 0] [--write]

Healthy: every part must pass. Killed: the training of part 1 gets SIGKILL at a random place of a random epoch; part 0
must name it as lost, part 1 must say how its own ended, both must end by themselves, and no process may be left.
--busy N: so many processes that do nothing but use the cores, all the time. --write adds the rounds to those that
docs/evidence/hosts.json holds of the same number of busy processes. Ends with 1 where one round was not as it must be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import describe_machine, today
from faults import describe_python

from tests.training.two_parts import folder_with, free_hosts, kill_at, left_over, start
from wslgpu.training.payload_workers.wslgpu_workers_values import BATCHES_EACH, EPOCHS, EVERY_STEP

EVIDENCE = Path(__file__).resolve().parents[2] / "docs" / "evidence" / "hosts.json"
DEADLINE_S = 320
COMMAND = "python tests/benchmarks/hosts.py --healthy N --killed N --busy N --write"


def play_healthy(folder: Path) -> dict[str, Any]:
    """One run of both parts. `failed`: what was not as it must be; "" where all was."""
    hosts, began = free_hosts(), time.monotonic()
    ran = start(folder, "--hosts", hosts)
    out, err = communicate(ran)
    seconds = round(time.monotonic() - began, 1)
    failed = "" if ran.returncode == 0 else f"exit code {ran.returncode}: {verdicts(out) or err[-500:]}"
    return {"seconds": seconds, "failed": failed or say_left(hosts)}


def play_killed(folder: Path, chance: random.Random) -> dict[str, Any]:
    """One run whose part 1 is killed. `seconds`: from the kill until both commands had ended."""
    epoch, batch = chance.randint(1, EPOCHS), 1 + EVERY_STEP * chance.randrange(BATCHES_EACH // EVERY_STEP)
    place, hosts = f"epoch {epoch} of {EPOCHS}, batch {batch} of {BATCHES_EACH}", free_hosts()
    parts = [start(folder, "--hosts", hosts, "--index", str(index)) for index in (0, 1)]
    killed = kill_at(parts[1], place)
    began = time.monotonic()
    said = [communicate(part)[0] for part in parts]
    seconds = round(time.monotonic() - began, 1)
    failed = "" if killed else "it was never killed"
    lost = f"machine 1 ({hosts.split(',')[1]}) was lost"
    for part, words in zip(said, (lost, "which is this one, was ended by SIGKILL"), strict=True):
        if words not in verdicts(part):
            failed = failed or f"not said: {words}; but: {verdicts(part)}"
    return {"at": place, "seconds": seconds, "failed": failed or say_left(hosts)}


def communicate(command: subprocess.Popen[str]) -> tuple[str, str]:
    try:
        return command.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        command.kill()
        return command.communicate()


def verdicts(out: str) -> str:
    """The verdicts of a command's parts; "" where it printed no report."""
    try:
        value = json.loads(out)
    except ValueError:
        return ""
    return " | ".join(part["verdict"] for part in value.get("machines", [value]))


def say_left(hosts: str) -> str:
    left = left_over(hosts)
    return f"processes are left: {left}" if left else ""


@contextlib.contextmanager
def busy(number: int) -> Iterator[None]:
    """So many processes that use the cores."""
    argv = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(argv) for _ in range(number)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def add_rounds(name: str, busy_processes: int, rounds: list[dict[str, Any]]) -> None:
    """Into the evidence, beside what is there."""
    document = json.loads(EVIDENCE.read_text("utf-8")) if EVIDENCE.exists() else {}
    parts = document.get("parts", {})
    key = f"{name}, {busy_processes} busy processes beside it"
    rounds = parts.get(key, {}).get("rounds", []) + rounds
    seconds = sorted(one["seconds"] for one in rounds)
    parts[key] = {
        "rounds_played": len(rounds),
        "rounds_failed": sum(bool(one["failed"]) for one in rounds),
        "seconds_least_median_most": [seconds[0], seconds[len(seconds) // 2], seconds[-1]],
        "rounds": rounds,
    }
    head = {
        "what": "wslgpu smoke --hosts with two processes of one machine, on the CPU; synthetic data",
        "seconds": "healthy: the whole command; killed: from the kill until both commands had ended",
        "date": today(),
        "machine": describe_machine(),
        "versions": describe_python(os.environ["WSLGPU_TEST_TF_PYTHON"]),
        "command": COMMAND,
    }
    EVIDENCE.write_text(json.dumps({**head, "parts": parts}, indent=1) + "\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--healthy", type=int, default=20)
    parser.add_argument("--killed", type=int, default=10)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--write", action="store_true", help="add the rounds to docs/evidence/hosts.json")
    told = parser.parse_args()
    chance, failed = random.Random(told.seed), 0
    with tempfile.TemporaryDirectory(prefix="wslgpu-hosts-") as scratch, busy(told.busy):
        folder = folder_with(Path(os.environ["WSLGPU_TEST_TF_PYTHON"]), Path(scratch))
        for name, count in (("healthy", told.healthy), ("killed", told.killed)):
            for number in range(count):
                one = play_healthy(folder) if name == "healthy" else play_killed(folder, chance)
                failed += bool(one["failed"])
                print(f"{name} {number + 1} of {count}: {json.dumps(one)}", flush=True)
                if told.write:
                    add_rounds(name, told.busy, [one])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
