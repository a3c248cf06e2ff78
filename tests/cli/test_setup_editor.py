"""`setup --vscode` and `--jupyter` on an environment that stands: shown, agreed to, written, taken back, uninstalled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wslgpu.apply.editor import has_kernel_package, known
from wslgpu.cli.setup_editor import run_editor
from wslgpu.cli.uninstall import command as uninstall
from wslgpu.errors import UserError
from wslgpu.plan.desired import Desired, with_team
from wslgpu.plan.editor import Tool, kernel_packages

MINE = '{\n  // mine\n  "editor.fontSize": 14, // big\n}\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "our model"
    folder.mkdir()
    return folder


def settings(project: Path) -> Path:
    return project / ".vscode/settings.json"


def kernels(project: Path) -> list[Path]:
    return list((project.parent / "data/jupyter/kernels").glob("*/kernel.json"))


def tell(project: Path, *, yes: bool = True, only_plan: bool = False, **tools: bool) -> int:
    asked: dict[Tool, bool | None] = {"vscode": tools.get("vscode"), "jupyter": tools.get("jupyter")}
    return run_editor(str(project), asked, only_plan=only_plan, yes=yes)


def test_settings_are_made_and_taken_back_without_a_trace(project: Path) -> None:
    assert tell(project, vscode=True) == 0
    written = json.loads(settings(project).read_text(encoding="utf-8"))
    assert written["python.defaultInterpreterPath"] == "${workspaceFolder}/.venv/bin/python"
    assert tell(project, vscode=False) == 0
    assert [path.name for path in project.rglob("*")] == [".wslgpu"]


def test_own_settings_and_comments_stay(project: Path) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text(MINE, encoding="utf-8")
    tell(project, vscode=True)
    text = settings(project).read_text(encoding="utf-8")
    assert text.startswith(MINE[:-2])
    assert "defaultInterpreterPath" in text
    tell(project, vscode=False)
    assert settings(project).read_text(encoding="utf-8") == MINE


def test_a_value_that_was_there_comes_back(project: Path) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text('{"python.defaultInterpreterPath": "/opt/python"}\n', encoding="utf-8")
    tell(project, vscode=True)
    text = settings(project).read_text(encoding="utf-8")
    settings(project).write_text(text.replace("{", '{\n"a.b": 1,\n', 1), encoding="utf-8")  # edited since
    tell(project, vscode=False)
    assert json.loads(settings(project).read_text(encoding="utf-8")) == {
        "a.b": 1,
        "python.defaultInterpreterPath": "/opt/python",
    }


def test_a_setting_that_the_user_changed_since_is_his(project: Path) -> None:
    tell(project, vscode=True)
    text = settings(project).read_text(encoding="utf-8").replace("${workspaceFolder}/.venv", "/mine")
    settings(project).write_text(text, encoding="utf-8")
    tell(project, vscode=False)
    assert json.loads(settings(project).read_text(encoding="utf-8")) == {
        "python.defaultInterpreterPath": "/mine/bin/python"
    }


def test_nothing_is_written_unseen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(project, vscode=True, jupyter=True, only_plan=True) == 0
    shown = capsys.readouterr().out
    assert '+    "python.defaultInterpreterPath"' in shown
    assert "ipykernel_launcher" in shown
    with pytest.raises(UserError, match="--yes"):
        tell(project, vscode=True, yes=False)
    assert not settings(project).exists()
    assert known(str(project)) == {}


def test_settings_that_cannot_be_read_are_left_alone(project: Path) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text("{ broken", encoding="utf-8")
    with pytest.raises(UserError, match=r"settings\.json cannot be read"):
        tell(project, vscode=True)
    assert settings(project).read_text(encoding="utf-8") == "{ broken"


def test_a_second_run_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(project, vscode=True, jupyter=True)
    capsys.readouterr()
    assert tell(project, vscode=True, jupyter=True, yes=False) == 0
    assert capsys.readouterr().out.count("as it should be") == 2


def test_a_kernel_names_the_environments_python(project: Path) -> None:
    tell(project, jupyter=True)
    kernel = json.loads(kernels(project)[0].read_text(encoding="utf-8"))
    assert kernel["argv"][0] == f"{project}/.venv/bin/python"
    assert kernel["display_name"] == "our model (wslgpu)"
    assert kernels(project)[0].parent.name.startswith("wslgpu-our-model-")
    assert has_kernel_package(str(project))
    tell(project, jupyter=False)
    assert kernels(project) == []
    assert has_kernel_package(str(project)), "a plain setup must not make the environment anew"


def test_uninstall_lists_and_takes_back_both(project: Path) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text(MINE, encoding="utf-8")
    tell(project, vscode=True, jupyter=True)
    listed: Result = CliRunner().invoke(uninstall, [str(project), "--plan"])
    assert str(settings(project)) in listed.output
    assert "your own settings stay" in listed.output
    assert str(kernels(project)[0]) in listed.output
    assert settings(project).read_text(encoding="utf-8") != MINE
    CliRunner().invoke(uninstall, [str(project), "--yes"])
    assert settings(project).read_text(encoding="utf-8") == MINE
    assert kernels(project) == []
    assert not (project / ".wslgpu").exists()


@pytest.mark.parametrize(
    ("packages", "with_kernel"),
    [
        ((), ("ipykernel",)),
        (("pandas",), ("pandas", "ipykernel")),
        (("jupyterlab>=4",), ("jupyterlab>=4",)),
        (("ipykernel==6.29",), ("ipykernel==6.29",)),
        (("jupyter-client",), ("jupyter-client", "ipykernel")),
    ],
)
def test_ipykernel_comes_where_nothing_brings_it(packages: tuple[str, ...], with_kernel: tuple[str, ...]) -> None:
    from wslgpu.facts.team import Team

    assert kernel_packages(packages) == with_kernel
    assert with_team(Desired("/p", notebook=True), Team(packages=packages)).packages == with_kernel
    assert with_team(Desired("/p"), Team(packages=packages)).packages == packages
