"""The page of a team: what it says of the team, that what it links to is on it, and that a team can replace it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wslgpu.errors import UserError
from wslgpu.facts.team import Team
from wslgpu.output.markdown_html import anchor, render_markdown_html
from wslgpu.output.text_report import show_command
from wslgpu.plan.onboarding import Subject, name_of, read_remote, render_frame, render_onboarding

TEAM = Subject(
    name="our-model",
    team=Team(
        tensorflow="2.20", python="3.12", profile="gpu", packages=("pandas>=2",), index_variable="TEAM_INDEX_URL"
    ),
    remote="https://git.example.org/our/model.git",
    locked=("gpu",),
)
GENERIC = Subject(name="wslgpu-train", team=Team(), generic=True)


def page(subject: Subject, over: Path | None = None) -> str:
    return render_onboarding(subject, today="2026-01-02", show=show_command, over=str(over) if over else None)


def test_it_says_what_the_team_uses() -> None:
    text = page(TEAM)
    for word in (
        "| TensorFlow | 2.20 |",
        "| Python | 3.12 |",
        "the GPU",
        "pandas>=2",
        '"TEAM_INDEX_URL"',
        "| locked, with hashes | gpu |",
    ):
        assert word in text
    assert "git clone https://git.example.org/our/model.git ~/our-model" in text
    assert "newest stable" not in text


def test_without_a_team_there_is_no_project_to_fetch() -> None:
    text = page(GENERIC)
    assert "git clone" not in text
    assert "Get the project" not in text
    assert 'wslgpu setup "~/wslgpu-train"' in text


def test_a_team_without_git_is_told_where_the_project_belongs() -> None:
    text = page(Subject(name="our-model", team=Team()))
    assert "git clone" not in text
    assert "It must come to lie in `~/our-model`" in text


@pytest.mark.parametrize("subject", [TEAM, GENERIC], ids=["team", "generic"])
def test_steps_are_numbered_without_a_gap(subject: Subject) -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", page(subject), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("subject", [TEAM, GENERIC], ids=["team", "generic"])
def test_every_link_leads_to_something_on_the_page(subject: Subject) -> None:
    text = page(subject)
    there = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    assert links <= there
    html = render_frame(render_markdown_html(text), "t")
    ids = re.findall(r' id="([^"]+)"', html)
    assert links <= set(ids)
    assert len(ids) == len(set(ids)), "an id stands twice"


def test_the_html_needs_nothing_else() -> None:
    html = render_frame(render_markdown_html(page(TEAM)), "a < b")
    assert "<title>a &lt; b</title>" in html
    assert not re.findall(
        r'(?:src|href)="(?!#|data:|https?://git\.example)[^"]*"', html.split("<main", 1)[0].replace('href="#content"', "")
    )
    assert html.count("<link") == html.count('<link rel="icon" href="data:,">') == 1
    assert "@import" not in html
    assert "url(" not in html


def test_no_brace_of_a_finding_is_left() -> None:
    assert not re.findall(r"\{\w+(?:\.\.\.)?\}", page(GENERIC))


def test_a_teams_template_wins(tmp_path: Path) -> None:
    own = tmp_path / "onboarding"
    own.mkdir()
    (own / "onboarding.md.j2").write_text(
        "# Ours: {{ subject.name }}, see {{ finding('shm-small') }}\n", encoding="utf-8"
    )
    assert page(TEAM, tmp_path) == "# Ours: our-model, see [shm-small](#shm-small)\n"


@pytest.mark.parametrize(
    ("template", "word"),
    [("{{ finding('no-such-slug') }}", "no-such-slug"), ("{{ subjct.name }}", "subjct"), ("{% if %}", "line 1")],
)
def test_a_teams_wrong_template_is_one_sentence(tmp_path: Path, template: str, word: str) -> None:
    own = tmp_path / "onboarding"
    own.mkdir()
    (own / "onboarding.md.j2").write_text(template, encoding="utf-8")
    with pytest.raises(UserError, match=word):
        page(TEAM, tmp_path)


@pytest.mark.parametrize(
    ("config", "remote"),
    [
        (None, None),
        ("[core]\n\tbare = false\n", None),
        ('[remote "origin"]\n\turl = git@example.org:a/b.git\n', "git@example.org:a/b.git"),
        ('[remote "origin"]\n\tfetch = x\n\turl = https://name:token@example.org/a.git\n', "https://example.org/a.git"),
        ('[remote "other"]\n\turl = https://example.org/a.git\n', None),
        ('[remote "origin"]\n\tfetch = x\n[remote "other"]\n\turl = https://example.org/a.git\n', None),
    ],
)
def test_the_address_of_git_without_a_token(config: str | None, remote: str | None) -> None:
    assert read_remote(config) == remote


@pytest.mark.parametrize(("folder", "name"), [("a b", "a-b"), ("Ünï", "Ünï"), ("", "wslgpu-train"), ("x;rm", "x-rm")])
def test_a_name_needs_no_quoting(folder: str, name: str) -> None:
    assert name_of(folder) == name
