"""The command line's contract: exit codes, streams, no traceback for bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

RECORDING = {"schema": "wslgpu.recording/1", "side": "linux", "answers": {}}


def wslgpu(*words, encoding="utf-8", env=None, stdin=subprocess.DEVNULL):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, **(env or {})}
    argv = [sys.executable, "-m", "wslgpu", *map(str, words)]
    return subprocess.run(argv, capture_output=True, timeout=60, stdin=stdin, env=environment, check=False)


@pytest.mark.parametrize("words", [(), ("--help",), ("--version",), ("doctor", "--help"), ("setup", "--help")])
def test_help_and_version(words):
    ran = wslgpu(*words)
    assert ran.returncode in ((0, 2) if not words else (0,))
    assert b"Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", ["doctor", "setup", "smoke", "explain", "uninstall"])
def test_every_help_holds_an_example(command):
    assert b"Example" in wslgpu(command, "--help").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nonsense",), b"nonsense"),
        (("doctor", "--only", "dxg-mising"), b"dxg-missing"),
        (("doctor", "--replay", "/nonexistent.json"), b"/nonexistent.json"),
        (("setup", "/dev/null", "--yes"), b"/dev/null"),
        (("setup", "--python", "three"), b"three"),
        (("setup", "--profile", "tpu"), b"tpu"),
        (("uninstall", "--nope"), b"--nope"),
    ],
)
def test_bad_input_is_named_and_ends_with_2(words, says):
    ran = wslgpu(*words)
    assert ran.returncode == 2
    assert says in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_a_recording_that_is_none_is_named(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("{}")
    ran = wslgpu("doctor", "--replay", path)
    assert ran.returncode == 2
    assert b"x.json" in ran.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp936", "ascii", "utf-8"])
@pytest.mark.parametrize("form", ["text", "json", "markdown", "junit"])
def test_no_pipe_makes_it_raise(tmp_path, encoding, form):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(RECORDING))
    ran = wslgpu("doctor", "--replay", path, "--format", form, encoding=encoding)
    assert ran.returncode in (0, 1, 4)
    assert b"Traceback" not in ran.stderr
    if form == "json":
        assert json.loads(ran.stdout.decode("utf-8"))["exit_code"] == ran.returncode


def test_the_exit_code_is_the_same_for_every_format(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(RECORDING))
    codes = {wslgpu("doctor", "--replay", path, "--format", form).returncode for form in ("text", "json", "markdown")}
    assert len(codes) == 1


def test_setup_without_a_terminal_and_without_consent_is_refused_with_the_flag(tmp_path):
    ran = wslgpu("setup", tmp_path / "p", "--profile", "cpu")
    assert ran.returncode == 2
    assert b"--yes" in ran.stderr
    assert not (tmp_path / "p").exists()


def test_a_fault_of_wslgpu_ends_with_3_and_a_log_to_paste():
    code = (
        "import sys; sys.argv = ['wslgpu', 'doctor']\n"
        "import wslgpu.facts.gather as g, wslgpu.cli.doctor as d\n"
        "def broken(*a, **k): raise RuntimeError('on purpose')\n"
        "g.gather = d.gather = broken\n"
        "from wslgpu.cli.main import main; main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert ran.returncode == 3
    assert b"on purpose" in ran.stderr
    assert b"Please report" in ran.stderr


def test_a_reader_that_goes_away_is_no_fault():
    argv = f"{sys.executable} -m wslgpu doctor --format json | head -c 1"
    ran = subprocess.run(["sh", "-c", argv], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in ran.stderr
