"""A smoke's page: of every kind of smoke one is made, nothing in it runs, and nothing is said twice."""

from __future__ import annotations

from html import escape

import pytest

from tests.training.smoke_results import RESULTS
from wslgpu.output.smoke_html import render_html
from wslgpu.training.smoke_document import as_document


@pytest.mark.parametrize("name", RESULTS)
def test_every_smoke_has_a_page(name):
    document = as_document(RESULTS[name](), "1", 0)
    page = render_html(document)
    assert "<script" not in page
    assert page.count(f": {escape(document['verdict'])}</p>") == 1
    assert not document["problems"] or f"wslgpu explain {document['problems'][0]['slug']}" in page


def test_one_problem_is_not_said_below_the_verdict_again():
    document = as_document(RESULTS["stopped"](), "1", 1)
    problem = document["problems"][0]
    page = render_html(document)
    assert page.count(problem["sentence"]) == 1
    assert "not reached</td>" not in page
    two = {**document, "problems": [problem, {"slug": "oom-killed", "sentence": "The kernel ended worker 7."}]}
    assert "The kernel ended worker 7." in render_html(two)
