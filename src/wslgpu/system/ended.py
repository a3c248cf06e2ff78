"""How a supervised session ended, as a value, on either side."""

from __future__ import annotations

from dataclasses import dataclass

TICK_S = 0.1


@dataclass(frozen=True)
class Leftover:
    """A process that was still alive after its session's main process had ended, and was killed then."""

    pid: int
    command: str


@dataclass(frozen=True)
class Ended:
    """How a session ended. `returncode` is negative for a signal. `ended_by` says whether wslgpu ended it.

    `ended_by`: "" (it ended by itself), "deadline", "interrupt" (SIGINT), "terminate" (SIGTERM or SIGHUP), or what
    `on_tick` asked for. `output` holds the last 64 KiB of stdout and stderr together, empty where they were inherited.
    """

    returncode: int
    ended_by: str
    seconds: float
    left_behind: tuple[Leftover, ...]
    output: str
