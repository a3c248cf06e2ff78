"""The bed is what it says: a Windows Python, and stand-ins that play bytes, time and exit codes as recorded."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.windows

ASK = """
import json, subprocess, sys, time
began = time.monotonic()
argv = [r"C:\\windows\\system32\\wsl.exe", *sys.argv[2:]]
process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
try:
    out, err = process.communicate(timeout=float(sys.argv[1]))
    code = process.returncode
except subprocess.TimeoutExpired:
    process.kill()
    out, err = process.communicate()
    code = None
print(json.dumps([code, out.hex(), err.hex(), time.monotonic() - began]))
"""


def _ask(bed: Any, env: dict[str, str], seconds: float, *args: str) -> tuple[int | None, bytes, bytes, float]:
    import json

    done = bed.run(["-c", ASK, str(seconds), *args], env=env)
    assert done.exit == 0, done.stderr
    code, out, err, took = json.loads(done.stdout)
    return code, bytes.fromhex(out), bytes.fromhex(err), took


def test_it_is_a_python_for_windows(bed: Any) -> None:
    ask = "import sys, winreg, ctypes; print(sys.platform, ctypes.windll.kernel32.GetACP(), sys.stdout.encoding)"
    done = bed.run(["-c", ask])
    assert done.exit == 0, done.stderr
    assert done.stdout.split() == [b"win32", b"1252", b"cp1252"]


def test_a_cp1252_pipe_raises_on_a_check_mark(bed: Any) -> None:
    done = bed.run(["-c", "print('\\u2713')"])
    assert done.exit == 1
    assert b"UnicodeEncodeError" in done.stderr


def test_stand_ins_play_bytes_and_codes(bed: Any, play: ModuleType, tmp_path: Path) -> None:
    wide = "Standardversion: 2\r\r\n".encode("utf-16-le")
    plays = [play.Play("--status", stdout=wide, stderr=b"\xff\x00odd", exit=-1, utf8=b"Default Version: 2\r\n")]
    env = play.set_up(bed, play.Machine(plays={"wsl": plays}), tmp_path)
    assert _ask(bed, env, 120, "--status")[:3] == (4294967295, wide, b"\xff\x00odd")
    assert _ask(bed, {**env, "WSL_UTF8": "1"}, 120, "--status")[1] == b"Default Version: 2\r\n"
    assert _ask(bed, env, 120, "--list")[0] == 99
    assert play.calls(tmp_path) == [("wsl", "--status"), ("wsl", "--status"), ("wsl", "--list")]


def test_stand_ins_hang_prompt_and_start_slowly(bed: Any, play: ModuleType, tmp_path: Path) -> None:
    plays = [
        play.Play("-l", stdout=b"first", mode="hang"),
        play.Play("--version", stdout=b"Press any key", mode="prompt"),
        play.Play("-d Ubuntu *", stdout=b"up", delay_ms=700),
    ]
    env = play.set_up(bed, play.Machine(plays={"wsl": plays}), tmp_path)
    for option, said in (("-l", b"first"), ("--version", b"Press any key")):
        for seconds in (1.0, 10.0, 60.0):  # on a slow machine it has said nothing yet after one
            code, out, _, _ = _ask(bed, env, seconds, option)
            assert code is None
            if out:
                break
        assert out == said
    assert not (tmp_path / "installed.txt").exists()
    code, out, _, took = _ask(bed, env, 120, "-d", "Ubuntu", "-e", "sh")
    assert (code, out, took >= 0.7) == (0, b"up", True)


def test_registry_is_the_machines(bed: Any, play: ModuleType, tmp_path: Path) -> None:
    path = "Software\\Microsoft\\Windows\\CurrentVersion\\Lxss"
    tree = {"values": {"DefaultVersion": 2}, "subkeys": {"{1}": {"values": {"DistributionName": "Ubuntu"}}}}
    play.set_up(bed, play.Machine(keys={("HKCU", path): tree}), tmp_path)
    ask = f"import winreg; k = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r'{path}'); print(winreg.QueryInfoKey(k)[:2])"
    assert bed.run(["-c", ask]).stdout.strip() == b"(1, 1)"
    play.set_up(bed, play.Machine(keys={("HKCU", path): None}), tmp_path)
    assert b"FileNotFoundError" in bed.run(["-c", ask]).stderr
