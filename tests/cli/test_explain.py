"""`wslgpu explain` from the outside: what it answers, in which form, with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from wslgpu.cli.explain import explain_paste, explain_subject
from wslgpu.errors import UserError


def run(*arguments: str, stdin: bytes = b"", encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "wslgpu", "explain", *arguments],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )


LIST = "  NAME      STATE           VERSION\r\n* docker-desktop    Stopped         2\r\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8", "utf-16"])
def test_a_paste_is_recognized_in_any_encoding(encoding: str) -> None:
    done = run("--format", "json", "-", stdin=LIST.encode(encoding))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.decode("utf-8"))
    row = {"name": "docker-desktop", "state": "Stopped", "version": 2, "default": True}
    assert document["recognized"] == [{"kind": "wsl-list", "facts": {"distributions": [row]}}]
    assert "docker-desktop-default" in [finding["slug"] for finding in document["findings"]]
    for finding in document["findings"]:
        assert set(finding) == {"slug", "status", "title", "evidence", "cause", "remedy", "doc"}


def test_without_an_argument_standard_input_is_read() -> None:
    done = run(stdin=b"error: externally-managed-environment\n")
    assert done.returncode == 0
    assert b"pep668" in done.stdout


def test_nothing_to_explain_is_a_usage_error() -> None:
    for arguments in ((), ("-",)):
        done = run(*arguments, stdin=b"")
        assert done.returncode == 2
        assert b"nothing to explain" in done.stderr
        assert done.stdout == b""


@pytest.mark.parametrize(
    "subject", ["0x80370102", "-2143878910", "Wsl/Service/CreateInstance/E_UNEXPECTED", "cuinit 100"]
)
def test_a_code_is_explained(subject: str) -> None:
    done = run("--", *subject.split())
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") >= 3


def test_a_release_is_explained() -> None:
    document = explain_subject("tensorflow==2.21")
    assert document["tensorflow"]["version"] == "2.21.0"
    assert "3.13" in document["tensorflow"]["python"]
    with pytest.raises(UserError, match="nearest: tensorflow==2"):
        explain_subject("tensorflow==2.99")


def test_a_finding_is_explained_from_its_page() -> None:
    document = explain_subject("wsl1-distro")
    assert document["finding"]["slug"] == "wsl1-distro"
    assert "Mend it" in document["finding"]["text"]
    assert "{" not in document["finding"]["title"]


@pytest.mark.parametrize(
    ("subject", "near"),
    [
        ("wsl1-dist", "wsl1-distro"),
        ("WSL_E_CONSOL", "WSL_E_CONSOLE"),
        ("0x80070999", "2457"),
        ("qux frob", "explain -"),
    ],
)
def test_the_unknown_names_what_is_near_and_ends_with_2(subject: str, near: str) -> None:
    with pytest.raises(UserError, match="is no finding and no code") as raised:
        explain_subject(subject)
    assert near in str(raised.value)
    done = run(subject)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "cp936", "ascii"])
def test_a_narrow_stream_never_raises_and_json_stays_utf8(encoding: str) -> None:
    text = "既定の X: Debian\n既定のバージョン: 2\nWSL1 は\n".encode("utf-16-le")
    done = run("-", stdin=text, encoding=encoding)
    assert done.returncode == 0, done.stderr
    assert b"Debian" in done.stdout
    done = run("--format", "json", "-", stdin="Microsoft Windows [バージョン 10.0.19045.5]".encode(), encoding=encoding)
    assert json.loads(done.stdout.decode("utf-8"))["recognized"][0]["facts"]["build"] == 19045


def test_a_healthy_log_is_only_info() -> None:
    log = (
        b"E external/x: Unable to register cuDNN factory: y\nI could not open file to read NUMA node: z\n"
        b"[PhysicalDevice(name='/physical_device:GPU:0', device_type='GPU')] tensorflow\n"
    )
    document = explain_paste(log)
    assert document["recognized"][0]["facts"]["diagnosis"] == "gpu_ok"
    assert {finding["status"] for finding in document["findings"]} == {"info"}


def test_prose_is_not_recognized() -> None:
    document = explain_paste("Hello, my cat sits on the keyboard. 12345".encode("utf-16-le"))
    assert document == {"recognized": [], "findings": []}
