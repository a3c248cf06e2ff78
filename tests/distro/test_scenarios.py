"""Each scenario of the bed is a test. Off unless WSLGPU_BEDS is set: they take minutes, root and the package index.

WSLGPU_BEDS=1 plays those that .ci/run plays; WSLGPU_BEDS=all plays every one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.distro.bases import cache, why_not
from tests.distro.doc_steps import docs_scenario
from tests.distro.play import Unplayable, play
from tests.distro.scenario import Scenario
from tests.distro.scenarios import SCENARIOS

BEDS = os.environ.get("WSLGPU_BEDS", "")


@pytest.mark.distro
@pytest.mark.network
@pytest.mark.skipif(not BEDS, reason="the distribution beds are off (WSLGPU_BEDS=1 turns them on)")
@pytest.mark.parametrize("scenario", [*SCENARIOS, docs_scenario()], ids=lambda s: s.name)
def test_scenario(scenario: Scenario) -> None:
    if BEDS != "all" and not scenario.every_run:
        pytest.skip("not for every run (WSLGPU_BEDS=all plays it)")
    if reason := why_not():
        pytest.skip(reason)
    log = cache() / "logs" / f"{scenario.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    try:
        outcomes = play(scenario, log, tell=tell_timing)
    except Unplayable as reason:
        pytest.skip(str(reason))
    for outcome in outcomes:
        assert not outcome.problems, f"{outcome.step}: {'; '.join(outcome.problems)}\n{outcome.output[-6000:]}"


def tell_timing(line: str) -> None:
    if path := os.environ.get("WSLGPU_BED_TIMINGS"):
        with Path(path).open("a") as out:
            out.write(line + "\n")
