"""Checks, pages and causes hold together."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from wslgpu.checks.catalog import load_doc, slugs
from wslgpu.checks.registry import CAUSES, CHECKS

PAGES = Path(__file__).parents[2] / "docs" / "findings"
PLACES = {"doctor", "explain", "setup", "smoke", "run", "audit", "tune"}
SECTIONS = ("Seen as", "What it means", "Mend it", "See that it is mended")
ENGINE = {"check-crashed"}  # what the engine itself says


@pytest.mark.parametrize("slug", slugs())
def test_a_page_is_whole(slug: str) -> None:
    doc = load_doc(slug)
    text = (PAGES / f"{slug}.md").read_text("utf-8")
    places = [text.find(f"\n## {section}\n") for section in SECTIONS]
    assert -1 not in places, f"{slug}.md lacks a section"
    assert places == sorted(places)
    for section in text.split("\n## ")[1:]:
        assert len(section.partition("\n")[2].strip()) > 10, f"{slug}.md: a section is empty"
    assert doc.side in ("windows", "wsl", "linux", "any")
    assert set(doc.detected_by) <= PLACES
    assert doc.detected_by
    assert not doc.title.endswith(".")


def test_pages_are_stored_with_plain_line_ends() -> None:
    assert [page.name for page in PAGES.iterdir() if b"\r" in page.read_bytes()] == []


def test_every_check_has_its_page_and_says_so() -> None:
    without = {check.slug for check in CHECKS} - set(slugs())
    assert without == set()
    silent = {check.slug for check in CHECKS if "doctor" not in load_doc(check.slug).detected_by}
    assert silent == set(), "a page must say that doctor detects it"


def test_no_page_claims_a_check_that_is_not_there() -> None:
    claimed = {slug for slug in slugs() if "doctor" in load_doc(slug).detected_by}
    assert claimed - {check.slug for check in CHECKS} - ENGINE == set()


def test_a_slug_is_judged_once_on_each_side() -> None:
    pairs = [(check.slug, side) for check in CHECKS for side in check.sides]
    assert [pair for pair in set(pairs) if pairs.count(pair) > 1] == []


@pytest.mark.parametrize("slug", slugs())
def test_noise_alarms_nobody(slug: str) -> None:
    doc = load_doc(slug)
    if "harmless" in doc.title or "normal in" in doc.title:
        assert doc.status == "info"


def test_renamed_is_a_table_of_slugs() -> None:
    renamed = json.loads((PAGES / "renamed.json").read_text("utf-8"))
    assert isinstance(renamed, dict)
    assert set(renamed.values()) <= set(slugs())
    assert not set(renamed) & set(slugs())


@pytest.mark.parametrize("slug", slugs())
def test_remedies_can_be_typed(slug: str) -> None:
    for remedy in load_doc(slug).remedies:
        assert remedy.argv
        assert all(word.strip() for word in remedy.argv)
        if remedy.where == "browser":
            assert re.match(r"https://|ms-settings:", remedy.argv[0])
        apt = [word for word in remedy.argv if "apt" in word]
        assert not (apt and any("*" in word for word in remedy.argv)), "no glob is handed to apt"


def edges() -> dict[str, set[str]]:
    return {slug: set(causes) for slug, causes in CAUSES.items() if not slug.startswith("unknown:")}


def test_no_finding_explains_itself() -> None:
    graph = edges()
    settled: set[str] = set()
    while True:
        roots = settled | {cause for causes in graph.values() for cause in causes if cause not in graph}
        ready = {slug for slug, causes in graph.items() if slug not in settled and causes <= roots}
        if not ready:
            break
        settled |= ready
    assert set(graph) - settled == set(), "a circle of causes"


def test_causes_are_findings() -> None:
    named = {cause for causes in CAUSES.values() for cause in causes} | set(edges())
    assert named - set(slugs()) == set()


def test_the_table_of_detection_is_up_to_date() -> None:
    script = runpy.run_path(str(PAGES.parent / "make_findings_table.py"))
    assert (PAGES / "README.md").read_text("utf-8") == script["table_of_detection"](), "run docs/make_findings_table.py"


def test_what_doctor_does_not_detect_has_a_reason() -> None:
    silent = [slug for slug in slugs() if "doctor" not in load_doc(slug).detected_by and not load_doc(slug).why_not]
    assert silent == []
