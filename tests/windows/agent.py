"""The Linux side of the stand-in wsl.exe: a loopback server that gives its shell something to talk to.

Wine cannot start Linux programs with pipes, so the stand-in sends its arguments and its stdin here (standins/standin.c
describes the wire). `inside` runs it in a root file system, `real` on this machine; `silent` plays a distribution in
which nothing is installed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

END_OF_SCRIPT = b"\n} </dev/null\n"
Talk = Callable[[list[str], socket.socket], None]


@contextlib.contextmanager
def listen(talk: Talk) -> Iterator[tuple[int, list[list[str]]]]:
    """Serve until the end of the block: (port, the argument lists of every call)."""
    seen: list[list[str]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    peer, _ = server.accept()
                except (TimeoutError, OSError):
                    continue
                threading.Thread(target=_answer, args=(peer, talk, seen), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1], seen
        finally:
            over.set()
            thread.join(timeout=5)


def _answer(peer: socket.socket, talk: Talk, seen: list[list[str]]) -> None:
    with peer, contextlib.suppress(OSError, struct.error):
        (size,) = struct.unpack("<i", _exactly(peer, 4))
        argv = _exactly(peer, size).decode("utf-8").split("\0")[:-1]
        seen.append(argv)
        talk(argv, peer)


def _exactly(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part:
            raise OSError("the stand-in went away")
        data += part
    return data


def send(peer: socket.socket, kind: int, data: bytes) -> None:
    """One frame: 1 is stdout, 2 is stderr."""
    peer.sendall(struct.pack("<Bi", kind, len(data)) + data)


def real_in(home: Path) -> Talk:
    """As `real`, with a home folder of the test's own."""
    return lambda argv, peer: real(argv, peer, {**os.environ, "HOME": str(home), "XDG_DATA_HOME": ""})


def inside(machine: Any) -> Talk:
    """Run it in a root file system (a Machine of tests/distro), as the user that -u names, else as the machine's own."""

    def talk(argv: list[str], peer: socket.socket) -> None:
        as_root = "root" in argv[: argv.index("-e")]
        meant = dataclasses.replace(machine, user="root", home="/root") if as_root else machine
        command, env = meant.enter(argv[argv.index("-e") + 1 :])
        run(command, peer, env)

    return talk


def real(argv: list[str], peer: socket.socket, env: Mapping[str, str] | None = None) -> None:
    """Run what stands behind -e on this machine."""
    run(argv[argv.index("-e") + 1 :], peer, env)


def run(command: Sequence[str], peer: socket.socket, env: Mapping[str, str] | None = None) -> None:
    """Run a command whose stdin comes from the stand-in and whose streams go there, and say how it ended."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd="/") as process:
        assert process.stdin is not None

        def pass_on(stream: object, kind: int) -> None:
            with contextlib.suppress(OSError, ValueError):
                while part := stream.read1(65536):  # type: ignore[attr-defined]
                    send(peer, kind, part)

        readers = [
            threading.Thread(target=pass_on, args=(process.stdout, 1), daemon=True),
            threading.Thread(target=pass_on, args=(process.stderr, 2), daemon=True),
        ]
        for reader in readers:
            reader.start()
        with contextlib.suppress(OSError):
            while part := peer.recv(65536):
                process.stdin.write(part)
                process.stdin.flush()
        process.stdin.close()
        code = process.wait(timeout=1200)
        for reader in readers:
            reader.join(timeout=5)
        peer.sendall(struct.pack("<Bi", 0, code))


def silent(name: str) -> Talk:
    """A shell that knows its distribution's name, and to every other question says that there is none."""

    def talk(argv: list[str], peer: socket.socket) -> None:
        script = b""
        while part := peer.recv(65536):
            script += part
            while END_OF_SCRIPT in script:
                one, _, script = script.partition(END_OF_SCRIPT)
                send(peer, 1, _reply(one.decode("utf-8"), name))
        peer.sendall(struct.pack("<Bi", 0, 0))

    return talk


def _reply(script: str, name: str) -> bytes:
    _, _, after = script.partition("@wslgpu-begin-")
    token, _, body = after.partition("\n")
    numbers = re.findall(r"(?m)\b(?:frame|read_file|inspect|list_folder|space) (\d+) ?", body)
    # The visit begins with one question alone, for the distribution's name.
    text = name if set(numbers) == {"0"} else ""
    kind = "text" if text else "absent"
    frames = [f"@{number} {kind} {len(text)} 0\n{text}\n" for number in numbers]
    return f"\n@wslgpu-begin-{token}\n{''.join(dict.fromkeys(frames))}\n@wslgpu-end-{token}\n".encode()
