"""What the templates render to is what their readers can read."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from wslgpu.plan.render import render

SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh") if shutil.which(shell)]


@pytest.mark.parametrize("keras_major", [2, 3])
def test_the_first_script_is_python(keras_major):
    text = render("venv/first_training.py.j2", keras_major=keras_major)
    ast.parse(text)
    assert len(text.splitlines()) <= 15


@pytest.mark.parametrize("shell", SHELLS)
def test_activation_drops_cuda_folders_and_keeps_the_rest(shell, tmp_path):
    cuda, plain, stubs = tmp_path / "cuda lib", tmp_path / "plain", tmp_path / "x" / "stubs"
    for folder in (cuda, plain, stubs):
        folder.mkdir(parents=True)
    (cuda / "libcudart.so.12").touch()
    script = tmp_path / "activate"
    script.write_text("deactivate() { echo deactivated; }\n" + render("venv/activate.sh.j2"))
    code = f'LD_LIBRARY_PATH="{cuda}::{plain}:{stubs}"; export LD_LIBRARY_PATH; . "{script}"; echo "[$LD_LIBRARY_PATH]"; deactivate; echo "[$LD_LIBRARY_PATH]"'
    out = subprocess.run(
        [shell, "-c", code], capture_output=True, text=True, timeout=120, check=True
    ).stdout.splitlines()
    assert out[0] == f"[{plain}]"
    assert out[1] == "deactivated"
    if shell in ("bash", "zsh"):
        assert out[2] == f"[{cuda}::{plain}:{stubs}]"


@pytest.mark.parametrize("shell", SHELLS)
def test_activation_leaves_an_environment_without_the_variable_alone(shell, tmp_path):
    script = Path(tmp_path / "activate")
    script.write_text("deactivate() { :; }\n" + render("venv/activate.sh.j2"))
    code = f'set -u; unset LD_LIBRARY_PATH; . "{script}"; echo "[${{LD_LIBRARY_PATH-unset}}]"'
    out = subprocess.run([shell, "-c", code], capture_output=True, text=True, timeout=120, check=True).stdout
    assert out == "[unset]\n"
