"""A program that is spoken to several times: written to, and heard until an agreed line, each with a deadline."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

from wslgpu.system.process import changed_environment, end_group, own_group

CHUNK = 65_536


class Conversation:
    """Threads read both streams, so that neither side waits for the other, on Windows too. Use `open_conversation`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.errors = bytearray()
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._heard = bytearray()
        self._over = False
        self._listeners = [
            threading.Thread(target=self._listen_out, daemon=True),
            threading.Thread(target=self._listen_err, daemon=True),
        ]
        for listener in self._listeners:
            listener.start()

    @property
    def said_all(self) -> bool:
        """Its stdout has come to an end: it ends, too, or has."""
        return self._over

    def say(self, data: bytes) -> None:
        """Write. A program that has gone is noticed when it is heard. A thread writes: a pipe holds only so much."""
        threading.Thread(target=self._write, args=(data,), daemon=True).start()

    def hear(self, until: bytes, deadline_s: float) -> tuple[bytes, bool]:
        """What it said up to and with `until`, and whether it did say that before the deadline (seconds) or its end."""
        limit = time.monotonic() + deadline_s
        while True:
            at = self._heard.find(until)
            if at >= 0 or self._over:
                stop = at + len(until) if at >= 0 else len(self._heard)
                said = bytes(self._heard[:stop])
                del self._heard[:stop]
                return said, at >= 0
            try:
                chunk = self._chunks.get(timeout=max(limit - time.monotonic(), 0.0))
            except queue.Empty:
                return bytes(self._heard), False
            self._over = not chunk
            self._heard += chunk

    def end(self, patience_s: float = 2.0) -> int | None:
        """Close its stdin and wait for its end; None where it had to be ended by force."""
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        try:
            code: int | None = self.process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            code = None
            end_group(self.process)
        for listener in self._listeners:
            listener.join(timeout=1.0)
        return code

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin is not None:
                self.process.stdin.write(data)
                self.process.stdin.flush()

    def _listen_out(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            stream = self.process.stdout
            while stream is not None and (chunk := stream.read1(CHUNK)):  # type: ignore[attr-defined]
                self._chunks.put(chunk)
        self._chunks.put(b"")

    def _listen_err(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            stream = self.process.stderr
            while stream is not None and (chunk := stream.read1(CHUNK)):  # type: ignore[attr-defined]
                self.errors += chunk
                del self.errors[:-CHUNK]


def open_conversation(argv: Sequence[str], env: Mapping[str, str]) -> Conversation:
    """Start `argv` with pipes, in a group of its own. FileNotFoundError and OSError as of Popen."""
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=changed_environment(env),
        **own_group(),
    )
    return Conversation(process)
