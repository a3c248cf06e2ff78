"""A package index on loopback that misbehaves on purpose, with wheels that stand in for TensorFlow and pip.

The wheels are a few hundred bytes, so that hundreds of setups are feasible; their names and versions are those that
wslgpu pins, and the installer is the real uv or pip. What they stand in for cannot train.
"""

from __future__ import annotations

import hashlib
import http.server
import io
import ssl
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Trouble = Literal["", "500", "401", "404", "hang", "hang-file", "500-file", "cut", "other-bytes", "wrong-hash"]


def make_wheel(
    name: str, version: str, modules: Mapping[str, str], requires: tuple[str, ...] = ()
) -> tuple[str, bytes]:
    """File name and bytes of a pure wheel with these modules (path -> text)."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    files = {
        **modules,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    return f"{plain}-{version}-py3-none-any.whl", packed.getvalue()


def add_module(wheel: bytes) -> bytes:
    """The same wheel with a module that nobody asked for: whole, and not what was locked."""
    packed = io.BytesIO(wheel)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("stranger.py", "")
    return packed.getvalue()


STAND_INS = (
    make_wheel("tensorflow-cpu", "2.21.0", {"tensorflow/__init__.py": "import keras\n"}, ("keras", "numpy")),
    make_wheel("tensorflow-cpu", "2.20.0", {"tensorflow/__init__.py": "import keras\n"}, ("keras", "numpy")),
    make_wheel("keras", "3.0.0", {"keras/__init__.py": "", "keras/filler.py": "#" * 200_000}),
    make_wheel("pip", "26.0", {"pip/__init__.py": ""}),
    make_wheel("numpy", "2.0.0", {"numpy/__init__.py": ""}),
)


@dataclass
class Index:
    """`trouble` can be changed while it serves; `asked` holds the paths that were asked for, in order."""

    wheels: dict[str, bytes] = field(default_factory=lambda: dict(STAND_INS))
    trouble: Trouble = ""
    asked: list[str] = field(default_factory=list)
    certificate: Path | None = None  # PEM with key: served over TLS
    server: http.server.ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The address of the simple index."""
        assert self.server is not None
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://localhost:{self.server.server_port}/simple"

    def __enter__(self) -> Index:
        index = self

        class Handler(_Handler):
            of = index

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    of: Index

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        index = self.of
        index.asked.append(self.path)
        file = self.path.rpartition("/")[2]
        is_file = file.endswith(".whl")
        trouble = index.trouble
        if trouble == "hang" or (trouble == "hang-file" and is_file):
            time.sleep(60)
            return
        if trouble in ("500", "401", "404") or (trouble == "500-file" and is_file):
            self.answer(int(trouble[:3]), b"made to fail")
        elif is_file and file in index.wheels:
            self.answer_file(index.wheels[file])
        elif (name := self.path.strip("/").rpartition("/")[2]) and (page := self.page_of(name)):
            self.answer(200, page.encode(), "text/html")
        else:
            self.answer(200 if self.path.rstrip("/") == "/simple" else 404, b"")

    do_HEAD = do_GET  # noqa: N815

    def page_of(self, name: str) -> str:
        rows = []
        for file, data in sorted(self.of.wheels.items()):
            if file.split("-")[0].replace("_", "-") == name:
                digest = hashlib.sha256(data + (b"!" if self.of.trouble == "wrong-hash" else b"")).hexdigest()
                rows.append(f'<a href="/files/{file}#sha256={digest}">{file}</a>')
        return f"<!doctype html><html><body>{''.join(rows)}</body></html>" if rows else ""

    def answer_file(self, data: bytes) -> None:
        if self.of.trouble == "other-bytes":
            data = add_module(data)
        self.answer(200, data, cut=self.of.trouble == "cut")

    def answer(self, status: int, body: bytes, kind: str = "application/octet-stream", *, cut: bool = False) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[: len(body) // 2] if cut else body)
        except OSError:
            pass
        if cut:
            self.close_connection = True
