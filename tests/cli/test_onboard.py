"""`wslgpu onboard`: what it writes, and that it replaces nothing unseen."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest


def onboard(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "wslgpu", "onboard", *words]
    env = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        encoding="utf-8",
    )


def test_both_pages_of_a_team(tmp_path: Path) -> None:
    (tmp_path / "wslgpu.toml").write_text('[environment]\ntensorflow = "2.21.0"\nprofile = "cpu"\n', encoding="utf-8")
    done = onboard("-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the CPU" in (tmp_path / "out/onboarding.md").read_text(encoding="utf-8")
    assert (tmp_path / "out/onboarding.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "as it was" in onboard("-o", "out", cwd=tmp_path).stdout


def test_nothing_is_replaced_unseen(tmp_path: Path) -> None:
    page = tmp_path / "onboarding.md"
    page.write_text("our own words\n", encoding="utf-8")
    refused = onboard(cwd=tmp_path)
    assert refused.returncode == 2
    assert "-our own words" in refused.stderr
    assert "--yes" in refused.stderr
    assert page.read_text(encoding="utf-8") == "our own words\n"
    assert not (tmp_path / "onboarding.html").exists(), "a refusal writes nothing at all"
    shown = onboard("--plan", cwd=tmp_path)
    assert shown.returncode == 0
    assert "-our own words" in shown.stdout
    assert page.read_text(encoding="utf-8") == "our own words\n"
    assert onboard("--yes", cwd=tmp_path).returncode == 0
    assert "our own words" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "toml", "says"),
    [
        (("nowhere",), None, "nowhere is not a folder"),
        ((), "[environment]\ntensorflo = '2'\n", "tensorflow"),
        (("--unattended", "--user", "Root User"), None, "--user Root User"),
        (("--unattended", "--user", "root"), None, "--user root"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, words: tuple[str, ...], toml: str | None, says: str) -> None:
    if toml:
        (tmp_path / "wslgpu.toml").write_text(toml, encoding="utf-8")
    done = onboard(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "onboarding.md").exists()


def test_unattended_carries_wslgpu_and_the_teams_files(tmp_path: Path) -> None:
    (tmp_path / "wslgpu.toml").write_text('[environment]\nprofile = "cpu"\n', encoding="utf-8")
    assert onboard("--unattended", "--user", "student", "-o", "out", cwd=tmp_path).returncode == 0
    lines = (tmp_path / "out/Ubuntu-24.04.user-data").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#cloud-config"
    assert "  - name: student" in lines
    contents = dict(zip((line.split()[-1] for line in lines if "path:" in line), content_of(lines), strict=False))
    assert base64.b64decode(contents["/var/lib/wslgpu/project/wslgpu.toml"]) == (tmp_path / "wslgpu.toml").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(contents["/var/lib/wslgpu/sources.tar.gz"]))) as archive:
        assert {"provision/ubuntu.sh", "pyproject.toml", "src/wslgpu/cli/main.py"} <= set(archive.getnames())
    assert "MinVersion" in (tmp_path / "out/configuration.winget").read_text(encoding="utf-8")


def content_of(lines: list[str]) -> list[str]:
    """What follows `content:` on its own line; a block's own content reads as |."""
    return [line.split()[-1] for line in lines if line.strip().startswith("content:")]
