"""Site, onboarding page and reports in a real browser: readable by everybody, at any width, without asking anybody."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

SITE = ("", "start/", "findings/", "findings/linux-driver-in-wsl/", "reference/", "matrix/", "evidence/", "onboarding/")
SINGLE = ("onboarding-sample.html", "onboard", "doctor", "smoke", "tune", "team")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*SITE, *SINGLE])
def test_it_is_accessible(visit: Callable[..., Any], axe: str, name: str, dark: bool) -> None:
    page = visit(name, dark=dark)
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    told = [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]
    assert not told, "\n".join(told)
    assert found["passes"], "axe looked at nothing"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*SITE, *SINGLE])
def test_a_phone_shows_all_of_it(visit: Callable[..., Any], name: str, dark: bool) -> None:
    page = visit(name, phone=True, dark=dark)
    assert page.evaluate(WIDE) <= 1, "the page is wider than the screen"


@pytest.mark.parametrize("name", SINGLE)
def test_every_link_inside_leads_somewhere(visit: Callable[..., Any], name: str) -> None:
    page = visit(name)
    lost = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => decodeURIComponent(a.hash.slice(1))).filter(id => !document.getElementById(id))"
    )
    assert lost == []


@pytest.mark.parametrize("name", ["onboarding-sample.html", "onboard"])
def test_a_button_copies_its_command(visit: Callable[..., Any], name: str) -> None:
    page = visit(name)
    for number in (0, 3):
        box = page.locator(".command").nth(number)
        box.locator("button").click()
        assert page.evaluate("navigator.clipboard.readText()") == box.locator("code").inner_text()
        assert box.locator("button").inner_text() == "Copied"
    assert page.locator("#said").inner_text() == "Copied"


def test_the_keyboard_is_enough(visit: Callable[..., Any]) -> None:
    page = visit("onboard")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the steps"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "copy":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus is seen"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.textContent === 'Copied'")
    assert "windows.ps1" in page.evaluate("navigator.clipboard.readText()")


def test_the_sites_buttons_copy(visit: Callable[..., Any]) -> None:
    page = visit("start/")
    block = page.locator(".highlight", has_text="wslgpu explain 0x80370102").first
    block.hover()
    block.locator("button[data-md-type=copy], button.md-clipboard").first.click()
    page.wait_for_function("navigator.clipboard.readText().then(t => t.trim() === 'wslgpu explain 0x80370102')")


@pytest.mark.parametrize(
    ("name", "words", "kept"),
    [
        ("findings/", "NVIDIA munmap_chunk", "linux-driver-in-wsl"),
        ("findings/", "0x80370102", "virt-disabled-firmware"),
        ("matrix/", "2.21.0 3.12", "2.21.0"),
        ("matrix/", "rtx 30", None),
    ],
)
def test_a_table_is_filtered(visit: Callable[..., Any], name: str, words: str, kept: str | None) -> None:
    page = visit(name)
    for box in page.locator(".filterable").all():
        rows = box.locator("tbody tr")
        before = rows.count()
        field = box.locator("input")
        field.fill(words)
        left = box.locator("tbody tr:not([hidden])")
        assert left.count() < before
        if kept and left.count():
            assert kept in left.first.inner_text() or any(kept in text for text in left.all_inner_texts())
        assert f"{left.count()} of {before}" == box.locator("[role=status]").inner_text()
        field.press("Escape")
        assert box.locator("tbody tr:not([hidden])").count() == before
    page.locator(".filterable input").first.fill(words)
    shown = page.locator(".filterable").first.locator("tbody tr:not([hidden])").count()
    assert shown or kept is None, "what is searched for is there"


def test_a_rooms_table_is_filtered_and_sorted(visit: Callable[..., Any]) -> None:
    page = visit("team")
    rows = page.locator("#machines tbody tr")
    before = rows.count()
    page.locator("#words").fill("wsl1-distro")
    left = page.locator("#machines tbody tr:not([hidden])")
    assert 0 < left.count() < before
    assert page.locator("#left").inner_text() == f"{left.count()} of {before} shown"
    page.locator("#words").fill("")
    head = page.locator("#machines thead th").first
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    names = page.locator("#machines tbody th").all_inner_texts()
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert page.locator("#machines tbody th").all_inner_texts() == names[::-1]
    assert len(set(names)) == before


def test_a_link_can_filter(visit: Callable[..., Any]) -> None:
    page = visit("findings/?q=munmap_chunk")
    assert page.locator(".filterable input").first.input_value() == "munmap_chunk"
    assert page.locator("tbody tr:not([hidden])").count() < 10


def test_search_finds_a_symptom(visit: Callable[..., Any]) -> None:
    Timeout = pytest.importorskip("playwright.sync_api").TimeoutError  # noqa: N806
    page = visit("")
    page.keyboard.press("f")
    query = page.locator("input[data-md-component=search-query]")
    result = page.locator(".md-search-result__item a").first
    query.press_sequentially("munmap_chun", delay=30)
    for _ in range(10):  # what is typed before the page's script listens is not heard: a person types on
        query.press_sequentially("k")
        with contextlib.suppress(Timeout):
            result.wait_for(timeout=3000)
            break
        query.press("Backspace")
    assert any(
        "linux-driver-in-wsl" in (a.get_attribute("href") or "")
        for a in page.locator(".md-search-result__item a").all()
    )
    page.keyboard.press("Escape")


def test_light_and_dark_show_one_picture_each(visit: Callable[..., Any]) -> None:
    for dark in (False, True):
        page = visit("start/", dark=dark)
        shown = page.evaluate(
            "[...document.querySelectorAll('article img')].filter(i => i.offsetWidth).map(i => i.src)"
        )
        assert shown
        assert all(("dark" if dark else "light") in address for address in shown)
        assert (
            page.evaluate(
                "[...document.querySelectorAll('article img')].filter(i => i.offsetWidth && !i.naturalWidth).length"
            )
            == 0
        )
