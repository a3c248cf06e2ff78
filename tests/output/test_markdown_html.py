"""Markdown as a page: what is typed gets a button, what is read does not, and nothing in it becomes markup."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from wslgpu.checks.catalog import load_doc, slugs
from wslgpu.output.markdown_html import anchor, render_markdown_html

CASES = {
    "# A `b`": '<h1 id="a-b">A <code>b</code></h1>',
    "one\ntwo": "<p>one two</p>",
    "`<script>` & <b>": "<p><code>&lt;script&gt;</code> &amp; &lt;b&gt;</p>",
    "[a](#b-c) **bold** *thin*": '<p><a href="#b-c">a</a> <strong>bold</strong> <em>thin</em></p>',
    "- a\n  more\n- b": "<ul><li>a more</li><li>b</li></ul>",
    "1. a\n2. b": "<ol><li>a</li><li>b</li></ol>",
    "- [ ] done": '<ul><li><label><input type="checkbox"> done</label></li></ul>',
    "a * b * c": "<p>a * b * c</p>",
    "---": "<hr>",
    "<!-- no\nword -->\nseen": "<p>seen</p>",
    "```text\na < b\n```": '<pre class="seen" tabindex="0"><code>a &lt; b</code></pre>',
}


@pytest.mark.parametrize("text", CASES)
def test_a_block(text: str) -> None:
    assert render_markdown_html(text).strip() == CASES[text]


def test_commands_say_where_and_have_a_button() -> None:
    page = render_markdown_html("```powershell\nwslgpu doctor\n```\n\n```sh\nls\n```")
    assert 'aria-label="Copy this command for PowerShell"' in page
    assert 'aria-label="Copy this command for Ubuntu"' in page
    assert page.count("<button") == 2


def test_a_table_keeps_escaped_bars() -> None:
    page = render_markdown_html("| a | b |\n|---|---|\n| `x` | y \\| z |")
    assert '<th scope="col">a</th><th scope="col">b</th>' in page
    assert "<td>y | z</td>" in page


def test_an_unclosed_fence_ends_with_the_text() -> None:
    assert "<code>a\nb</code>" in render_markdown_html("```sh\na\nb")


def test_anchors_are_those_of_github() -> None:
    assert anchor("2. Get WSL, and `Ubuntu`") == "2-get-wsl-and-ubuntu"


@pytest.mark.parametrize("slug", slugs())
def test_every_finding_becomes_well_formed(slug: str) -> None:
    page = (
        render_markdown_html(load_doc(slug).text)
        .replace("<hr>", "<hr/>")
        .replace('type="checkbox">', 'type="checkbox"/>')
    )
    ElementTree.fromstring(f"<body>{page}</body>")
