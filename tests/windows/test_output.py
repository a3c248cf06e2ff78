"""Pipes of Windows' code pages: the report never raises there and stays readable; JSON is UTF-8 whatever the pipe is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wslgpu.system.recording import load_document

pytestmark = pytest.mark.windows
RECORDINGS = Path(__file__).parent.parent / "recordings"
CODE_PAGES = ("cp1252", "cp437", "cp936")
MACHINES = ("windows-german-broken", "windows-hang", "windows-wslconfig-no-gpu")
FOREIGN = "Übung-Обучение-训练"  # a distribution may be called so; no code page holds all three


def on_windows(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


@pytest.mark.parametrize("code_page", CODE_PAGES)
@pytest.mark.parametrize("name", MACHINES)
def test_text_is_readable(bed: Any, name: str, code_page: str) -> None:
    args = ["-m", "wslgpu", "doctor", "-v", "--replay", on_windows(RECORDINGS / f"{name}.json")]
    done = bed.run(args, env={"PYTHONIOENCODING": code_page})
    expect = load_document(RECORDINGS / f"{name}.json")["expect"]
    assert done.exit == expect["exit"], done.stderr.decode(code_page)
    text = done.stdout.decode(code_page)  # no byte that the code page does not know
    assert "\\u" not in text
    assert "\\x" not in text
    for slug in (*expect["fail"], *expect.get("unknown", [])):
        assert slug in text
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("code_page", CODE_PAGES)
def test_json_is_utf_8_and_foreign_names_cost_nothing(bed: Any, tmp_path: Path, code_page: str) -> None:
    document = load_document(RECORDINGS / "windows-docker-default.json")
    keys = document["answers"]["windows.lxss"]["value"]["subkeys"].values()
    next(key for key in keys if key["values"]["DistributionName"] == "Ubuntu-24.04")["values"]["DistributionName"] = (
        FOREIGN
    )
    path = tmp_path / "machine.json"
    path.write_text(json.dumps({**document, "extends": None}), encoding="utf-8")
    env = {"PYTHONIOENCODING": code_page}
    done = bed.run(["-m", "wslgpu", "doctor", "--format", "json", "--replay", on_windows(path)], env=env)
    report = json.loads(done.stdout.decode("utf-8"))
    names = next(f for f in report["findings"] if f["slug"] == "wsl-no-distro")["evidence"]["distribution"]
    assert names == FOREIGN
    text = bed.run(["-m", "wslgpu", "doctor", "-v", "--replay", on_windows(path)], env=env)
    assert text.exit == done.exit == 1, text.stderr.decode(code_page)
    text.stdout.decode(code_page)


def test_help_and_a_wrong_name_on_a_cp437_pipe(bed: Any) -> None:
    env = {"PYTHONIOENCODING": "cp437"}
    assert bed.run(["-m", "wslgpu", "doctor", "--help"], env=env).exit == 0
    wrong = bed.run(["-m", "wslgpu", "doctor", "--only", "wsl1-distri"], env=env)
    assert wrong.exit == 2
    assert b"wsl1-distro" in wrong.stderr
    assert b"Traceback" not in wrong.stderr
