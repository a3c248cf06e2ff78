"""The smoke's JSON keeps to its published schema, however far the smoke came; every format is made of that value."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from tests.training.smoke_results import RESULTS
from wslgpu.cli import smoke as cli
from wslgpu.training.smoke_document import as_document

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "smoke.schema.json").read_text("utf-8"))
NAMES = sorted(RESULTS)


def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, *words: str) -> tuple[int, str]:
    """`wslgpu smoke`, with the result of a smoke instead of one that is run."""
    monkeypatch.setattr("wslgpu.training.smoke.run_smoke", lambda *_, **__: RESULTS[name]())
    (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    result = CliRunner().invoke(cli.command, [str(tmp_path), *words], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_json_keeps_to_the_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    code, text = shown(monkeypatch, tmp_path, name, "--format", "json")
    document = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    jsonschema.validate(document, SCHEMA)
    assert document["exit_code"] == code


def test_the_schema_can_refuse() -> None:
    document = as_document(RESULTS["compared"](), "0", 0)
    jsonschema.validate(document, SCHEMA)
    for harm in (
        lambda d: d["steps"][0].update(name="something"),
        lambda d: d["evidence"].update(secconds=1),
        lambda d: d["evidence"]["comparison"]["ways"][0].pop("ratio"),
        lambda d: d["evidence"]["timeline"]["fork"]["batches"][0].pop("arrived_s"),
    ):
        broken = json.loads(json.dumps(document))
        harm(broken)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_the_same_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    codes = {
        form: shown(monkeypatch, tmp_path, name, "--format", form)[0] for form in ("text", "json", "markdown", "html")
    }
    assert len(set(codes.values())) == 1, codes


class Reader(HTMLParser):
    """Sees that what is opened is closed, and keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read_page(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", NAMES)
def test_html_is_whole_and_asks_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    page = shown(monkeypatch, tmp_path, name, "--format", "html")[1]
    reader = read_page(page)
    assert not [tag for tag, _ in reader.tags if tag in ("script", "link", "img", "iframe")]
    assert not re.search(r"url\(|@import|src=", page)
    identifiers = [attrs["id"] for _, attrs in reader.tags if attrs.get("id")]
    assert len(identifiers) == len(set(identifiers))


def test_every_picture_has_words_and_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = shown(monkeypatch, tmp_path, "compared", "--format", "html")[1]
    reader = read_page(page)
    figures = [attrs["id"] for tag, attrs in reader.tags if tag == "figure"]
    assert figures == ["losses", "timeline", "ways", "starts", "memory"]
    for name in figures:
        figure = page.partition(f'<figure id="{name}"')[2].partition("</figure>")[0]
        assert f'aria-labelledby="{name}-title {name}-words"' in figure
        words = re.search(f'<desc id="{name}-words">([^<]+)</desc>', figure)
        assert words, name
        assert len(words[1]) > 40, name
        assert figure.count("<tr>") > 1


def test_what_code_wrote_is_escaped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = shown(monkeypatch, tmp_path, "stopped", "--format", "html")[1]
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "utf-8"])
def test_text_can_be_written_everywhere(name: str, encoding: str) -> None:
    from wslgpu.output.glyphs import glyphs_for
    from wslgpu.training.smoke_text import render_smoke

    text = render_smoke(RESULTS[name](), glyphs_for(encoding))
    assert text.encode(encoding).decode(encoding) == text
    assert max(map(len, text.splitlines())) <= 250  # the verdict is one line; the rest is wrapped


def test_o_writes_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, text = shown(monkeypatch, tmp_path, "compared", "--format", "html", "-o", str(tmp_path / "smoke.html"))
    assert (code, text) == (0, "")
    assert (tmp_path / "smoke.html").read_text("utf-8").startswith("<!doctype html>")


def test_help_names_the_formats() -> None:
    said = CliRunner().invoke(cli.command, ["--help"]).output
    assert "--compare" in said
    assert "html" in said
