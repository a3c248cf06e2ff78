"""The scripts that run where wslgpu is not yet: read by every sh, help without Python, certificates, causes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from wslgpu.cli.setup import command as setup_command

TOP = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((TOP / "provision").glob("*.sh"))
SHELLS = [argv for argv in (["dash"], ["busybox", "sh"], ["bash", "--posix"]) if shutil.which(argv[0])]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the scripts are for Linux")


def in_common(script: str, environment: dict[str, str], shell: list[str], tmp_path: Path) -> str:
    """Runs a piece of shell after provision/common.sh has been sourced; returns its stdout."""
    prelude = f'root={TOP}; work={tmp_path}; log={tmp_path}/log; yes=0; : >>"$log"; . {TOP}/provision/common.sh\n'
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment}
    done = subprocess.run(
        [*shell, "-c", prelude + script], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


@linux
@pytest.mark.parametrize("shell", SHELLS, ids=lambda s: s[0])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_every_sh_reads_it(shell: list[str], script: Path) -> None:
    done = subprocess.run([*shell, "-n", str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@linux
def test_shellcheck_is_content() -> None:
    beside = Path(sys.executable).parent / "shellcheck"
    tool = str(beside) if beside.exists() else shutil.which("shellcheck")
    if not tool:
        pytest.skip("shellcheck is not installed (it comes with the extra dev)")
    scripts = [str(p.relative_to(TOP)) for p in [*SCRIPTS, TOP / "tests/distro/enter.sh"]]
    done = subprocess.run([tool, "-x", *scripts], cwd=TOP, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == ""


@linux
@pytest.mark.parametrize("name", ["ubuntu.sh", "test.sh"])
def test_help_needs_neither_python_nor_home(name: str, tmp_path: Path) -> None:
    for tool in ("cat", "dirname", "grep"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    argv = ["/bin/sh", str(TOP / "provision" / name), "--help"]
    done = subprocess.run(argv, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: sh provision/{name}" in done.stdout
    assert "Example:" in done.stdout


@linux
@pytest.mark.parametrize("shell", SHELLS, ids=lambda s: s[0])
def test_a_clone_made_on_windows_runs(shell: list[str], tmp_path: Path) -> None:
    (tmp_path / "provision").mkdir()
    for script in SCRIPTS:
        text = script.read_bytes().replace(b"\n", b"\r\n")
        (tmp_path / "provision" / script.name).write_bytes(text)
    argv = [*shell, str(tmp_path / "provision/ubuntu.sh"), "--help"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\r" not in done.stdout


def test_ubuntu_sh_knows_which_options_of_setup_take_a_value() -> None:
    """Else the value would be taken for the DIR, and the environment made in the current folder."""
    takes_value = {
        name
        for option in setup_command.params
        if isinstance(option, click.Option) and not option.is_flag
        for name in option.opts
    }
    script = (TOP / "provision/ubuntu.sh").read_text(encoding="utf-8")
    known = [line.split(")")[0] for line in script.splitlines() if line.strip().endswith(("skip=1 ;;", "skip=offline ;;"))]
    assert takes_value <= set(" ".join(known).replace("|", " ").split())


@linux
@pytest.mark.parametrize("shell", SHELLS, ids=lambda s: s[0])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"SSL_CERT_FILE": "CA"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": "CA"}),
        ({"PIP_CERT": "CA"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": "CA"}),
        ({"REQUESTS_CA_BUNDLE": "CA"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": ""}),
        ({"SSL_CERT_FILE": "CA", "PIP_CERT": "OTHER"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": "OTHER"}),
        ({"SSL_CERT_FILE": "/nonexistent", "PIP_CERT": "CA"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": "CA"}),
        ({"SSL_CERT_FILE": "", "PIP_CERT": "CA"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": "CA"}),
        ({"pip.conf": "[global]\ncert = CA\n"}, {"SSL_CERT_FILE": "CA", "PIP_CERT": ""}),
    ],
    ids=str,
)
def test_one_certificate_serves_pip_and_uv(
    given: dict[str, str], expected: dict[str, str], shell: list[str], tmp_path: Path
) -> None:
    bundle = tmp_path / "company root.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    environment = {k: v.replace("CA", str(bundle)) if v != "OTHER" else v for k, v in given.items()}
    if conf := environment.pop("pip.conf", ""):
        (tmp_path / ".config/pip").mkdir(parents=True)
        (tmp_path / ".config/pip/pip.conf").write_text(conf)
    else:
        environment["PIP_CONFIG_FILE"] = os.devnull  # pip's own way to leave this machine's settings out
    told = in_common(
        'settle_certificates; printf "%s\\n" "${SSL_CERT_FILE:-}" "${PIP_CERT:-}"', environment, shell, tmp_path
    )
    wanted = [v.replace("CA", str(bundle)) for v in expected.values()]
    assert told.splitlines() == wanted


@linux
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "SSL_CERT_FILE"),
        ("cause: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("W: Temporary failure resolving 'archive.example'", "the network did not answer"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "another apt is running"),
        ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", "dpkg --configure -a"),
        ("E: Release file for x is not valid yet (invalid for another 3h)", "the clock is wrong"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("E: Unable to locate package python3-venv", "universe"),
        ("WARNING: Retrying after 'ProxyError('Cannot connect to proxy.', TimeoutError('timed out'))'", "the proxy in"),
        ("WARNING: Retrying after connection broken by 'ReadTimeoutError(Read timed out.)'", "the network did not"),
        ("ERROR: No matching distribution found for hatchling>=1.25", "log in first"),
        ("something nobody has seen", "the fall-back"),
    ],
)
def test_a_tools_last_words_become_a_way_out(said: str, answer: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(said + "\n")
    assert answer in in_common('way_out "the fall-back"', {}, SHELLS[0], tmp_path)


@linux
@pytest.mark.parametrize("shell", SHELLS, ids=lambda s: s[0])
def test_what_waits_on_the_network_is_heard_of_and_keeps_its_code(shell: list[str], tmp_path: Path) -> None:
    """Behind a proxy that never answers pip said nothing for four minutes."""
    script = 'n=0; sleep() { n=$((n + 1)); [ $n -le 41 ] || command sleep 1; }\n'
    waits = f"until [ -s {tmp_path}/heard ]; do command sleep 0.1; done; exit 7"
    script += f"say() {{ echo \"$*\" >>{tmp_path}/heard; }}; patiently sh -c '{waits.replace('command ', '')}'; echo $?"
    assert in_common(script, {}, shell, tmp_path) == "7\n"
    assert (tmp_path / "heard").read_text().startswith("wslgpu:   20 s: still at it\n")


@linux
def test_a_full_disk_is_named_where_not_even_the_log_can_be_written(tmp_path: Path) -> None:
    told = in_common('log=/dev/null; work=/dev/null; way_out "the fall-back"', {}, SHELLS[0], tmp_path)
    assert "the disk is full" in told


@linux
def test_a_python_inside_a_venv_answers_with_the_one_beneath(tmp_path: Path) -> None:
    minor, _has_venv, executable = in_common(f"probe {sys.executable}", {}, SHELLS[0], tmp_path).split(" ", 2)
    assert int(minor) == sys.version_info.minor
    base = getattr(sys, "_base_executable", sys.executable)
    assert os.path.realpath(executable.strip()) == os.path.realpath(base)
