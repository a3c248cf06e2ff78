"""What `--help` and doctor must not load: it is counted in modules, not in seconds, which differ from machine to machine."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

RECORDING = Path(__file__).parents[1] / "recordings" / "healthy-wsl.json"
HEAVY = ("tensorflow", "keras", "numpy", "jinja2", "rich", "psutil", "tomlkit")
SCRIPT = """
import sys
from wslgpu.cli.main import program
try:
    program.main({arguments!r}, standalone_mode=False)
except SystemExit:
    pass
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
print(len([name for name in sys.modules if name.startswith("wslgpu")]), file=sys.stderr)
"""


def run(*arguments: str) -> tuple[list[str], int]:
    script = SCRIPT.format(arguments=list(arguments), heavy=HEAVY)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    heavy, number = ended.stderr.strip().splitlines()[-2:]
    return ast.literal_eval(heavy), int(number)


def test_help_loads_no_command() -> None:
    heavy, number = run("--help")
    assert heavy == []
    assert number <= 8


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "junit"])
def test_doctor_loads_nothing_heavy(form: str) -> None:
    heavy, _ = run("doctor", "--replay", str(RECORDING), "--format", form)
    assert heavy == []


def test_doctor_asks_before_it_loads_what_judges_shows_and_records() -> None:
    """That is loaded while the machine answers, or not at all."""
    script = "import sys, wslgpu.cli.doctor, wslgpu.cli.doctor_windows; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}; {script}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    late = ("wslgpu.system.recording", "wslgpu.checks", "wslgpu.knowledge", "wslgpu.output", "base64")
    assert [name for name in late if name in ended.stdout.split()] == []
