"""uv and pip behind one face: make a venv, resolve into a lock, install a lock, check."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from wslgpu.apply.course import describe_course
from wslgpu.apply.model import StepFailed
from wslgpu.errors import UserError
from wslgpu.facts.index import IndexSettings, read_index, wants_of_index
from wslgpu.system.answers import Absent, Ran, Unknown
from wslgpu.system.local import LocalHost
from wslgpu.system.process import bytes_written, run
from wslgpu.system.secrets import hide_logins

INSTALL_DEADLINE_S = 3_600.0  # 3.4 GB over a slow line
Tell = Callable[[str], None]  # of a step's course
TAIL_LINES = 25

# What a shell has set for another environment must not reach into this one: where it lies, and what is installed in it,
# which wslgpu.toml and the project's own requirements say. What concerns the network and the cache is the user's wish
# here, too, and so is UV_EXCLUDE_NEWER, a policy of caution that uv names by itself where it stands in the way.
PLACES = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONPLATLIBDIR",
          "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON",
          "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_PROJECT", "UV_WORKING_DIR", "UV_WORKING_DIRECTORY")  # fmt: skip
WISHES = ("PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_PRE", "PIP_NO_DEPS", "PIP_NO_BINARY", "PIP_ONLY_BINARY",
          "PIP_REQUIRE_HASHES", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN",
          "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_RESOLUTION", "UV_PRERELEASE",
          "UV_FORK_STRATEGY", "UV_NO_BINARY", "UV_NO_BINARY_PACKAGE", "UV_NO_BUILD", "UV_NO_BUILD_PACKAGE",
          "UV_REQUIRE_HASHES", "UV_NO_VERIFY_HASHES", "UV_NO_SOURCES", "UV_TORCH_BACKEND", "UV_VENV_SEED",
          "UV_VENV_RELOCATABLE", "UV_CUSTOM_COMPILE_COMMAND")  # fmt: skip
CLEAN: dict[str, str | None] = {
    **dict.fromkeys((*PLACES, *WISHES)),
    "PYTHONNOUSERSITE": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
TOLD = ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_RESOLUTION", "UV_NO_VERIFY_HASHES")


class Installer(Protocol):
    """Each raises StepFailed with the tool's own last words. `tell` hears of the course of what may take minutes."""

    def make_venv(self, path: Path, python: str, prompt: str) -> None:
        """An empty venv at its final place."""

    def resolve(
        self, folder: Path, venv: Path, sources: Sequence[str], lock: Path, *, wheels_only: bool, tell: Tell
    ) -> None:
        """Resolve requirement files (names relative to `folder`) for the venv's python into `lock`, with hashes."""

    def install(self, venv: Path, lock: Path, *, wheels_only: bool, tell: Tell) -> None:
        """Install exactly what a lock says. `wheels_only`: build nothing, for what builds is fetched without a hash."""

    def add_wheel(self, venv: Path, wheel: Path) -> None:
        """Install one wheel that is at hand, and nothing of what it asks for."""

    def check(self, venv: Path) -> None:
        """The installed packages fit together."""


def call(
    step: str,
    argv: Sequence[str],
    settings: Mapping[str, str],
    *,
    deadline_s: float,
    cwd: Path | None = None,
    tell: Tell | None = None,
) -> Ran:
    """Run one tool to its end in a clean environment with `settings`; anything but exit 0 fails the step."""

    def on_tick(pid: int, said: bytes) -> None:
        if tell is not None and (course := describe_course(said, bytes_written(pid))):
            tell(course)

    environment = {**CLEAN, **mirrored_settings(), **settings}
    if shutil.which(argv[0]) is None:
        raise StepFailed(step, f"{argv[0]} is not there any more")
    ran = run(
        tied(argv),
        deadline_s=deadline_s,
        env=environment,
        cwd=str(cwd) if cwd else None,
        on_tick=on_tick if tell else None,
    )
    if isinstance(ran, Absent):
        raise StepFailed(step, f"{argv[0]} is not there any more")
    if isinstance(ran, Unknown):
        raise StepFailed(step, str(ran), ways=("run the same command again; what was downloaded is kept",))
    if ran.exit != 0:
        raise StepFailed(step, f"{Path(argv[0]).name} ended with {ran.exit}", tail_of(ran))
    return ran


def tied(argv: Sequence[str]) -> Sequence[str]:
    """The same call, ended with setup: an installer that outlived it would write into what the next setup removes."""
    if not shutil.which("setpriv"):
        return argv
    # Whoever was killed before the kernel was told of the tie has another parent by then; so the tie alone is too late.
    still_there = 'test "$PPID" = "$0" && exec "$@"'
    return ("setpriv", "--pdeathsig", "KILL", "sh", "-c", still_there, str(os.getpid()), *argv)


def describe_left_out() -> str:
    """Which settings of this shell decide nothing here, where somebody may count on them; "" where there are none."""
    found = [name for name in TOLD if os.environ.get(name)]
    left_out = f"{' and '.join(found)}: set in this shell, and left out here; wslgpu.toml says what is installed"
    return left_out if found else ""


def read_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """The values of a team's settings, from the variables that wslgpu.toml names; UserError names one that is unset."""
    settings = {}
    for setting, variable in variables.items():
        value = os.environ.get(variable)
        if not value:
            raise UserError(f"wslgpu.toml names the environment variable {variable}, which is not set; export it first")
        settings[setting] = value
    return settings


def tail_of(ran: Ran) -> str:
    """The last lines that a tool said, without what an address holds of a login."""
    said = hide_logins((ran.stderr + b"\n" + ran.stdout).decode("utf-8", "replace"))
    return "\n".join([line for line in said.splitlines() if line.strip()][-TAIL_LINES:])


def mirrored_settings() -> dict[str, str | None]:
    """What pip was told of the network, for uv, which reads none of it: an index, a proxy, a certificate.

    Only where uv has no settings of its own. A folder of wheels on this machine stays pip's affair.
    """
    settings: dict[str, str | None] = {}
    told = look_at_index()
    file = told.pip_file
    for value, uv_names in (
        (None if told.for_uv else told.url, ("UV_DEFAULT_INDEX", "UV_INDEX_URL")),
        (os.environ.get("PIP_EXTRA_INDEX_URL") or (file and file.extra), ("UV_INDEX", "UV_EXTRA_INDEX_URL")),
        (os.environ.get("PIP_CERT") or (file and file.certificate), ("SSL_CERT_FILE",)),
        (os.environ.get("REQUESTS_CA_BUNDLE"), ("SSL_CERT_FILE",)),
        (os.environ.get("PIP_PROXY") or (file and file.proxy), ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")),
    ):
        if value and "file:" not in value and not any(os.environ.get(name) for name in uv_names):
            settings.setdefault(uv_names[0], " ".join(value.split()))
    return settings


def look_at_index(team: tuple[str, str] | None = None) -> IndexSettings:
    """Which index this machine's pip and uv were told of."""
    home = str(Path("~").expanduser())
    return read_index(LocalHost().ask(wants_of_index(home)), team)
