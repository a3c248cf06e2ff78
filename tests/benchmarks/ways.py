"""Run one way of ways_payload.py to its end or to a limit, and say what became of it as one value."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from progress import Progress, read_notes

PAYLOAD = Path(__file__).with_name("ways_payload.py")
LENGTH, EPOCHS = 8, 2
ERROR = re.compile(r"\b((?:[A-Z]\w*)(?:Error|Exception): [^/\n]{3,160})")
SAID = re.compile(r"^wslgpu: \[([a-z0-9-]+)\] ([^\r\n]*)", re.MULTILINE)


def run_way(
    python: Sequence[str],
    way: str,
    method: str = "",
    *,
    limit_s: float,
    env: Mapping[str, str] | None = None,
    as_seen: Callable[[Path], str] = str,
) -> dict[str, Any]:
    """Outcome `trained`, `raised`, `ended`, `not started`, or `hung`: no batch for `limit_s` s in which none imported.

    The import of TensorFlow, in the main process and in each spawned worker, stops that clock (progress.py).
    `as_seen`: a path as that Python writes it.
    """
    notes = Path(tempfile.mkdtemp(prefix="wslgpu-ways-"))
    argv = [*python, as_seen(PAYLOAD), way, *([method] if method else [])]
    began = time.monotonic()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,  # pipes: a Windows Python does not start under Wine with files as its streams
        stderr=subprocess.PIPE,
        env={**(os.environ if env is None else env), "WAYS_NOTES": as_seen(notes)},
        start_new_session=True,
    )
    texts: tuple[list[bytes], list[bytes]] = ([], [])
    readers = [
        threading.Thread(target=texts[number].extend, args=(pipe,), daemon=True)
        for number, pipe in enumerate((process.stdout, process.stderr))
    ]
    for reader in readers:
        reader.start()
    progress, waited = Progress(limit_s, began), ""
    while process.poll() is None and not waited:
        time.sleep(0.2)
        waited = progress.look(read_notes(notes), time.monotonic())
    if waited:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    seconds = time.monotonic() - began
    for reader in readers:
        reader.join(5)  # a process that outlives it may hold the pipes open
    out, err = (b"".join(lines).decode("utf-8", "replace") for lines in texts)
    imported = sum("imported" in words for words in read_notes(notes).values())
    shutil.rmtree(notes, ignore_errors=True)
    said = describe_way(out, err, waited == "hung", process.returncode, seconds, limit_s)
    return {**said, "imported_by": imported}


def describe_way(out: str, err: str, hung: bool, code: int, seconds: float, limit_s: float) -> dict[str, Any]:
    """What the payload's lines and the error stream come to. Pure."""
    events = [json.loads(line[5:]) for line in out.splitlines() if line.startswith("WAYS ")]
    imported = next((event for event in events if event["event"] == "imported"), {})
    ended = next((event for event in events if event["event"] == "ended"), {})
    told = [{"slug": slug, "sentence": hide(text)} for slug, text in SAID.findall(err)]
    result: dict[str, Any] = {"wall_s": round(seconds, 1), "import_s": imported.get("import_s")}
    if not imported and not ended:
        return {**result, "outcome": "not started", "code": code}
    if ended:
        result |= {"outcome": ended["outcome"], "fit_s": ended["seconds"], **judge_order(ended)}
        if "text" in ended:
            found = ERROR.findall(ended["text"])
            text = found[0] if found else f"{ended['kind']}: {ended['text']}"
            result["error"] = hide(text.partition(" Traceback")[0])[:200].strip()
    elif hung:
        result |= {"outcome": "hung", "limit_s": limit_s}
    else:
        result |= {"outcome": "ended", "code": code}
    # The first one after the mark: what follows may be of a worker that was begun for nothing.
    thread_errors = ERROR.findall(err.partition("Exception in thread")[2])
    if thread_errors and not ended:
        result["in_a_thread"] = hide(thread_errors[0]).strip()
    others = sorted({hide(text).strip() for text in ERROR.findall(err)} - {result.get("in_a_thread")})
    if others and not ended:
        result["other_errors"] = others[:5]
    if told:
        result["named"] = told
    return result


def judge_order(ended: Mapping[str, Any]) -> dict[str, Any]:
    """How the batches reached the model: each once, in order, and by how many makers."""
    indexes = [index for index, _ in ended["seen"]]
    wanted = list(range(LENGTH)) * EPOCHS
    counts = Counter(indexes)
    return {
        "batches": len(indexes),
        "distinct": len(counts),
        "each_once_an_epoch": sorted(indexes) == sorted(wanted),
        "in_order": indexes == wanted,
        "makers": len({pid for _, pid in ended["seen"]}),
        "made_by_the_main_process": sum(pid == ended["here"] for _, pid in ended["seen"]),
    }


def hide(text: str) -> str:
    """Without this machine's own folders."""
    return re.sub(r"(?:[A-Z]:)?[/\\][^\s\"',)]*[/\\][^\s\"',)]*", "...", text)
