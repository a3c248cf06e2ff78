"""Is this machine below what its team's wslgpu.toml asks for?"""

from __future__ import annotations

from wslgpu.checks.windows_driver import version_of
from wslgpu.facts.model import Facts
from wslgpu.facts.team import Team
from wslgpu.knowledge.drivers import driver_key


def machine_below_team(facts: Facts, team: Team) -> str | None:
    """One sentence that names what is too old; None where nothing is, or where it could not be told."""
    if facts.windows is None:
        return None
    build = facts.windows.build
    if team.least_build is not None and isinstance(build.number, int) and build.number < team.least_build:
        return f"your team asks for Windows build {team.least_build} or newer, and this is {build.name}"
    driver = version_of(facts.windows.driver)
    if team.least_driver is None or not isinstance(driver, str):
        return None
    try:
        old = driver_key(driver) < driver_key(team.least_driver)
    except ValueError:
        return None
    return f"your team asks for NVIDIA driver {team.least_driver} or newer, and this is {driver}" if old else None
