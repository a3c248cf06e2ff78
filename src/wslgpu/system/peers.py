"""Whether other machines' ports answer, watched from a thread while a training runs here.

A port that refuses tells that its process is gone; one that is silent, that the machine or the network is.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

EVERY_S = 1.0
PATIENCE_S = 2.0


@dataclass(frozen=True)
class Silence:
    """A peer's port that does not answer: `why`, and for how many seconds already."""

    address: str
    why: str
    seconds: float


class PeerWatch:
    """Connects to every address once a second and hangs up. `addresses`: host:port."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = tuple(addresses)
        self._since: dict[str, tuple[float, str]] = {}
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(one,), daemon=True) for one in self.addresses]

    def __enter__(self) -> PeerWatch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self, address: str) -> None:
        while not self._done.is_set():
            why = probe(address)
            if not why:
                self._since.pop(address, None)
            else:
                since, _ = self._since.get(address, (time.monotonic(), ""))
                self._since[address] = (since, why)
            self._done.wait(EVERY_S)

    def silent(self, at_least_s: float = 0.0) -> tuple[Silence, ...]:
        """The peers that have not answered for so many seconds, in the order of the addresses."""
        now, since = time.monotonic(), dict(self._since)
        found = (Silence(one, since[one][1], now - since[one][0]) for one in self.addresses if one in since)
        return tuple(one for one in found if one.seconds >= at_least_s)


def probe(address: str) -> str:
    """Why a port does not answer; "" where it does."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE_S):
            return ""
    except TimeoutError:
        return "it does not answer"
    except ConnectionRefusedError:
        return "nothing listens there"
    except OSError as error:
        return (error.strerror or str(error)).lower()


def is_here(address: str) -> bool:
    """Whether an address is this machine's own loopback: then all parts can be started from here."""
    host = address.rpartition(":")[0]
    return host == "localhost" or host.startswith("127.") or host == "[::1]"
