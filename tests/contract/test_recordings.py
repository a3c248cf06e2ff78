"""The format of recordings is documented completely, and what is documented is accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from wslgpu.errors import UserError
from wslgpu.facts.gather import known_ids
from wslgpu.system.answers import Absent, Answer, Content, Ran, Unknown, Value
from wslgpu.system.recording import decode_answer, encode_answer, load_recording, read_recording

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recordings.md").read_text("utf-8")
SCHEMA = json.loads((ROOT / "docs" / "recording.schema.json").read_text("utf-8"))
RECORDINGS = sorted((ROOT / "tests" / "recordings").glob("*.json"))
DOCUMENTED = set(re.findall(r"`([a-z][\w.]*(?:[.:][A-Za-z_]\w*)+|machine|release|mounts|programs)`", PAGE))


@pytest.mark.parametrize("want_id", sorted(known_ids()[0]))
def test_every_id_is_documented(want_id: str) -> None:
    family = re.sub(r"^(windows\.service)\..*", r"\1.NAME", want_id)
    assert want_id in DOCUMENTED or family in DOCUMENTED


@pytest.mark.parametrize("beginning", known_ids()[1])
def test_every_family_is_documented(beginning: str) -> None:
    assert re.search(rf"`{re.escape(beginning)}(NAME|PATH)`", PAGE)


def test_nothing_is_documented_that_no_question_has() -> None:
    fixed, beginnings = known_ids()
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row) if "." in name or ":" in name}
    named = {name for name in named if not name.startswith(tuple(beginnings)) and name != "windows.service.NAME"}
    assert {name for name in named if not name.startswith("{")} - set(fixed) == set()


def test_the_example_of_the_page_replays() -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    jsonschema.validate(example, SCHEMA)
    assert read_recording(example, "example").side == "wsl"


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_keep_to_the_schema(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text("utf-8")), SCHEMA)
    load_recording(path)


@pytest.mark.parametrize(
    "answer",
    [
        Absent(),
        Content(b"text\n"),
        Content(b"\xff\xfe\x00", truncated=True),
        Ran(3, b"out", b"\xfferr", 1.5),
        Ran(-11),
        Value({"kind": "file"}),
        Value([1, None, "x"]),
        Value(None),
        Unknown("timed_out", "python gave no answer"),
    ],
)
def test_an_answer_survives_writing_and_reading(answer: Answer) -> None:
    assert decode_answer(json.loads(json.dumps(encode_answer(answer))), "x") == answer


@pytest.mark.parametrize(
    ("short", "answer"),
    [
        ("5.15", Content(b"5.15")),
        (None, Absent()),
        (True, Value(True)),
        (["a"], Value(["a"])),
        ({"init": 100}, Value({"init": 100})),
        ({"stdout": "x"}, Ran(0, b"x")),
        ({"text": "a", "encoding": "utf-16-le"}, Content(b"a\x00")),
    ],
)
def test_short_forms(short: Any, answer: Answer) -> None:
    assert decode_answer(short, "x") == answer


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "lacks"),
        ({"schema": "other/1"}, "lacks"),
        ({"schema": "wslgpu.recording/1", "side": "mac", "answers": {}}, "side"),
        ({"schema": "wslgpu.recording/1", "side": "wsl", "answers": []}, "answers"),
        ({"schema": "wslgpu.recording/1", "side": "wsl", "answers": {"a": {"unknown": "because"}}}, "unknown"),
        ({"schema": "wslgpu.recording/1", "side": "wsl", "answers": {"a": {"exit": "x"}}}, "exit"),
        ({"schema": "wslgpu.recording/1", "side": "wsl", "answers": {"a": {"text_base64": "?"}}}, "text"),
    ],
)
def test_what_is_wrong_is_named(document: Any, says: str) -> None:
    with pytest.raises(UserError, match=says):
        read_recording(document, "machine.json")


def test_extends_takes_what_the_other_has(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps({"schema": "wslgpu.recording/1", "side": "wsl", "answers": {"x": "1", "y": "1"}}), "utf-8"
    )
    (tmp_path / "b.json").write_text(
        json.dumps({"schema": "wslgpu.recording/1", "extends": "a.json", "answers": {"y": None}}), "utf-8"
    )
    host = load_recording(tmp_path / "b.json")
    assert (host.side, host.answers["x"], host.answers["y"]) == ("wsl", Content(b"1"), Absent())


def test_a_circle_of_extends_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"schema": "wslgpu.recording/1", "extends": "a.json", "answers": {}}', "utf-8")
    with pytest.raises(UserError, match="circle"):
        load_recording(tmp_path / "a.json")
