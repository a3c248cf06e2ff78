"""uv, the fast installer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wslgpu.apply.installer import INSTALL_DEADLINE_S, Tell, call
from wslgpu.apply.model import StepFailed
from wslgpu.system.answers import Ran
from wslgpu.system.process import run

STORE = Path("/etc/ssl/certs/ca-certificates.crt")  # Debian's and Ubuntu's; a company's root stands in it
NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")


def system_certificates(program: str, store: Path = STORE) -> dict[str, str]:
    """Have uv trust the system's store, as pip does, where there is one and nobody named another.

    By itself uv trusts Mozilla's roots alone. The switch is called --system-certs, in older releases --native-tls.
    """
    if any(os.environ.get(name) for name in NAMED) or not store.is_file():
        return {}
    said = run((program, "pip", "install", "--help"), deadline_s=10.0)
    if not isinstance(said, Ran) or said.exit != 0:
        return {}
    if b"--system-certs" in said.stdout:
        return {"UV_SYSTEM_CERTS": "1"}
    return {"UV_NATIVE_TLS": "1"} if b"--native-tls" in said.stdout else {}


class Uv:
    """`program` is uv's path; `settings` are environment variables for it (a mirror, a proxy)."""

    def __init__(self, program: str, settings: Mapping[str, str], offline: str | None = None) -> None:
        self._program, self._settings = program, {**system_certificates(program), **settings}
        self._where = ("--offline", "--no-index", "--find-links", offline) if offline else ()

    def fetch_python(self, versions: Sequence[str], tell: Tell | None = None) -> str:
        """The path of the first version that can be fetched; StepFailed with both ways out where none can."""
        failed: StepFailed | None = None
        for version in versions:
            try:
                fetch = ("python", "install", version)
                self._call("fetching Python " + version, *fetch, deadline_s=900.0, tell=tell)
                found = self._call("finding Python", "python", "find", "--no-project", "--managed-python", version)
                return found.decode().strip()
            except StepFailed as failure:
                failed = failed or failure
        raise StepFailed(
            "fetching Python " + " or ".join(versions),
            "uv could not fetch it",
            failed.tail if failed else "",
            (
                "where uv's downloads are blocked, name a mirror in UV_PYTHON_INSTALL_MIRROR and run this again",
                "or take a distribution that brings a fitting Python: in PowerShell, `wsl --install -d Ubuntu-24.04`",
            ),
            of_index=False,
        )

    def make_venv(self, path: Path, python: str, prompt: str) -> None:
        """No seed packages: pip is among the locked ones."""
        options = ("--no-project", "--no-python-downloads", f"--prompt={prompt}", "--python", python)
        self._call("making the venv", "venv", *options, str(path))

    def resolve(
        self, folder: Path, venv: Path, sources: Sequence[str], lock: Path, *, wheels_only: bool, tell: Tell
    ) -> None:
        """For one venv."""
        self._compile(folder, sources, lock, wheels_only, ("--python", str(venv / "bin/python")), tell)

    def resolve_shared(
        self, folder: Path, lowest: str, sources: Sequence[str], lock: Path, *, wheels_only: bool, tell: Tell
    ) -> None:
        """For every Python from `lowest` ("3.11") on, with as few versions of a package as can be.

        uv's own choice would be the newest version for each Python; then two colleagues have different ones.
        """
        shared = ("--universal", "--python-version", lowest, "--fork-strategy", "fewest")
        self._compile(folder, sources, lock, wheels_only, shared, tell)

    def _compile(
        self, folder: Path, sources: Sequence[str], lock: Path, wheels_only: bool, whom: tuple[str, ...], tell: Tell
    ) -> None:
        """Only stable releases, whatever the interpreter: a release candidate is never a silent choice."""
        options = ("--generate-hashes", "--no-header", "--no-python-downloads", "--prerelease", "if-necessary")
        built = ("--only-binary", ":all:") if wheels_only else ()
        argv = ("pip", "compile", *sources, *options, *built, *self._where, *whom, "-o", str(lock))
        self._call("resolving the requirements", *argv, cwd=folder, deadline_s=900.0, tell=tell)

    def install(self, venv: Path, lock: Path, *, wheels_only: bool, tell: Tell) -> None:
        """The lock is complete: nothing is resolved any more, and every hash is checked.

        From uv's cache where all of it lies there: an index that was asked for the lock need not be asked again, and
        a lock that was installed before needs no network. What a wheel's hash must be, the lock says either way.
        """
        options = ("--no-deps", "--require-hashes", "--no-python-downloads", "--python", str(venv / "bin/python"))
        built = ("--only-binary", ":all:") if wheels_only else ()
        argv = ("pip", "install", *options, *built, *self._where, "-r", str(lock))
        if wheels_only and not self._where:
            with contextlib.suppress(StepFailed):  # something is not in the cache; what it was, the second call says
                self._call("installing the packages", *argv, "--offline", deadline_s=INSTALL_DEADLINE_S, tell=tell)
                return
        self._call("installing the packages", *argv, deadline_s=INSTALL_DEADLINE_S, tell=tell)

    def add_wheel(self, venv: Path, wheel: Path) -> None:
        """No index is asked."""
        options = ("--no-deps", "--no-index", "--no-python-downloads", "--python", str(venv / "bin/python"))
        self._call("installing wslgpu.feeds", "pip", "install", *options, str(wheel))

    def check(self, venv: Path) -> None:
        """`uv pip check`."""
        self._call("checking the packages", "pip", "check", "--python", str(venv / "bin/python"))

    def _call(
        self, step: str, *argv: str, cwd: Path | None = None, deadline_s: float = 120.0, tell: Tell | None = None
    ) -> bytes:
        return call(step, (self._program, *argv), self._settings, deadline_s=deadline_s, cwd=cwd, tell=tell).stdout
