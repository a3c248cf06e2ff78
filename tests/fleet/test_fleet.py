"""Each phase of the fleet is a test. Off unless WSLGPU_FLEET=1: they take minutes, root and the package index."""

from __future__ import annotations

import os

import pytest

from tests.fleet.bed import why_not
from tests.fleet.proof import PHASES


@pytest.mark.fleet
@pytest.mark.network
@pytest.mark.skipif(not os.environ.get("WSLGPU_FLEET"), reason="the fleet is off (WSLGPU_FLEET=1 turns it on)")
@pytest.mark.parametrize("phase", PHASES)
def test_phase(phase: str) -> None:
    if reason := why_not():
        pytest.skip(reason)
    assert PHASES[phase]()
