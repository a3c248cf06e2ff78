"""Events: one JSON object a line, in one write, so that no line is ever torn, whichever process writes it."""

from __future__ import annotations

import json
import os
import time

run_dir = ""


def tell(event, **values):
    """Append one event, with the time and the process."""
    line = json.dumps(dict({"event": event, "t": time.time(), "pid": os.getpid()}, **values)) + "\n"
    fd = os.open(os.path.join(run_dir, "events.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, line.encode("utf-8"))
    finally:
        os.close(fd)
