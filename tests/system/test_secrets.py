"""No login of an address is recorded, shown or kept, and a recording belongs to its owner."""

from __future__ import annotations

import base64
import json
import sys

import pytest
from click.testing import CliRunner

from wslgpu.cli.doctor import command
from wslgpu.system.answers import Content, Ran, Value
from wslgpu.system.recording import encode_answer
from wslgpu.system.secrets import hide_logins

SECRET = "hunter2-not-a-real-one"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"http://someone:{SECRET}@proxy.example:8080/", "http://<login>@proxy.example:8080/"),
        (f"HTTPS_PROXY=socks5h://{SECRET}@p", "HTTPS_PROXY=socks5h://<login>@p"),
        (f'{{"url": "https://x:{SECRET}%40%2F@host/simple"}}', '{"url": "https://<login>@host/simple"}'),
        ("https://host/simple/a@b", "https://host/simple/a@b"),
        ("mail a@b.example", "mail a@b.example"),
    ],
)
def test_what_stands_before_the_at_of_an_address_is_hidden(text, hidden):
    assert hide_logins(text) == hidden


def test_bytes_that_are_no_text_hide_theirs_too():
    data = b"\xff\xfe http://someone:" + SECRET.encode() + b"@proxy \xff"
    for answer in (Content(data), Ran(0, data, data)):
        for value in encode_answer(answer).values():
            if isinstance(value, str):
                assert SECRET.encode() not in base64.b64decode(value)
    assert SECRET in json.dumps(encode_answer(Value(f"http://a:{SECRET}@b"))), "the whole recording is hidden at its end"


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are Linux's")
def test_a_recording_and_a_report_of_a_machine_with_logins_in_its_variables(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://someone:{SECRET}@proxy.example:8080")
    monkeypatch.setenv("SSL_CERT_FILE", f"https://{SECRET}@host/file.pem")
    recording, report = tmp_path / "machine.json", tmp_path / "report.json"
    argv = [str(tmp_path), "--record", str(recording), "--format", "json", "-o", str(report)]
    result = CliRunner().invoke(command, argv, standalone_mode=False)
    assert result.exception is None, result.exception
    for text in (recording.read_text(), report.read_text(), result.output):
        assert SECRET not in text
        assert "someone" not in text
    assert "http://<login>@proxy.example:8080" in recording.read_text()
    assert recording.stat().st_mode & 0o777 == 0o600
