"""`wslgpu team report`: what it reads, what it says, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wslgpu.cli.team import command
from wslgpu.cli.team_report import name_machines

RECORDINGS = Path(__file__).parents[1] / "recordings"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder with a healthy machine, two with the same fault, and one whose fault has another cause."""
    folder = tmp_path / "machines"
    folder.mkdir()
    for name, source in {
        "ada": "healthy-wsl",
        "bea": "clock-1970",
        "carl": "clock-behind",
        "dora": "disk-full",
    }.items():
        document = json.loads((RECORDINGS / f"{source}.json").read_text("utf-8"))
        if base := document.get("extends"):
            shutil.copy(RECORDINGS / base, tmp_path / base)
            document["extends"] = f"../{base}"
        document["recorded_at"] = "2026-05-01T08:00:00+00:00"
        (folder / f"{name}.json").write_text(json.dumps(document), "utf-8")
    return folder


def run(*words: object) -> Result:
    # standalone_mode=False hands back the code of the contract as the command's own value
    return CliRunner().invoke(command, ["report", *map(str, words)], standalone_mode=False)


def report_of(recording: str, **changes: Any) -> dict[str, Any]:
    from wslgpu.cli.doctor import command as doctor

    said = CliRunner().invoke(
        doctor, ["--replay", str(RECORDINGS / f"{recording}.json"), "--format", "json"], standalone_mode=False
    )
    return {**json.loads(said.stdout), **changes}


def test_recordings_are_judged_and_summed_up(room: Path) -> None:
    said = run(room)
    assert said.return_value == 1
    assert "4 machines: 3 failed, 1 healthy" in said.stdout
    assert "2 machines: such as: the clock is wrong" in said.stdout
    assert "bea, carl" in said.stdout
    assert re.search(r"2  clock-skew", said.stdout)
    assert "recording of 2026-05-01" in said.stdout
    assert "ada" not in said.stdout, "a healthy machine needs nobody"
    assert "ada" in run(room, "-v").stdout


def test_who_drifted_from_the_lock_is_named(tmp_path: Path) -> None:
    """As a recording, which is judged anew, and as a report that the machine itself wrote."""
    recordings, reports = tmp_path / "recordings", tmp_path / "reports"
    recordings.mkdir()
    reports.mkdir()
    for name, source in {"gert": "lock-drift", "hugo": "healthy-wsl"}.items():
        document = json.loads((RECORDINGS / f"{source}.json").read_text("utf-8"))
        if base := document.get("extends"):
            document["extends"] = str(RECORDINGS / base)
        (recordings / f"{name}.json").write_text(json.dumps(document), "utf-8")
        (reports / f"{name}.json").write_text(json.dumps(report_of(source)), "utf-8")
    for folder in (recordings, reports):
        said = run(folder).stdout
        assert re.search(r"1  lock-drift", said), said
        assert "Drifted from the lock: gert\n" in said
        assert "hugo" not in said


def test_healthy_machines_end_with_0(room: Path) -> None:
    assert run(room / "ada.json").return_value == 0


def test_a_report_is_taken_as_it_was_judged_then(tmp_path: Path) -> None:
    then = report_of("clock-1970", tool={"name": "wslgpu", "version": "0.0.9"})
    then["findings"] = [
        {**one, "title": "as it was said then"} if one["slug"] == "clock-skew" else one for one in then["findings"]
    ]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(then), "utf-8")
    said = run(path)
    assert said.return_value == 1
    assert "as it was said then" in said.stdout
    assert "judged then by wslgpu 0.0.9" in said.stdout


def test_a_report_and_a_recording_of_one_machine_say_the_same(tmp_path: Path) -> None:
    for source in sorted(RECORDINGS.glob("c*.json")):
        path = tmp_path / f"{source.stem}.json"
        path.write_text(json.dumps(report_of(source.stem)), "utf-8")
        lines = [
            re.sub(r"  \((recording|report).*", "", line)
            for given in (source, path)
            for line in run(given, "-v").stdout.splitlines()[-1:]
        ]
        assert lines[0] == lines[1]


def test_a_bad_file_is_named_and_the_rest_goes_on(room: Path) -> None:
    (room / "bad.json").write_text('{"schema": "other"}', "utf-8")
    (room / "worse.json").write_text("no JSON", "utf-8")
    (room / "half.json").write_text(json.dumps({"schema": "wslgpu.report/1", "findings": [{}]}), "utf-8")
    said = run(room)
    assert said.return_value == 1
    assert "7 machines: 3 failed, 3 without a report, 1 healthy" in said.stdout
    for name in ("bad", "worse", "half"):
        assert re.search(rf"^wslgpu: {name}: ", said.stderr, re.MULTILINE)
    assert "neither a recording nor a report" in said.stderr
    assert run(room / "ada.json", room / "bad.json").return_value == 4


def test_machines_that_should_be_there_are_missed(room: Path, tmp_path: Path) -> None:
    (tmp_path / "names").write_text("ada\nemil\tUNREACHABLE: no route to host\nfritz\n", "utf-8")
    said = run(room / "ada.json", "--expect", tmp_path / "names")
    assert said.return_value == 4
    assert "emil" in said.stdout
    assert "no route to host" in said.stdout
    assert "no report came from it" in said.stdout


def test_nobody_at_all_is_reported_where_names_are_expected(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("ada\nemil\n", "utf-8")
    said = run(tmp_path / "none-*.json", "--expect", tmp_path / "names")
    assert said.return_value == 4
    assert "2 machines: 2 without a report" in said.stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [((), "name recordings"), (("nowhere/*.json",), "nowhere/*.json"), (("nowhere.json",), "none of the files")],
)
def test_nothing_to_read_is_bad_usage(words: tuple[str, ...], named: str) -> None:
    said = run(*words)
    assert named in str(said.exception)
    assert type(said.exception).__name__ == "UserError"


def test_two_files_of_one_name_are_two_machines() -> None:
    named = name_machines([Path("a/doctor.json"), Path("b/doctor.json"), Path("b/c.json")])
    assert [name for _, name in named] == ["a/doctor", "b/doctor", "c"]


def test_several_processes_say_the_same_as_one(tmp_path: Path) -> None:
    for number in range(90):
        source = RECORDINGS / ("healthy-wsl.json" if number % 3 else "wsl1.json")
        shutil.copy(source, tmp_path / f"m{number}.json")
    alone, together = run(tmp_path, "-v", "--jobs", 1), run(tmp_path, "-v", "--jobs", 2)
    assert "90 machines" in alone.stdout
    assert alone.stdout == together.stdout


def test_markdown_has_one_row_a_machine(room: Path) -> None:
    said = run(room, "--format", "markdown").stdout
    assert len(re.findall(r"^\| (ada|bea|carl|dora) \|", said, re.MULTILINE)) == 4
    assert "| ada | healthy |" in said


class Page(HTMLParser):
    """Rows of the machines' table, every address, and what can be reached with the keyboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "tr" and "data-state" in values:
            self.rows.append(str(values["data-state"]))
        self.addresses += [str(values[key]) for key in ("src", "href", "action", "srcset") if key in values]


def test_html_is_one_page_that_asks_nobody(room: Path, tmp_path: Path) -> None:
    out = tmp_path / "team.html"
    assert run(room, "--format", "html", "-o", out).return_value == 1
    text = out.read_text("utf-8")
    page = Page(text)
    assert sorted(page.rows) == ["failed", "failed", "failed", "healthy"]
    assert page.addresses == []
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", text)
    assert page.tags.count("button") == 7, "each column is sorted by a button, which the keyboard reaches"
    assert "input" in page.tags


def test_html_escapes_and_redacts(tmp_path: Path) -> None:
    report = report_of("clock-1970")
    report["findings"][0] |= {"title": "<script>alert(1)</script> in /home/frieda/secret/thing.py"}
    (tmp_path / "<b>.json").write_text(json.dumps(report), "utf-8")
    said = run(tmp_path, "--format", "html").stdout
    assert "<script>alert" not in said
    assert "<b>" not in said
    assert "frieda" not in said
