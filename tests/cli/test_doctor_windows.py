"""`wslgpu doctor` on Windows, by replay: which distribution, which folder, and what an unreachable one costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wslgpu.cli.doctor import command
from wslgpu.cli.doctor_windows import folder_inside
from wslgpu.errors import UserError

RECORDINGS = Path(__file__).parent.parent / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("windows-*.json"))


def doctor(name: str, *args: str) -> Any:
    argv = ["--replay", str(RECORDINGS / f"{name}.json"), *args]
    return CliRunner().invoke(command, argv, standalone_mode=False)


def report(name: str, *args: str) -> Any:
    return json.loads(doctor(name, "--format", "json", *args).stdout)


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    refused = doctor("windows-docker-default", "-d", "Debian").exception
    assert isinstance(refused, UserError)
    assert "Debian" in str(refused)
    assert "docker-desktop, Ubuntu-24.04" in str(refused)


def test_a_name_in_another_case_is_found() -> None:
    assert doctor("windows-healthy", "-d", "UBUNTU-24.04").return_value == 0


def test_inside_a_distribution_no_name_is_wanted() -> None:
    assert isinstance(doctor("healthy-wsl", "-d", "Ubuntu").exception, UserError)


@pytest.mark.parametrize(
    ("typed", "inside"),
    [(".", "~"), ("~", "~"), ("~/train", "~/train"), ("\\home\\me", "/home/me"), ("/home/me", "/home/me")],
)
def test_folders_are_those_of_the_distribution(typed: str, inside: str) -> None:
    assert folder_inside(typed) == inside


@pytest.mark.parametrize(
    ("typed", "inside"),
    [("C:\\Users\\me\\train", "~/train"), ("c:/users/ME/a b\\", "~/a b"), ("C:\\Users\\me", "~")],
)
def test_a_tilde_that_powershell_wrote_out_is_the_distributions_again(
    typed: str, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPROFILE", "C:\\Users\\me")
    assert folder_inside(typed) == inside
    with pytest.raises(UserError):
        folder_inside("C:\\Users\\meg\\train")


@pytest.mark.parametrize("typed", ["C:\\train", "train", "..\\train"])
def test_a_folder_of_windows_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="~/train"):
        folder_inside(typed)


@pytest.mark.parametrize("name", ["windows-hang", "windows-distribution-hangs"])
def test_what_cannot_be_reached_is_unknown_and_never_green(name: str) -> None:
    found = report(name)
    assert found["exit_code"] == 4
    by_slug = {finding["slug"]: finding for finding in found["findings"]}
    asked = by_slug["wsl-not-answering"]
    assert asked["status"] == "unknown"
    assert asked["remedy"]
    assert "30 s" in asked["title"] or "10 s" in asked["title"]
    for slug in ("dxg-missing", "cuda-init-failed", "python-unsupported"):
        assert by_slug[slug]["status"] == "unknown"
        assert by_slug[slug]["cause"] == "wsl-not-answering"


@pytest.mark.parametrize("name", NAMES)
def test_each_slug_is_told_once(name: str) -> None:
    slugs = [finding["slug"] for finding in report(name)["findings"]]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "cp936"])
def test_every_machines_report_fits_into_a_code_page(name: str, encoding: str) -> None:
    from wslgpu.output.glyphs import glyphs_for

    text = doctor(name, "-v").stdout
    glyphs = glyphs_for("utf-8")
    for mark in (glyphs.ok, glyphs.fail, glyphs.arrow, glyphs.follows):
        text = text.replace(mark, "")
    text.encode(encoding)
