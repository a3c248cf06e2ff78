"""`wslgpu explain` from the outside: what it answers, in which form, with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from wslgpu.cli.explain import explain_paste, explain_subject
from wslgpu.errors import UserError
from wslgpu.output.explanation import render_explanation
from wslgpu.output.glyphs import ASCII


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
    said = render_explanation(document, ASCII)
    assert "-> PowerShell: wsl.exe --set-version DISTRIBUTION 2" in click.unstyle(said)


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


def shown(text: str) -> str:
    done = run("-", stdin=text.encode())
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8")


def test_a_pasted_code_is_said_in_words() -> None:
    text = shown("Qux.\nQux: Wsl/Service/AttachDisk/MountDisk/ERROR_SHARING_VIOLATION\n")
    assert "Another program holds the distribution's disk." in text
    assert "quit Docker Desktop" in text
    assert "wsl-service-broken" not in text


def test_a_code_that_is_not_known_is_said_to_be_so() -> None:
    text = shown("Qux.\nQux: Wsl/Service/CreateInstance/CreateVm/HCS/0x80070569\n")
    assert "wslgpu does not know this code; it is a Windows error (1385" in text
    assert "wslgpu knows no finding for it." in text


def test_a_healthy_text_is_said_to_be_so() -> None:
    text = shown("WSL version: 2.6.1.0\nKernel version: 6.6.87.2-1\nWSLg version: 1.0.66\n")
    assert "wslgpu sees nothing wrong in it." in text
    assert "knows no finding" not in text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        # TensorFlow says why; the vaguer findings are not named beside it
        ("E cuda_platform.cc:51] failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected\n"
         "I cuda_diagnostics.cc:163] CUDA_VISIBLE_DEVICES is set to -1 - this hides all GPUs from CUDA\n",
         "cuda-visible-devices"),
        ("E cuda_platform.cc:51] failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected\n",
         "cuda-no-device"),
        ("W asm_compiler.cc:234] Falling back to the CUDA driver for PTX compilation; ptxas does not support CC 8.9\n",
         "ptxas-wrong"),
        ("> W gpu_device.cc] Cannot dlopen some\n> GPU libraries. Please\n", "tf-cannot-dlopen"),
        ("wsl: Xo qux 'boot.frob' in /etc/wsl.conf:3\n", "wslconfig-ignored"),
        ("'nvidia-smi' is not recognized as an internal or external command\n", "win-driver-missing"),
    ],
)  # fmt: skip
def test_the_first_finding_is_what_the_text_says(text: str, first: str) -> None:
    findings = explain_paste(text.encode())["findings"]
    assert findings[0]["slug"] == first
    assert "cuda-init-failed" not in [finding["slug"] for finding in findings]


def test_a_log_without_tensorrt_alone_is_no_failure() -> None:
    log = "W dso_loader.cc:64] Could not load dynamic library 'libnvinfer.so.7'; dlerror: x\nW py_utils.cc] TF-TRT Warning: x\n"
    assert not [finding for finding in explain_paste(log.encode())["findings"] if finding["status"] == "fail"]


@pytest.mark.parametrize(
    ("subject", "slug"),
    [
        ("Qux zot: Wsl/Service/E_UNEXPECTED", "wsl-service-broken"),
        ("Failed to initialize NVML: GPU access blocked by the operating system", "gpu-access-blocked"),
        ("bash: nvidia-smi: command not found", "nvidia-smi-not-on-path"),
    ],
)
def test_a_message_on_the_command_line_is_read_as_a_paste(subject: str, slug: str) -> None:
    assert explain_subject(subject)["findings"][0]["slug"] == slug


def test_a_path_that_ends_in_an_unknown_number_names_its_family() -> None:
    with pytest.raises(UserError, match="it is a Windows error \\(1385"):
        explain_subject("Wsl/Service/CreateInstance/CreateVm/HCS/0x80070569")
