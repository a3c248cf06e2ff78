"""What of this machine's network a distribution needs, handed over as a company's user would have it.

The certificate bundle goes in under a name of its own: installing ca-certificates rewrites the standard file.
"""

from __future__ import annotations

import configparser
import os
from pathlib import Path

BUNDLE_INSIDE = "/etc/company-root.pem"
BUNDLE_NAMES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
# Settings that mean the same on every machine. Anything that names a local folder stays behind.
SAME_EVERYWHERE = (
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "PIP_TRUSTED_HOST",
    "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_HTTP_TIMEOUT",
)  # fmt: skip
PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


def read_bundle() -> Path | None:
    """The certificate bundle that this machine's environment names, if it names one that exists."""
    for name in BUNDLE_NAMES:
        path = Path(os.environ.get(name) or "/nonexistent")
        if path.is_file():
            return path
    return None


def read_pip_conf() -> str:
    """The lines of this machine's pip.conf that hold elsewhere too; empty where there are none."""
    kept: dict[str, str] = {}
    for path in (Path("/etc/pip.conf"), Path.home() / ".pip/pip.conf", Path.home() / ".config/pip/pip.conf"):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path)
        except configparser.Error:
            continue
        if parser.has_section("global"):
            kept |= {k: v for k, v in parser.items("global") if k in PIP_KEYS and "file:" not in v and "\n" not in v}
    return "[global]\n" + "".join(f"{k} = {v}\n" for k, v in kept.items()) if kept else ""


def carry_network(root: Path) -> dict[str, str]:
    """Writes names, certificates and pip's settings into `root`; returns the environment that goes with them."""
    environment = {k: os.environ[k] for k in SAME_EVERYWHERE if os.environ.get(k) and "file:" not in os.environ[k]}
    # the resolver's file can be a link into /run, which is empty in there
    resolv = root / "etc/resolv.conf"
    resolv.unlink(missing_ok=True)
    resolv.write_bytes(Path("/etc/resolv.conf").read_bytes())
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost {os.uname().nodename}\n")
    if bundle := read_bundle():
        (root / BUNDLE_INSIDE.lstrip("/")).write_bytes(bundle.read_bytes())
        environment |= dict.fromkeys(BUNDLE_NAMES, BUNDLE_INSIDE)
    if conf := read_pip_conf():
        (root / "etc/pip.conf").write_text(conf)
    return environment
