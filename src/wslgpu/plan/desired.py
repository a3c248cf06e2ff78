"""What the user asked for, and the answer that it stands there already. Kept light: every setup begins here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from wslgpu.facts.team import Team
from wslgpu.plan.editor import kernel_packages

WishedProfile = Literal["auto", "gpu", "cpu"]


@dataclass(frozen=True)
class Desired:
    """What the user and the team ask for. `folder` is absolute; `tensorflow` and `python` are as typed, or None."""

    folder: str
    profile: WishedProfile = "auto"
    tensorflow: str | None = None
    python: str | None = None
    replace: bool = False
    smoke: bool = True
    packages: tuple[str, ...] = ()  # of the team's wslgpu.toml
    offline: str | None = None  # a folder of wheels that is installed from, with no network
    bundled: bool = False  # profile, TensorFlow and Python are those of the bundle's lock
    notebook: bool = False  # a Jupyter kernel is wanted, so the environment has to bring one
    variables: tuple[tuple[str, str], ...] = ()  # setting of the installers -> the variable that holds its value


def with_team(desired: Desired, team: Team) -> Desired:
    """What the command line leaves open is the team's to say."""
    profile = team.profile if desired.profile == "auto" and team.profile else desired.profile
    settings: list[tuple[str, str]] = []
    if team.index_variable:
        settings += [("UV_DEFAULT_INDEX", team.index_variable), ("PIP_INDEX_URL", team.index_variable)]
    if team.proxy_variable:
        settings += [("HTTPS_PROXY", team.proxy_variable), ("HTTP_PROXY", team.proxy_variable)]
    return replace(
        desired,
        profile="gpu" if profile == "gpu" else "cpu" if profile == "cpu" else "auto",
        tensorflow=desired.tensorflow or team.tensorflow,
        python=desired.python or team.python,
        packages=kernel_packages(team.packages) if desired.notebook else team.packages,
        variables=tuple(settings),
    )


@dataclass(frozen=True)
class UpToDate:
    """The environment that stands there was made from the same inputs, and is whole."""

    folder: str
    profile: str
    tensorflow: str
    python: str
