"""The probe of interpreters against what each interpreter's own library says: it imports none of that, to be quick."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wslgpu.facts.pythons import PROBE_TEXT

ORACLE = """
import importlib.util, json, os, platform, struct, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "implementation": platform.python_implementation(),
    "bits": struct.calcsize("P") * 8,
    "venv": importlib.util.find_spec("venv") is not None,
    "ensurepip": importlib.util.find_spec("ensurepip") is not None,
    "base_prefix": sys.base_prefix,
    "is_venv": sys.prefix != sys.base_prefix,
    "managed": os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")),
}))
"""


def interpreters() -> list[str]:
    """This one, and whatever else is on PATH or kept by pyenv, each program once."""
    names = [shutil.which(f"python3.{minor}") for minor in range(6, 16)]
    kept = sorted(map(str, Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python3")))
    every = {os.path.realpath(path): path for path in (sys.executable, "/usr/bin/python3", *names, *kept) if path}
    return sorted(path for real, path in every.items() if Path(real).exists() and not is_shim(Path(real)))


def is_shim(program: Path) -> bool:
    """pyenv's stand-ins are scripts, and run only where a version is chosen."""
    with program.open("rb") as file:
        return file.read(2) == b"#!"


def ask(python: str, script: str, **env: str) -> Any:
    done = subprocess.run(
        [python, "-I", "-c", script], capture_output=True, timeout=60, check=False, env={**os.environ, **env}
    )
    if done.returncode:
        pytest.skip(f"{python} does not run here: {done.stderr.decode('utf-8', 'replace')[-200:]}")
    return json.loads(done.stdout)


@pytest.mark.parametrize("python", interpreters())
def test_it_says_what_the_interpreters_own_library_says(python: str) -> None:
    wanted, said = ask(python, ORACLE), ask(python, PROBE_TEXT)
    assert {key: said[key] for key in wanted} == wanted


def test_a_venv_stands_for_its_base(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True, timeout=60)
    said = ask(str(tmp_path / "venv" / "bin" / "python"), PROBE_TEXT)
    assert said["is_venv"] is True
    assert said["stray"] == []
    assert Path(said["executable"]).parent != tmp_path / "venv" / "bin"


@pytest.mark.skipif(sys.prefix != sys.base_prefix and not Path("/usr/bin/python3").exists(), reason="only a venv here")
@pytest.mark.parametrize("name", ["plain", 'a "quoted" one', "back\\slash", "Grüße 😀", "tab\tand\nline"])
def test_stray_packages_are_told_whatever_the_home_is_called(tmp_path: Path, name: str) -> None:
    python = sys.executable if sys.prefix == sys.base_prefix else "/usr/bin/python3"
    version = ask(python, ORACLE)["version"]
    stray = tmp_path / name / f".local/lib/python{version[0]}.{version[1]}/site-packages/tensorflow-2.21.0.dist-info"
    stray.mkdir(parents=True)
    assert str(stray) in ask(python, PROBE_TEXT, HOME=str(tmp_path / name), LC_ALL="C.UTF-8")["stray"]
