"""The role without a machine: its YAML, its PowerShell, and that what it types is what wslgpu understands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wslgpu.cli.main import COMMANDS

FLEET = Path(__file__).parents[2] / "provision" / "fleet"
ROLE = FLEET / "roles" / "wslgpu"
TASKS = sorted((ROLE / "tasks").glob("*.yml"))
PS1 = sorted((ROLE / "files").glob("*.ps1"))
BIN = os.environ.get("WSLGPU_TEST_ANSIBLE") or None


def tool(name: str) -> str:
    found = shutil.which(name, path=BIN)
    if not found:
        pytest.skip(
            f"{name} is missing (WSLGPU_TEST_ANSIBLE names the bin of a venv with ansible-core and ansible-lint)"
        )
    return found


@pytest.mark.parametrize("script", PS1, ids=lambda path: path.name)
def test_powershell_is_grammatical(script: Path) -> None:
    import tree_sitter_powershell
    from tree_sitter import Language, Parser

    text = script.read_bytes()
    tree = Parser(Language(tree_sitter_powershell.language())).parse(text)
    assert not tree.root_node.has_error
    assert text.isascii(), "PowerShell 5.1 reads a file without a mark as the code page's"


def test_what_it_gives_to_sh_holds_no_double_quote_and_bears_spaces(tmp_path: Path) -> None:
    """PowerShell 5.1 loses double quotes inside a word: what sh gets then is played here, in a home with a space."""
    text = (ROLE / "files" / "setup.ps1").read_text("ascii")
    first = re.search(r"\$copy = ('[^']*') \+\s+('[^']*')", text)
    second = re.search(r"sh -c ('[^']*')", text)
    assert first
    assert second
    copy, offline = (first[1] + first[2]).replace("''", ""), second[1]
    assert '"' not in copy + offline
    home, team = tmp_path / "a b", tmp_path / "c d" / "team"
    (team / "requirements").mkdir(parents=True)
    (team / "wslgpu.toml").write_text("x")
    (team / "requirements" / "gpu.lock").write_text("y")
    command = home / ".local" / "bin" / "wslgpu"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    command.chmod(0o755)
    env = {**os.environ, "HOME": str(home)}

    def play(script: str, *words: str) -> str:
        argv = ["sh", "-c", script.strip("'"), *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, check=True).stdout

    play(copy, str(team), "~/our train")
    copied = home / "our train"
    assert sorted(str(one.relative_to(copied)) for one in copied.rglob("*") if one.is_file()) == [
        "requirements/gpu.lock",
        "wslgpu.toml",
    ]
    assert play(offline, "~/our train", "/mnt/c/c d") == f"setup|{home}/our train|--yes|--offline|/mnt/c/c d|"


def options_of(command: str) -> set[str]:
    import importlib

    return {name for one in importlib.import_module(f"wslgpu.cli.{command}").command.params for name in one.opts}


def test_the_options_it_types_exist() -> None:
    typed: dict[str, set[str]] = {"setup": set(), "doctor": set(), "smoke": set()}
    assert set(typed) <= set(COMMANDS)
    for path in (*PS1, ROLE / "tasks/setup.yml", ROLE / "tasks/look_linux.yml"):
        for line in path.read_text("utf-8").splitlines():
            for command in ("setup", "doctor"):
                if re.search(rf"wslgpu(_tool|\.exe\"?)?['\",]*\s+'?{command}\b", line):
                    typed[command] |= set(re.findall(r"(?<![\w-])--[a-z]+", line))
    typed["smoke"] |= set(re.findall(r"(?<![\w-])--[a-z]+", (ROLE / "tasks/together.yml").read_text("utf-8")))
    assert "--plan" in typed["setup"]
    assert {"--hosts", "--index", "--format"} <= typed["smoke"]
    for command, words in typed.items():
        assert words <= options_of(command), command


def test_every_variable_has_its_line_in_the_specification() -> None:
    told = (ROLE / "meta/argument_specs.yml").read_text("utf-8")
    page = (FLEET.parents[1] / "docs" / "fleet.md").read_text("utf-8")
    for name in re.findall(r"^(wslgpu_\w+):", (ROLE / "defaults/main.yml").read_text("utf-8"), re.MULTILINE):
        if name not in ("wslgpu_port", "wslgpu_is_windows"):
            assert f"      {name}:" in told
            assert f"`{name}" in page


def test_no_task_decides_what_wslgpu_decides() -> None:
    for path in (*TASKS, *ROLE.glob("files/*")):
        text = path.read_text("utf-8")
        for word in (
            "pip install",
            "uv pip",
            "tensorflow",
            "venv ",
            "cuda",
            "nvidia",
            ".wslconfig",
            "VirtualMachinePlatform",
        ):
            assert word not in text.lower(), f"{path.name} does what setup does: {word}"


def test_the_linter_has_nothing_to_say() -> None:
    """It has every playbook's syntax checked by ansible-playbook, too."""
    lint = tool("ansible-lint")
    env = {**os.environ, "PATH": f"{Path(lint).parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        [lint, "--offline"], env=env, capture_output=True, text=True, timeout=300, check=False, cwd=FLEET
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def play(playbook: str, hosts: str, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """ansible-playbook over an inventory of `hosts`, with this checkout's wslgpu as the controller's."""
    import sys

    command = tmp_path / "wslgpu"
    source = FLEET.parents[1] / "src"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m wslgpu "$@"\n')
    command.chmod(0o755)
    inventory = tmp_path / "inventory"
    inventory.write_text(
        f"[wslgpu]\n{hosts}[all:vars]\n"
        f"wslgpu_reports={tmp_path}/reports\nwslgpu_command={command}\nwslgpu_folder={tmp_path}/home/train\n"
    )
    env = {
        **os.environ,
        "ANSIBLE_CONFIG": str(FLEET / "ansible.cfg"),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_LOCAL_TEMP": f"{tmp_path}/t",
    }
    argv = [tool("ansible-playbook"), "-i", str(inventory), str(FLEET / playbook), *words]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, check=False, cwd=FLEET)


def test_check_mode_on_this_machine_changes_nothing(tmp_path: Path) -> None:
    """A machine without wslgpu, in check mode: the role goes through, and leaves nothing but the controller's report.

    Another one, which failed in an earlier batch, is in that report with the reason.
    """
    import sys

    home = tmp_path / "home"
    home.mkdir()
    hosts = f"here ansible_connection=local ansible_python_interpreter={sys.executable}\n"
    hosts += "gone wslgpu_failure='Set it up: no room'\n"
    ran = play("site.yml", hosts, tmp_path, "--check", "--diff", "--limit", "here,localhost")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not list(home.iterdir())
    said = (tmp_path / "reports" / "team.txt").read_text("utf-8")
    assert said.startswith("2 machines: 2 without a report")
    assert re.search(r"^ +\? gone +without a report: Set it up: no room$", said, re.MULTILINE), said


@pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh client here")
def test_the_report_says_why_a_machine_cannot_be_reached(tmp_path: Path) -> None:
    """Port 1 of this machine, where nobody listens. It stays unreachable for Ansible, too."""
    import sys

    hosts = f"here ansible_connection=local ansible_python_interpreter={sys.executable}\n"
    ran = play("report.yml", hosts + "nowhere ansible_host=127.0.0.1 ansible_port=1\n", tmp_path)
    assert ran.returncode == 4, ran.stdout + ran.stderr
    assert re.search(r"^nowhere +: .*unreachable=1 +failed=0", ran.stdout, re.MULTILINE), ran.stdout
    said = (tmp_path / "reports" / "team.txt").read_text("utf-8")
    assert re.search(r"nowhere +without a report: .*Failed to connect .*port 1: ", said), said
