"""What uv downloads a Python from, on loopback: an index file and an archive of a CPython that is installed here.

uv's real source is not reachable from a test machine; the protocol is the same (--python-downloads-json-url).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import json
import platform
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

# A python built with a shared library finds it by its old prefix; this one finds it beside itself.
LAUNCHER = "int Py_BytesMain(int, char **); int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }"
SKIPPED = ("__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "site-packages", "share")


def find_tree(minors: tuple[int, ...] = (13, 12)) -> tuple[Path, str] | None:
    """The prefix and version of an installed CPython that is a tree of its own (not part of /usr)."""
    candidates = [shutil.which(f"python3.{minor}") for minor in minors]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, timeout=60, check=False).stdout.strip()
        for minor in minors:
            found = Path(root or "/nonexistent").glob(f"versions/3.{minor}.*/bin/python3")
            candidates += [str(path) for path in sorted(found)]
    ask = "import platform, sys; print(sys.base_prefix); print(platform.python_version())"
    for candidate in filter(None, candidates):
        done = subprocess.run([candidate, "-I", "-c", ask], capture_output=True, text=True, timeout=60, check=False)
        lines = done.stdout.splitlines()
        if done.returncode or len(lines) != 2 or lines[0] in ("/usr", "/usr/local"):
            continue
        if int(lines[1].split(".")[1]) in minors:
            return Path(lines[0]), lines[1]
    return None


def build_launcher(prefix: Path, minor: str, folder: Path) -> Path | None:
    """A `python` that can be moved with its tree; None where the installed one already can."""
    if not (prefix / f"lib/libpython{minor}.so.1.0").exists():
        return None
    launcher = folder / "python"
    argv = ["cc", "-x", "c", "-", "-x", "none", "-o", str(launcher), str(prefix / f"lib/libpython{minor}.so.1.0")]
    argv += ["-Wl,-rpath,$ORIGIN/../lib"]
    subprocess.run(argv, input=LAUNCHER, text=True, check=True, capture_output=True, timeout=60)
    return launcher


def pack_python(prefix: Path, version: str, folder: Path) -> Path:
    """Writes and returns an archive of the tree, laid out as uv expects it: python/bin/python3.N."""
    archive = folder / f"cpython-{version}.tar.gz"
    minor = version.rpartition(".")[0]
    launcher = build_launcher(prefix, minor, folder)

    def keep(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        name = Path(member.name)
        drop = any(part in SKIPPED for part in name.parts[1:]) or name.suffix == ".a"
        drop |= launcher is not None and str(name) == f"python/bin/python{minor}"
        return None if drop else member

    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(prefix, arcname="python", filter=keep)
        if launcher:
            tar.add(launcher, arcname=f"python/bin/python{minor}")
    return archive


@contextlib.contextmanager
def serve_python(folder: Path) -> Iterator[str | None]:
    """Serves an installed CPython; yields the URL of the index, or None where this machine has no such tree."""
    found = find_tree()
    if not found or not shutil.which("cc"):
        yield None
        return
    prefix, version = found
    folder.mkdir(parents=True, exist_ok=True)
    archive = pack_python(prefix, version, folder)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        major, minor, patch = (int(part) for part in version.split("."))
        machine = platform.machine()
        entry = {
            "name": "cpython", "arch": {"family": machine, "variant": None}, "os": "linux", "libc": "gnu",
            "major": major, "minor": minor, "patch": patch, "prerelease": "", "url": f"{url}/{archive.name}",
            "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(), "variant": None, "build": "20260101",
        }  # fmt: skip
        (folder / "index.json").write_text(json.dumps({f"cpython-{version}-linux-{machine}-gnu": entry}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"{url}/index.json"
        finally:
            server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
