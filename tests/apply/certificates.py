"""Certificates for a server on loopback, made with openssl: of another name, of other years, signed by nobody known."""

from __future__ import annotations

import subprocess
from pathlib import Path

CONFIG = """[ca]
default_ca = here
[here]
dir = {folder}
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[ca_extensions]
basicConstraints = critical, CA:true
"""


class Authority:
    """A root certificate of its own (`root`), and what it signs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.root, self._key = folder, folder / "root.pem", folder / "root.key"
        (folder / "index").touch()
        (folder / "serial").write_text("01\n")
        (folder / "config").write_text(CONFIG.format(folder=folder))
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(self._key), "-out", str(self.root),
            "-days", "36500", "-subj", "/CN=a root made for a test", "-extensions", "ca_extensions",
        )  # fmt: skip

    def sign(self, name: str, begin: str = "20200101000000Z", end: str = "20900101000000Z") -> Path:
        """A file with certificate and key for a host's name, valid between two times (YYYYMMDDHHMMSSZ)."""
        key, request, out = (self.folder / f"{name}-{begin}.{end_}" for end_ in ("key", "csr", "crt"))
        self._openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(request),
            "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
        )  # fmt: skip
        self._openssl(
            "ca", "-batch", "-notext", "-in", str(request), "-out", str(out), "-cert", str(self.root),
            "-keyfile", str(self._key), "-startdate", begin, "-enddate", end,
        )  # fmt: skip
        both = self.folder / f"{name}-{begin}.pem"
        both.write_bytes(out.read_bytes() + key.read_bytes())
        return both

    def _openssl(self, verb: str, *argv: str) -> None:
        done = subprocess.run(
            ["openssl", verb, "-config", str(self.folder / "config"), *argv],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"openssl {verb}: {done.stderr}")
