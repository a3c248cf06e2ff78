"""A company's proxy in small: the hosts of the bed have no route to the outside but through it.

CONNECT tunnels, and plain http with an absolute address (apt). No login, no cache, no log.
"""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

IDLE_S = 120


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = self.request.recv(65536)
                if not data:
                    return
                head += data
            line, _, rest = head.partition(b"\r\n")
            method, target, version = line.decode("latin-1").split(" ", 2)
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                with socket.create_connection((host, int(port)), 30) as far:
                    self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    self.pump(far)
                return
            parts = urlsplit(target)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            with socket.create_connection((parts.hostname or "", parts.port or 80), 30) as far:
                # One request a connection: what comes after it on the same one would need an address of its own.
                lines = [one for one in rest.split(b"\r\n") if not one.lower().startswith((b"proxy-", b"connection:"))]
                head = f"{method} {path or '/'} {version}\r\n".encode() + b"\r\n".join(lines)
                far.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                self.pump(far)

    def pump(self, far: socket.socket) -> None:
        """Both ways, until one of them ends."""
        while True:
            ready, _, _ = select.select([self.request, far], [], [], IDLE_S)
            if not ready:
                return
            for one in ready:
                data = one.recv(65536)
                if not data:
                    return
                (far if one is self.request else self.request).sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def serve_proxy(address: str) -> Iterator[str]:
    """The proxy's address as http_proxy wants it."""
    with Server((address, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{address}:{server.server_address[1]}"
        server.shutdown()
