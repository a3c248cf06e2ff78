"""Is there a training that the watchdog is not in? `python -I`, `-E` and `-S` pass it by without a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from wslgpu.system.guardian import read_processes

SLUG = "run-not-watched"
WHY = {
    "I": "python -I ignores PYTHONPATH, by which the watchdog gets in",
    "E": "python -E ignores PYTHONPATH, by which the watchdog gets in",
    "S": "python -S does not import site, by which the watchdog gets in",
}
WITH_ARGUMENT = "cmWXQ"  # what follows them is no flag of Python's


def isolating_flag(argv: Sequence[str]) -> str:
    """I, E or S where `argv` is a Python that was started with it; else ""."""
    if not argv or not re.match(r"python[\d.]*(\.exe)?$", argv[0].replace("\\", "/").rpartition("/")[2], re.IGNORECASE):
        return ""
    skip = False
    for word in argv[1:]:
        if skip:
            skip = False
            continue
        if not word.startswith("-") or word == "-" or word.startswith("--"):
            return ""
        for place, letter in enumerate(word[1:], start=1):
            if letter in WHY:
                return letter
            if letter in WITH_ARGUMENT:
                if letter in "cm":
                    return ""
                skip = place == len(word) - 1
                break
    return ""


def describe_unwatched(pid: int, argv: Sequence[str]) -> str:
    """The sentence of the finding."""
    why = WHY.get(isolating_flag(argv), "its environment was changed on the way")
    return (
        f"process {pid} ({name_command(argv)}) has loaded TensorFlow, and the watchdog did not report in: {why}."
        " What hangs there is not named; --deadline and the clean-up still work"
    )


def name_command(argv: Sequence[str], at_most: int = 100) -> str:
    """The command line in at most `at_most` characters: its two ends tell commands apart, the middle does not."""
    command = " ".join([argv[0].rpartition("/")[2], *argv[1:]]) if argv else ""
    if len(command) <= at_most:
        return command
    head = at_most // 3
    return f"{command[:head]} ... {command[head + 5 - at_most :]}"


def find_unwatched(run_dir: Path, session: int) -> list[tuple[int, tuple[str, ...]]]:
    """Pid and argv of each process of the session that has TensorFlow loaded and never wrote py.PID into `run_dir`.

    A forked worker runs no start-up code of its own: it counts as its parent does, and is not told of.
    """
    all_of_them = read_processes()
    processes = {pid: parent for pid, (parent, own, state) in all_of_them.items() if own == session and state != "Z"}
    commands = {pid: read_argv(pid) for pid in processes}
    return [
        (pid, commands[pid])
        for pid, parent in processes.items()
        if not (run_dir / f"py.{pid}").exists() and commands.get(parent) != commands[pid] and has_tensorflow(pid)
    ]


def read_argv(pid: int) -> tuple[str, ...]:
    """A process' command line; empty when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(word.decode("utf-8", "replace") for word in raw.rstrip(b"\0").split(b"\0"))


def has_tensorflow(pid: int) -> bool:
    """Whether TensorFlow's library is mapped into the process."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_bytes()
    except OSError:
        return False
    return b"_pywrap_tensorflow" in maps or b"libtensorflow" in maps
