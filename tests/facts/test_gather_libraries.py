"""The venv is asked for its libraries where it is meant for the GPU, and nobody is where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from wslgpu.facts.gather import follow_ups, gather
from wslgpu.facts.libraries import WANT_ID, VenvLibraries
from wslgpu.system.answers import Absent, Answer, Answers, Unknown, Value
from wslgpu.system.host import Side
from wslgpu.system.recording import load_recording

RECORDINGS = Path(__file__).parents[1] / "recordings"
PYTHON: dict[str, Answer] = {"project.venv_python": Value({"kind": "file", "target": "/usr/bin/python3.12"})}


@pytest.mark.parametrize(
    ("side", "answers", "asked"),
    [
        ("wsl", PYTHON, True),
        ("wsl", {"project.venv_python": Absent()}, False),
        ("wsl", {"project.venv_python": Value({"kind": "broken", "target": "/gone"})}, False),
        ("wsl", {}, False),
        ("wsl", {**PYTHON, "project.state": Value('{"profile": "cpu"}')}, False),
        ("linux", PYTHON, False),
        ("linux", {**PYTHON, "gpu.nvidia0": Value({"kind": "device"})}, True),
        ("linux", {**PYTHON, "project.state": Value('{"profile": "gpu"}')}, True),
    ],
)
def test_who_is_asked(side: Side, answers: dict[str, Answer], asked: bool) -> None:
    wants = [want for want in follow_ups(Answers(answers), "/home/user/train", side) if want.id == WANT_ID]
    assert len(wants) == asked
    if asked:
        assert wants[0].python == "/home/user/train/.venv/bin/python"  # type: ignore[union-attr]


def test_a_recording_by_hand_needs_a_soname_and_what_is_wrong() -> None:
    facts = gather(load_recording(RECORDINGS / "libraries-by-hand.json"), "/home/user/train")
    assert isinstance(facts.libraries, VenvLibraries)
    assert [(library.name, library.essential) for library in facts.libraries.hinders] == [("cudnn", True)]
    assert not facts.libraries.looked_for_tools


def test_one_without_them_leaves_them_unknown() -> None:
    facts = gather(load_recording(RECORDINGS / "healthy-wsl.json"), "/home/user/train")
    assert isinstance(facts.libraries, Unknown)
