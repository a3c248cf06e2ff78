"""What setup does in a folder, step by step, in DIR/.wslgpu/journal.jsonl: for whoever helps when a run was cut off.

Nothing is decided by it: what makes an environment whole is written into the environment itself (venv_state.py), so
that the two cannot disagree. It names steps and times, never addresses or settings; only its owner can read it.
"""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

from wslgpu.apply.venv_state import write_atomically

NAME = "journal.jsonl"
KEPT_LINES = 400


class Journal:
    """One run of setup. Every line is on its way to the disk before the step goes on."""

    def __init__(self, own: Path) -> None:
        self._path = own / NAME
        self._lines = read_lines(self._path)

    def find_cut_off(self) -> str:
        """The step in which the last run was cut off, and when; "" where it came to an end of its own."""
        if not self._lines or self._lines[-1].get("event") == "end":
            return ""
        last = self._lines[-1]
        return f"{last.get('step') or 'its start'} ({str(last.get('at', ''))[:16].replace('T', ' ')} UTC)"

    def begin(self, plan: str) -> None:
        """A run begins; old runs beyond the last few hundred lines go."""
        if len(self._lines) > KEPT_LINES:
            text = "".join(json.dumps(line) + "\n" for line in self._lines[-KEPT_LINES // 2 :])
            write_atomically(self._path, text)
            self._path.chmod(0o600)
        self.write("begin", plan)

    def write(self, event: str, step: str = "") -> None:
        """Append one line. A disk that is full costs the line, never the setup."""
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        line = {"at": now, "pid": os.getpid(), "event": event, "step": step}
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, (json.dumps(line) + "\n").encode("ascii"))
            finally:
                os.close(handle)
        except OSError:
            return


def was_cut_off(own: Path) -> bool:
    """Whether the last run has not come to an end of its own: it was killed, or is at work now."""
    try:
        with open(own / NAME, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 2_000))
            last = file.read().splitlines()[-1:]
    except OSError:
        return False
    return bool(last) and b'"event": "end"' not in last[0]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The journal; a line that a crash cut short is left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            lines.append(document)
    return lines
