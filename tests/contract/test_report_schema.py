"""The JSON report keeps to its published schema, whatever the machine; and all formats end with the same code."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner, Result

from wslgpu.cli.doctor import command

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text("utf-8"))
MACHINES = sorted((ROOT / "tests" / "recordings").glob("*.json"))


def replay(path: Path, form: str, *more: str) -> Result:
    result = CliRunner().invoke(command, ["--replay", str(path), "--format", form, *more], standalone_mode=False)
    assert result.exception is None, result.exception
    return result


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
def test_json_keeps_to_the_schema(path: Path) -> None:
    result = replay(path, "json")
    report = json.loads(result.stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["exit_code"] == result.return_value
    slugs = [finding["slug"] for finding in report["findings"]]
    assert len(set(slugs)) == len(slugs)
    causes = {finding["cause"] for finding in report["findings"]} - {None}
    assert causes <= set(slugs)
    for status in ("ok", "info", "warn", "fail", "unknown", "skip"):
        assert report["summary"][status] == sum(finding["status"] == status for finding in report["findings"])


@pytest.mark.parametrize("name", ["healthy-wsl", "wsl1", "sparse-nothing", "linux-driver-in-wsl", "cpu-container"])
def test_every_format_has_the_same_code(name: str) -> None:
    path = ROOT / "tests" / "recordings" / f"{name}.json"
    codes = {form: replay(path, form).return_value for form in ("text", "json", "markdown", "html", "junit")}
    assert len(set(codes.values())) == 1, codes


def test_junit_is_xml_and_counts() -> None:
    suite = ElementTree.fromstring(replay(ROOT / "tests" / "recordings" / "wsl1.json", "junit").stdout)
    assert int(suite.get("failures", "0")) == len(suite.findall("testcase/failure")) > 0


def test_html_closes_what_it_opens_and_escapes() -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    for name in ("wsl1", "gtx-1080-cudnn-9.28", "healthy-wsl", "sparse-nothing"):
        page = replay(ROOT / "tests" / "recordings" / f"{name}.json", "html").stdout
        reader = Reader()
        reader.feed(page)
        assert reader.open == []
        assert "cu12<9" not in page


def test_strict_makes_a_warning_fail() -> None:
    path = ROOT / "tests" / "recordings" / "data-on-drive-d.json"
    assert (replay(path, "json").return_value, replay(path, "json", "--strict").return_value) == (0, 1)


def test_only_and_skip_leave_what_they_say() -> None:
    path = ROOT / "tests" / "recordings" / "wsl1.json"
    only = json.loads(replay(path, "json", "--only", "dxg-missing").stdout)
    assert [finding["slug"] for finding in only["findings"]] == ["dxg-missing"]
    skipped = json.loads(replay(path, "json", "--skip", "wsl1-distro").stdout)
    assert "wsl1-distro" not in [finding["slug"] for finding in skipped["findings"]]
