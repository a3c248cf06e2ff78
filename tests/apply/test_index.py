"""Setup against an index that misbehaves on purpose: each trouble ends with its finding, and nothing is lost.

The installer is the real uv; the wheels only stand in for TensorFlow (index_server.py).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.apply.certificates import Authority
from tests.apply.index_server import STAND_INS, Index, make_wheel
from wslgpu.apply import diagnose
from wslgpu.cli.setup import command

UV = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(UV is None, reason="uv is not installed here")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed here")
NEVER = "http://127.0.0.1:9"  # the discard port: nothing listens


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment that an index in good order gave."""
    return tmp_path_factory.mktemp("old") / "project"


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as served:
        yield served


@pytest.fixture
def setup(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """setup(url, packages=..., NAME=value): run `wslgpu setup` on the old folder; its result."""
    assert UV is not None
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy", "UV_INDEX_URL",
                 "SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", "PIP_FIND_LINKS",
                 "PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_OFFLINE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{Path(UV).parent}:{Path('/usr/bin')}:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setattr(diagnose, "REACH_DEADLINE_S", 1.0)

    def run(url: str, *options: str, packages: str = "", **variables: str) -> Any:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        old.mkdir(exist_ok=True)
        (old / "wslgpu.toml").write_text(f'[environment]\ntensorflow = "2.21.0"\npackages = [{packages!r}]\n')
        argv = [str(old), "--yes", "--no-smoke", "--profile", "cpu", *options]
        return CliRunner().invoke(command, argv, standalone_mode=False)

    if not (old / ".venv").exists():
        with Index() as well:
            assert run(well.url, packages="numpy").return_value == 0
    return run


def check_nothing_is_lost(old: Path, before: list[str]) -> None:
    assert sorted(path.name for path in (old / ".wslgpu/venvs").iterdir()) == before
    subprocess.run([old / ".venv/bin/python", "-I", "-c", "import tensorflow"], check=True, timeout=120)
    assert not list(old.glob("requirements/.*")), "a file that was written aside is left"


def fails_with(result: Any, slug: str) -> None:
    assert result.exception is None, result.exception
    assert result.return_value == 1, result.output
    assert f"[{slug}]" in result.output, result.output
    assert f"wslgpu explain {slug}" in result.output
    assert "nothing is lost" in result.output


@pytest.mark.parametrize(
    ("trouble", "slug"),
    [
        ("500", "index-refuses"),
        ("401", "index-refuses"),
        ("500-file", "index-refuses"),
        ("hang", "index-hangs"),
        ("hang-file", "index-hangs"),
        ("cut", "download-cut"),
        ("wrong-hash", "hash-mismatch"),
        ("other-bytes", "hash-mismatch"),
    ],
)
def test_an_index_in_trouble(setup, index, old, trouble, slug):
    before = sorted(path.name for path in (old / ".wslgpu/venvs").iterdir())
    index.trouble = trouble
    fails_with(setup(index.url, packages="numpy>=1"), slug)
    check_nothing_is_lost(old, before)


@pytest.mark.parametrize(
    ("url", "variables", "slug"),
    [
        ("https://no-such-host.invalid/simple", {}, "index-name-unknown"),
        (f"{NEVER}/simple", {}, "index-no-connection"),
        ("https://index.invalid/simple", {"HTTPS_PROXY": NEVER}, "proxy-no-answer"),
    ],
)
def test_an_index_out_of_reach(setup, old, url, variables, slug):
    before = sorted(path.name for path in (old / ".wslgpu/venvs").iterdir())
    fails_with(setup(url, packages="numpy>=1", **variables), slug)
    check_nothing_is_lost(old, before)


@needs_openssl
@pytest.mark.parametrize(
    ("name", "begin", "end", "trusted", "slug"),
    [
        ("localhost", "20200101000000Z", "20900101000000Z", False, "tls-interception"),
        ("elsewhere.example", "20200101000000Z", "20900101000000Z", True, "index-other-name"),
        ("localhost", "20200101000000Z", "20210101000000Z", True, "clock-skew"),
        ("localhost", "20800101000000Z", "20900101000000Z", True, "clock-skew"),
        ("localhost", "20200101000000Z", "20900101000000Z", True, ""),
    ],
    ids=["unknown-root", "other-name", "expired", "not-yet", "company-root"],
)
def test_a_certificate(setup, old, tmp_path, name, begin, end, trusted, slug):
    """A company's own root is obeyed by SSL_CERT_FILE, also where only pip's variable names it."""
    authority = Authority(tmp_path / "authority")
    variables = {"PIP_CERT" if slug == "" else "SSL_CERT_FILE": str(authority.root)} if trusted else {}
    with Index(certificate=authority.sign(name, begin, end)) as index:
        result = setup(index.url, packages="numpy>=1", **variables)
    if slug:
        fails_with(result, slug)
    else:
        assert result.return_value == 0, result.output


def test_with_a_lock_nothing_is_downloaded_without_a_hash(setup, index, old):
    assert setup(index.url, packages="numpy>=1.1").return_value == 0
    shutil.rmtree(old / ".wslgpu/venvs")
    index.asked.clear()
    cache = str(old.parent / "another-cache")
    assert setup(index.url, packages="numpy>=1.1", UV_CACHE_DIR=cache).return_value == 0
    lock = (old / "requirements/cpu.lock").read_text()
    files = {path.rpartition("/")[2] for path in index.asked if path.endswith(".whl")}
    data = dict(STAND_INS)
    assert files
    assert all(hashlib.sha256(data[file]).hexdigest() in lock for file in files)
    index.trouble = "other-bytes"
    shutil.rmtree(old / ".wslgpu/venvs")
    again = setup(index.url, packages="numpy>=1.1", UV_CACHE_DIR=cache + "2")
    assert "[hash-mismatch]" in again.output


def test_what_was_installed_before_needs_no_index(setup, index, old):
    """A lock whose wheels lie in uv's cache, hashes and all: an index that is down is no obstacle."""
    assert setup(index.url, packages="numpy>=1.3").return_value == 0
    shutil.rmtree(old / ".wslgpu/venvs")
    index.asked.clear()
    index.trouble = "500"
    again = setup(index.url, packages="numpy>=1.3")
    assert again.return_value == 0, again.output
    assert index.asked == []
    subprocess.run([old / ".venv/bin/python", "-I", "-c", "import tensorflow"], check=True, timeout=120)


def test_a_bundle_is_installed_from_its_own_lock_where_the_project_has_none(setup, index, old, tmp_path):
    """No wslgpu.toml, no lock, no index: the newest wheel that lies there is not what the team locked."""
    assert setup(index.url, packages="numpy").return_value == 0
    bundle, project = tmp_path / "bundle", tmp_path / "project"
    bundle.mkdir()
    for file, data in (*STAND_INS, make_wheel("numpy", "9.0.0", {"numpy/__init__.py": ""})):
        (bundle / file).write_bytes(data)
    shutil.copy(old / "requirements/cpu.lock", bundle)
    index.trouble = "500"
    argv = [str(project), "--yes", "--no-smoke", "--offline", str(bundle)]
    done = CliRunner().invoke(command, argv, standalone_mode=False)
    assert done.return_value == 0, done.output
    assert f"use the lock that the bundle was made from, {bundle}/cpu.lock" in done.output
    assert (project / "requirements/cpu.lock").read_bytes() == (bundle / "cpu.lock").read_bytes()
    assert list((project / ".venv").resolve().glob("lib/python3*/site-packages/numpy-2.0.0.dist-info"))
    stands = (project / ".venv").readlink()
    again = CliRunner().invoke(command, argv, standalone_mode=False)
    assert again.return_value == 0, again.output
    assert (project / ".venv").readlink() == stands, again.output


def test_no_login_is_shown_or_kept(setup, index, old):
    """Not in what is printed, not in the journal, the lock, the requirements, nor in what is written of the venv."""
    secret = "hunter2-not-a-real-one"
    index.trouble = "500"
    url = index.url.replace("http://", f"http://someone:{secret}@")
    result = setup(url, packages="numpy>=1.2", HTTP_PROXY="")
    assert "[index-refuses]" in result.output
    index.trouble = ""
    done = setup(url, packages="numpy>=1.2")
    assert done.return_value == 0, done.output
    for said in (result.output, done.output):
        assert secret not in said
        assert "someone" not in said
    for path in [*old.glob("*"), *(old / ".wslgpu").glob("*"), *(old / "requirements").glob("*")]:
        assert not path.is_file() or secret not in path.read_text(errors="replace"), path
    assert secret not in (old / ".venv/wslgpu.json").read_text()
