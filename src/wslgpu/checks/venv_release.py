"""Which TensorFlow of the table is installed in the project's environment."""

from __future__ import annotations

from wslgpu.checks.cards import installed_release
from wslgpu.checks.model import known
from wslgpu.facts.model import Facts
from wslgpu.knowledge.releases import TensorFlowRelease

NO_VENV, NO_TENSORFLOW = "there is no environment in this folder", "no TensorFlow that is known is installed here"


def known_release(facts: Facts) -> TensorFlowRelease | None:
    """Its row, None where there is none; the judge ends where the packages could not be told."""
    known(facts.environment.packages)
    return installed_release(facts)
