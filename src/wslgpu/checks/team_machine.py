"""Is this machine below what its team's wslgpu.toml asks for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.checks.windows_driver import version_of
from wslgpu.facts.model import Facts
from wslgpu.knowledge.drivers import driver_key
from wslgpu.system.answers import Unknown

if TYPE_CHECKING:
    from wslgpu.facts.team import Team


def machine_below_team(facts: Facts, team: Team) -> str | None:
    """What is too old, in a clause; None where nothing is, or where it could not be told."""
    windows = facts.windows
    number = windows.build.number if windows is not None else None
    if windows is not None and team.least_build is not None and isinstance(number, int) and number < team.least_build:
        return f"your team asks for Windows build {team.least_build} or newer, and this is {windows.build.name}"
    driver = _driver(facts)
    if team.least_driver is None or not isinstance(driver, str):
        return None
    try:
        old = driver_key(driver) < driver_key(team.least_driver)
    except ValueError:
        return None
    return f"your team asks for NVIDIA driver {team.least_driver} or newer, and this is {driver}" if old else None


def _driver(facts: Facts) -> str | Unknown | None:
    """The driver by Windows' registry; by the driver itself where Windows does not tell, or was not asked."""
    windows = facts.windows
    driver = version_of(windows.driver) if windows is not None else None
    if isinstance(driver, str) or (windows is not None and windows.visit.reached is not True):
        return driver
    return facts.cuda.driver_version or driver


def judge_machine(facts: Facts) -> Judgement:
    """[machine] of wslgpu.toml, on either side; a file that cannot be used is setup's to say."""
    if not isinstance(facts.project.team, str):
        return skip("there is no wslgpu.toml")
    from wslgpu.facts.team import Team, read_team  # a whole TOML parser, for those who have such a file

    team = read_team(facts.project.team)
    if not isinstance(team, Team):
        return skip("wslgpu.toml cannot be used")
    if team.least_build is None and team.least_driver is None:
        return skip("wslgpu.toml asks nothing of the machine")
    below = machine_below_team(facts, team)
    if below:
        return found(below=below)
    if team.least_driver is not None:
        known(_driver(facts))
    if team.least_build is not None and facts.windows is not None:
        known(facts.windows.build.number)
    return well()


CHECKS = (Check("machine-below-team", "driver", ("wsl",), judge_machine),)
