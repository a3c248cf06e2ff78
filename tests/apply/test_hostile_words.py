"""Folders, requirements and names with quotes, spaces, newlines, `;` and `$(...)` go unharmed through the real shells."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import tarfile

import pytest

from tests.apply.test_index import index, needs_openssl, old, setup  # noqa: F401
from tests.apply.test_setup import Silent, passes
from wslgpu.apply import carry
from wslgpu.apply.setup import apply_plan
from wslgpu.facts.team import Team, TeamFault, read_team
from wslgpu.output.next_lines import next_lines

HOSTILE = [
    "two words",
    "it's",
    'say "hi"',
    "$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned",
    "a&touch pwned|b",
    "-rf",
    "back\\slash",
    "new\nline",
    "percent%PATH%",
    "ümlaut é",
    "*",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_folder_of_that_name_gets_its_environment(tmp_path, plan_for, name, monkeypatch):
    """Made, registered, found again by the line that is printed; nothing else appears."""
    folder = tmp_path / "here" / name
    monkeypatch.chdir(tmp_path)
    apply_plan(plan_for(folder, "a"), Silent(), passes)
    subprocess.run([folder / ".venv/bin/python", "-c", "import tensorflow"], check=True, timeout=120)
    activate = next(next_lines(f"{folder}/.venv")).split("source ", 1)[-1]
    if "\n" not in name:
        ran = subprocess.run(
            ["bash", "-c", f"source {activate} && echo done"], capture_output=True, text=True, check=False
        )
        assert ran.stdout == "done\n", ran.stderr
    assert [path.name for path in (tmp_path / "here").iterdir()] == [name]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", ["it's two", "$(touch pwned)", "a;touch pwned", "-rf"])
def test_uvs_own_activation_in_a_folder_of_that_name(setup, index, old, tmp_path, name, monkeypatch):  # noqa: F811
    """uv writes the path into its script: it must survive there, too, with our lines behind."""
    from click.testing import CliRunner

    from wslgpu.cli.setup import command

    assert setup(index.url, packages="numpy").return_value == 0
    folder = tmp_path / "there" / name
    monkeypatch.chdir(tmp_path)
    argv = ["--yes", "--no-smoke", "--profile", "cpu", "--", str(folder)]
    result = CliRunner().invoke(command, argv, standalone_mode=False)
    assert result.return_value == 0, result.output
    code = '. "$1/.venv/bin/activate" && python -c "import sys; print(sys.prefix)"'
    ran = subprocess.run(["bash", "-c", code, "bash", str(folder)], capture_output=True, text=True, check=False)
    assert os.path.realpath(ran.stdout.strip()) == os.path.realpath(folder / ".venv"), ran.stderr
    assert not (tmp_path / "pwned").exists()
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize("word", [*HOSTILE, "~/my train", "~"])
def test_what_goes_through_wsl_exe_arrives_as_it_was(tmp_path, monkeypatch, word):
    """The script that a distribution's sh reads: each argument comes out as one word; ~ is that side's home."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        text = b'shift\nfor a; do printf "%s" "$a" | base64 -w0; echo; done\n'
        entry = tarfile.TarInfo("provision/ubuntu.sh")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    monkeypatch.setattr(carry, "pack_sources", packed.getvalue)
    environment = {**os.environ, "HOME": "/home/somebody"}
    script = carry.write_script([word, "--plan"])
    ran = subprocess.run(
        ["sh"], input=script, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=30
    )
    words = [base64.b64decode(line).decode() for line in ran.stdout.decode().splitlines()]
    meant = word.replace("~", "/home/somebody", 1) if word.startswith("~") else word
    assert words == [meant, "--plan"]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "line",
    [
        "pandas\n--index-url http://elsewhere.example",
        "--extra-index-url http://x",
        "-r other.txt",
        "a b c",
        "$(x)",
        "./x",
    ],
)
def test_a_package_of_wslgpu_toml_is_one_requirement_and_no_option(line):
    fault = read_team(f"[environment]\npackages = [{line!r}]".replace("'", '"'))
    assert isinstance(fault, TeamFault)
    assert "environment.packages" in fault.sentence


@pytest.mark.parametrize("wish", ["3.12; rm", "three", "$(x)", "3"])
def test_a_python_of_wslgpu_toml_is_a_version(wish):
    fault = read_team(f'[environment]\npython = "{wish}"')
    assert isinstance(fault, TeamFault)
    assert "environment.python" in fault.sentence


def test_what_a_team_may_say():
    team = read_team('[environment]\npython = ">=3.11,<3.14"\npackages = ["pandas[excel]>=2; python_version > \'3\'"]')
    assert isinstance(team, Team)
