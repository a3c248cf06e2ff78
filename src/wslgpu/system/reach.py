"""Can a package index be reached, and where does it break: its name, the connection, TLS, the index itself?

Asked only when setup has failed on the network, of the one address that pip or uv were told of. Nothing is sent but
what an installer sends: a GET of the page of `pip`.
"""

from __future__ import annotations

import base64
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

Outcome = Literal[
    "ok",
    "unknown name",
    "no answer",
    "refused",
    "no way there",
    "untrusted",
    "other name",
    "not valid now",
    "no tls",
    "status",
    "failed",
]
EXPIRED, NOT_YET, OTHER_NAME = 10, 9, 62  # X509_V_ERR_*, of OpenSSL's x509_vfy.h


@dataclass(frozen=True)
class Stage:
    """One stage of the way: name, connection, proxy, tls, index. `detail`: the address, a status, an error's words."""

    name: str
    outcome: Outcome
    detail: str = ""


def reach(url: str, *, proxy: str | None = None, deadline_s: float = 10.0) -> tuple[Stage, ...]:
    """The stages in order, up to the first that fails; every one has its own deadline in seconds. Never raises."""
    there = urlsplit(url)
    first = urlsplit(proxy) if proxy else there
    host, port = first.hostname or "", first.port or (443 if first.scheme == "https" else 80)
    stages = [_look_up(host, port, deadline_s)]
    if stages[-1].outcome != "ok":
        return tuple(stages)
    stage, connection = _connect(host, port, deadline_s)
    stages.append(stage)
    if connection is None:
        return tuple(stages)
    with connection:
        if proxy and there.scheme == "https":
            stages.append(_tunnel(connection, there.hostname or "", there.port or 443, proxy))
            if stages[-1].outcome != "ok":
                return tuple(stages)
        stream: socket.socket = connection
        if there.scheme == "https":
            stage, secured = _secure(connection, there.hostname or "")
            stages.append(stage)
            if secured is None:
                return tuple(stages)
            stream = secured
        whole = bool(proxy) and there.scheme == "http"
        stages.append(_ask(stream, url, absolute=whole))
    return tuple(stages)


def _look_up(host: str, port: int, deadline_s: float) -> Stage:
    """getaddrinfo has no deadline of its own: a thread is left behind where it hangs."""
    found: list[Stage] = []

    def look() -> None:
        try:
            found.append(Stage("name", "ok", str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])))
        except (OSError, UnicodeError) as error:
            found.append(Stage("name", "unknown name", f"{host}: {error}"))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(deadline_s)
    return found[0] if found else Stage("name", "no answer", f"{host}: no name server answered in {deadline_s:g} s")


def _connect(host: str, port: int, deadline_s: float) -> tuple[Stage, socket.socket | None]:
    where = f"{host}:{port}"
    try:
        connection = socket.create_connection((host, port), timeout=deadline_s)
    except ConnectionRefusedError:
        return Stage("connection", "refused", where), None
    except TimeoutError:
        return Stage("connection", "no answer", f"{where}, {deadline_s:g} s"), None
    except OSError as error:
        return Stage("connection", "no way there", f"{where}: {error.strerror or error}"), None
    return Stage("connection", "ok", where), connection


def _tunnel(connection: socket.socket, host: str, port: int, proxy: str) -> Stage:
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}", *_login(proxy, "Proxy-Authorization")]
    status = _exchange(connection, lines)
    if isinstance(status, Stage):
        return Stage("proxy", status.outcome, status.detail)
    return Stage("proxy", "ok" if status == 200 else "status", str(status))


def _secure(connection: socket.socket, host: str) -> tuple[Stage, socket.socket | None]:
    try:
        secured = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        outcome: Outcome = "untrusted"
        if error.verify_code in (EXPIRED, NOT_YET):
            outcome = "not valid now"
        elif error.verify_code == OTHER_NAME:
            outcome = "other name"
        return Stage("tls", outcome, error.verify_message), None
    except TimeoutError:
        return Stage("tls", "no answer", host), None
    except (OSError, ValueError) as error:
        return Stage("tls", "no tls", str(error)), None
    return Stage("tls", "ok", str(secured.version())), secured


def _ask(stream: socket.socket, url: str, *, absolute: bool) -> Stage:
    there = urlsplit(url)
    path = f"{there.path.rstrip('/')}/pip/"
    where = f"http://{there.hostname}:{there.port or 80}{path}" if absolute else path
    status = _exchange(stream, [f"GET {where} HTTP/1.1", f"Host: {there.hostname}", *_login(url, "Authorization")])
    if isinstance(status, Stage):
        return status
    return Stage("index", "ok" if status < 400 else "status", str(status))


def _exchange(stream: socket.socket, lines: list[str]) -> int | Stage:
    """The status of the answer, or how it failed."""
    said = b""
    end = time.monotonic() + (stream.gettimeout() or 10.0)
    try:
        request = [*lines, "User-Agent: wslgpu", "Accept: text/html", "Connection: close", "", ""]
        stream.sendall("\r\n".join(request).encode())
        while b"\r\n\r\n" not in said and len(said) < 65_536 and time.monotonic() < end:
            part = stream.recv(4_096)
            if not part:
                break
            said += part
    except TimeoutError:
        return Stage("index", "no answer", "it took the request and says nothing")
    except OSError as error:
        return Stage("index", "failed", str(error.strerror or error))
    with suppress(ValueError, IndexError):
        return int(said.split(b"\r\n", 1)[0].split()[1])
    return Stage("index", "failed", "what answers does not speak HTTP" if said else "it closed the connection")


def _login(url: str, header: str) -> list[str]:
    there = urlsplit(url)
    if not there.username:
        return []
    pair = f"{unquote(there.username)}:{unquote(there.password or '')}"
    return [f"{header}: Basic {base64.b64encode(pair.encode()).decode()}"]
