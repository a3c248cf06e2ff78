"""How a supervised payload ended, as far as smoke, audit and tune read it alike."""

from __future__ import annotations

from wslgpu.errors import Interrupted, UserError
from wslgpu.system.answers import Absent, Unknown
from wslgpu.system.session import Ended


def pass_on_stop(ended: Ended | Absent | Unknown, what: str) -> None:
    """KeyboardInterrupt after Ctrl-C, Interrupted after SIGTERM or SIGHUP; `what` names the work that was ended."""
    if isinstance(ended, Ended) and ended.ended_by == "interrupt":
        raise KeyboardInterrupt
    if isinstance(ended, Ended) and ended.ended_by == "terminate":
        raise Interrupted(f"{what} was told to stop")


def require_python(ended: Ended | Absent | Unknown, python: str) -> Ended:
    """The ending; UserError where there is no such python, or it cannot be started."""
    if isinstance(ended, Absent):
        raise UserError(f"there is no python at {python}; name one with --python")
    if isinstance(ended, Unknown):
        raise UserError(f"{python} cannot be started: {ended.detail}")
    return ended


def last_lines(ended: Ended | Absent | Unknown, count: int) -> str:
    """The last lines that it wrote; "" where it never ran."""
    return "\n".join(ended.output.splitlines()[-count:]) if isinstance(ended, Ended) else ""
