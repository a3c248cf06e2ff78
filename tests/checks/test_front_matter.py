"""The quick reader gives what a whole TOML parser gives, for every page that there is."""

from __future__ import annotations

import pytest

from wslgpu.checks.catalog import slugs
from wslgpu.checks.front_matter import read_front_matter
from wslgpu.packaged import packaged_folder

tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")


@pytest.mark.parametrize("slug", slugs())
def test_as_toml_has_it(slug: str) -> None:
    front = (packaged_folder("findings") / f"{slug}.md").read_text(encoding="utf-8").split("+++\n", 2)[1]
    assert read_front_matter(front) == tomllib.loads(front)


@pytest.mark.parametrize(
    "text",
    ["a = 'one'\n", 'a = [\n  "b",\n]\n', "a = 1\n", 'a = "\\U0001F600"\n', "a.b = true\n", 'a = ["b",]\n'],
)
def test_what_it_does_not_know_goes_to_the_whole_parser(text: str) -> None:
    assert read_front_matter(text) == tomllib.loads(text)


def test_what_is_no_toml_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="line 1"):
        read_front_matter("this is no toml\n")
