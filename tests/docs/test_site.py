"""What the site makes from the code: nothing is left out, and nothing on it is fetched from elsewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest

from wslgpu.checks.catalog import slugs
from wslgpu.cli.main import program
from wslgpu.knowledge.releases import releases

TOP = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform == "win32", reason="pictures are taken from a pty")


def test_the_reference_holds_every_command_and_option() -> None:
    from docs.generate.reference import render_reference, walk

    page = render_reference()
    commands = list(walk(click.Context(program, info_name="wslgpu"), program))
    assert len(commands) > 8
    for path, command, _ in commands:
        assert f"## {path}\n" in page
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in page


def test_the_reference_shows_an_example_of_every_command() -> None:
    from docs.generate.reference import render_reference

    parts = re.split(r"^## ", render_reference(), flags=re.M)[1:]
    without = [part.split("\n")[0] for part in parts if "```console" not in part]
    assert without == []


def test_the_matrix_holds_every_release_once() -> None:
    from docs.generate.matrix import render_matrix

    page = render_matrix()
    for release in releases():
        assert page.count(f"| **{release.version}**") == 1


def test_the_catalogue_holds_every_finding_with_a_symptom() -> None:
    from docs.generate.findings_pages import render_catalogue

    rows = dict(re.findall(r"^\| \[([^\]]+)\]\([^)]+\)<br>.*? \| (.*?) \| ", render_catalogue(), flags=re.M))
    assert set(rows) == set(slugs())
    assert [slug for slug, seen in rows.items() if len(seen) < 10] == []


@pytest.mark.parametrize("slug", slugs())
def test_a_findings_page_has_its_title_and_no_front_matter(slug: str) -> None:
    from docs.generate.findings_pages import render_finding

    page = render_finding(slug, (TOP / f"docs/findings/{slug}.md").read_text(encoding="utf-8"))
    assert page.startswith(f"# {slug}\n")
    assert "+++" not in page
    assert page.count("```") % 2 == 0


def test_every_evidence_file_is_on_its_page() -> None:
    from docs.generate.evidence_pages import render_evidence

    page = render_evidence()
    for path in (TOP / "docs/evidence").glob("*.json"):
        assert f"\n## {path.stem}\n" in page


@linux
def test_pictures_are_whole_and_fetch_nothing() -> None:
    from docs.generate.pictures import RUNS, make_pictures

    pictures = make_pictures()
    assert {f"{name}-{shade}.svg" for name in RUNS for shade in ("light", "dark")} <= set(pictures)
    for name, picture in pictures.items():
        assert "@font-face" not in picture, name
        wide = float(re.findall(r'viewBox="0 0 ([\d.]+) ', picture)[0])
        lines = re.findall(r'<text[^>]* x="([\d.]+)"[^>]* textLength="([\d.]+)"[^>]*>(?:[^<]*[^<\s])<', picture)
        ends = [float(x) + float(length) for x, length in lines if float(x) < wide - 24]
        assert 12 + max(ends) < wide, f"{name}: a line leaves its frame"
        assert not re.findall(r"(?:url\(|href=\")(?!#)", picture), name
    assert "wsl-not-installed" in pictures["doctor-new-pc-dark.svg"].replace("&#160;", " ")


def test_every_picture_that_a_page_shows_is_made() -> None:
    from docs.generate.pictures import RUNS, TRANSCRIPTS

    made = {*RUNS, *(path.stem for path in TRANSCRIPTS.glob("*.txt"))}
    shown = {
        name
        for page in (TOP / "docs").glob("*.md")
        for name in re.findall(r"pictures/([\w-]+)-(?:light|dark)\.svg", page.read_text(encoding="utf-8"))
    }
    assert shown <= made
