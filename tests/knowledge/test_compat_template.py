"""requirements.in.j2: every line an installer reads, every reason in a comment, nothing undefined."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from packaging.requirements import Requirement

from wslgpu.knowledge import compat
from wslgpu.packaged import packaged_folder

VARIABLES: dict[str, Any] = {
    "wslgpu_version": "0.1.0",
    "made_on": "2026-11-22",
    "profile": "gpu",
    "python": "3.12",
    "machine": "x86_64",
    "made_from": ["NVIDIA GeForce GTX 1080 (6.1), Windows driver 560.94"],
    "command": "wslgpu setup .",
}


def render(**variables: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(packaged_folder("templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("requirements/requirements.in.j2").render(**{**VARIABLES, **variables})


@pytest.mark.parametrize("release", compat.releases(), ids=lambda release: release.version)
def test_every_release_renders_to_lines_that_an_installer_reads(release: compat.TensorFlowRelease) -> None:
    pins = compat.pins_for(release, profile="gpu", machine="x86_64", compute_capability=(6, 1)).requirements
    text = render(pins=pins)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [str(Requirement(line)) for line in lines] == [str(Requirement(pin.requirement)) for pin in pins]
    comments = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
    for pin in pins:
        assert pin.reason in comments
    assert text.endswith("\n")
    assert max(len(line) for line in text.splitlines()) <= 120


def test_the_head_says_who_from_what_and_how_anew() -> None:
    head = render(pins=()).splitlines()
    assert "wslgpu 0.1.0" in head[0]
    assert "GTX 1080" in head[1]
    assert "wslgpu setup ." in head[2]


def test_a_reason_over_several_lines_stays_a_comment() -> None:
    pin = compat.Pin("numpy<2", "first line\nimport os\n-r /etc/passwd", "a test")
    lines = render(pins=[pin], made_from=["a\nb"]).splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["numpy<2"]


@pytest.mark.parametrize("name", [*VARIABLES, "pins"])
def test_a_variable_that_is_missing_is_an_error(name: str) -> None:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(packaged_folder("templates")), undefined=jinja2.StrictUndefined
    )
    given = {key: value for key, value in {**VARIABLES, "pins": ()}.items() if key != name}
    with pytest.raises(jinja2.UndefinedError, match=name):
        environment.get_template("requirements/requirements.in.j2").render(**given)
