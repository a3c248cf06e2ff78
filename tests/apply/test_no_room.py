"""A disk that is full, one that can only be read, and a clock two years off: a finding each, and nothing lost.

In a mount namespace of the test's own, with the real uv and packages that stand in for TensorFlow (index_server.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apply.certificates import Authority
from tests.apply.index_server import STAND_INS, Index, make_wheel
from tests.apply.test_index import UV, needs_openssl

REASON = "no right to make a mount namespace (root and unshare -m)"
may_mount = (
    os.geteuid() == 0
    and shutil.which("unshare") is not None
    and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0
)
pytestmark = [
    pytest.mark.skipif(UV is None, reason="uv is not installed here"),
]
needs_mounts = pytest.mark.skipif(not may_mount, reason=REASON)
# Debian's libfaketime: LD_PRELOAD moves the wall clock, which no namespace does.
FAKETIME = next(
    (
        p
        for p in (
            Path(os.environ.get("WSLGPU_TEST_FAKETIME", "/none")),
            *Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
        )
        if p.is_file()
    ),
    None,
)


def run_in_namespace(tmp_path: Path, index: Index, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`script` with $SETUP (the command) and $T (a folder); mounts go with it."""
    assert UV is not None
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_"))}
    environment = {
        **kept,
        "PATH": f"{Path(UV).parent}:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_DEFAULT_INDEX": index.url,
        "UV_HTTP_RETRIES": "0",
        "NO_PROXY": "localhost",
        "PYTHON": sys.executable,
        "T": str(tmp_path),
        **variables,
    }
    lead = ["unshare", "-m"] if may_mount else []
    argv = [*lead, "sh", "-e", "-c", script]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=120, check=False)


SETUP = '"$PYTHON" -m wslgpu setup "$T/disk/train" --yes --no-smoke --profile cpu'
STANDS = '"$T/disk/train/.venv/bin/python" -I -c "import tensorflow; print(\'the old one imports\')"'
AGAIN = 'printf \'[environment]\\npackages = ["numpy>=1"]\\n\' > "$T/disk/train/wslgpu.toml"'


@needs_mounts
def test_a_disk_that_fills_up_while_it_installs(tmp_path: Path) -> None:
    """A tmpfs with files for one environment and not for a second: ENOSPC in the middle of uv's work."""
    script = f"""
mkdir "$T/disk"; mount -t tmpfs -o size=2g,nr_inodes=230 none "$T/disk"
{SETUP} >/dev/null
{AGAIN}
{SETUP} && exit 9
{STANDS}
ls "$T/disk/train/.wslgpu/venvs" | wc -l
"""
    many = {f"keras/m{number}.py": "" for number in range(50)}
    wheels = {**dict(STAND_INS), **dict([make_wheel("keras", "3.0.0", {"keras/__init__.py": "", **many})])}
    with Index(wheels=wheels) as index:
        done = run_in_namespace(tmp_path, index, script, UV_LINK_MODE="copy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[disk-full]" in done.stderr
    assert "more files (inodes)" in done.stderr
    assert "the old one imports\n1\n" in done.stdout, done.stdout


@needs_mounts
def test_a_disk_that_is_too_small_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    script = f'mkdir "$T/disk"; mount -t tmpfs -o size=20m none "$T/disk"; {SETUP} || true; ls -A "$T/disk"'
    with Index() as index:
        done = run_in_namespace(tmp_path, index, script)
        assert index.asked == []
    assert "[disk-full]" in done.stderr, done.stderr
    assert done.stdout == ""


@needs_mounts
def test_a_disk_that_becomes_read_only(tmp_path: Path) -> None:
    script = f"""
mkdir "$T/disk"; mount -t tmpfs none "$T/disk"
{SETUP} >/dev/null
{AGAIN}
mount -o remount,ro "$T/disk"
code=0; {SETUP} || code=$?
echo "exit $code"
{STANDS}
"""
    with Index() as index:
        done = run_in_namespace(tmp_path, index, script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exit 2" in done.stdout
    assert "is not writable for this user" in done.stderr
    assert "the old one imports" in done.stdout


@needs_openssl
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed here (Debian: libfaketime)")
@pytest.mark.parametrize("off", ["+730d", "-730d"])
def test_a_clock_two_years_off(tmp_path: Path, off: str) -> None:
    """A certificate that is valid this year, and a clock that says another: for uv and for the look afterwards."""
    import datetime

    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = ((now + datetime.timedelta(days=d)).strftime("%Y%m%d000000Z") for d in (-180, 180))
    authority = Authority(tmp_path / "authority")
    script = f"""
mkdir "$T/disk"
{SETUP} >/dev/null
{AGAIN}
export LD_PRELOAD={FAKETIME} FAKETIME={off} FAKETIME_DONT_RESET=1
{SETUP} && exit 9
{STANDS}
"""
    with Index(certificate=authority.sign("localhost", begin, end)) as index:
        done = run_in_namespace(tmp_path, index, script, SSL_CERT_FILE=str(authority.root))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[clock-skew]" in done.stderr, done.stderr
    assert "is not valid on" in done.stderr
    assert "the old one imports" in done.stdout
