"""What setup does on Windows before Ubuntu takes over: as values, in order, each said before it is done. Pure.

There is no state file: what is done already is seen by the look, so that a second run goes on where the first stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from wslgpu.checks.model import Finding
from wslgpu.facts.model import Facts
from wslgpu.facts.team import Team
from wslgpu.facts.windows import WindowsFacts
from wslgpu.plan.config_file import ConfigChange, plan_wsl_conf, plan_wslconfig, takes_gpu_away
from wslgpu.system.answers import Unknown

DISTRIBUTION = "Ubuntu-24.04"  # its Python 3.12 has wheels of every TensorFlow that is kept up
OLDEST_PYTHON = (3, 10)
INSIDE = "carry wslgpu into {name} and run its setup there"

# What no step of ours mends: doctor's own words and remedies are shown instead.
NOT_OURS = (
    "win-build-too-old",
    "wsl-blocked-by-policy",
    "virt-disabled-firmware",
    "hypervisor-launch-off",
    "hyperv-device-disabled",
    "wsl-hidden-by-elevation",
    "wsl-in-session-0",
    "wsl-service-broken",
    "wsl-not-answering",
)
NOT_OURS_FOR_GPU = (
    "wsl-arm64",
    "no-nvidia-gpu",
    "gpu-switched-off",
    "win-driver-missing",
    "win-driver-too-old",
    "gpu-tcc-mode",
)
By = Literal["wslgpu", "administrator"]


@dataclass(frozen=True)
class Command:
    """Run `argv`. `by` administrator: printed for the user to type; `restart`: Windows has to start anew after it."""

    title: str
    argv: tuple[str, ...]
    by: By = "wslgpu"
    restart: bool = False


@dataclass(frozen=True)
class WriteConfig:
    """Write .wslconfig. `before_the_rest`: WSL has to start anew before the setup inside can do its part."""

    title: str
    change: ConfigChange
    before_the_rest: bool = False


@dataclass(frozen=True)
class WriteWslConf:
    """Write /etc/wsl.conf in the distribution, as its root user; it holds after `wsl.exe --terminate`."""

    title: str
    distribution: str
    change: ConfigChange


@dataclass(frozen=True)
class AddPython:
    """Install python3-venv in the distribution, as its root user, which needs no password."""

    title: str
    distribution: str


@dataclass(frozen=True)
class SetUpInside:
    """Carry wslgpu into the distribution and run its setup there."""

    title: str
    distribution: str
    arguments: tuple[str, ...]


Step = Command | WriteConfig | WriteWslConf | AddPython | SetUpInside


@dataclass(frozen=True)
class WindowsPlan:
    """`steps` up to the next restart. `waits`: another look is needed after them, before the rest can be said.

    `later`: what is foreseen for after that look, in words.
    """

    steps: tuple[Step, ...]
    waits: bool
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class WindowsRefusal:
    """Findings that stand in the way, and that the user has to mend."""

    findings: tuple[Finding, ...]


def plan_windows(
    facts: Facts,
    findings: Sequence[Finding],
    exe: str,
    arguments: tuple[str, ...],
    *,
    for_cpu: bool,
    team: Team | None = None,
) -> WindowsPlan | WindowsRefusal:
    """The steps from this Windows to an environment in a distribution. `exe`: wsl.exe. `arguments`: those of setup."""
    team = team or Team()
    in_the_way = NOT_OURS if for_cpu else (*NOT_OURS, *NOT_OURS_FOR_GPU)
    open_ones = [one for one in findings if one.status in ("fail", "unknown") and one.cause is None]
    blocked = tuple(one for one in open_ones if one.slug in in_the_way and not (for_cpu and one.slug in GPU_ONLY))
    if blocked:  # what is known to be wrong first, then what a remedy may bring to light
        return WindowsRefusal(tuple(sorted(blocked, key=lambda one: (one.status != "fail", not one.remedies))))
    windows = facts.windows
    assert windows is not None
    failed = {one.slug for one in findings if one.status == "fail"}
    if _lacks(windows, team.distribution):
        failed.add("wsl-no-distro")
    steps = list(_before_the_inside(windows, failed, exe, team.distribution or DISTRIBUTION))
    if any(isinstance(step, Command) and step.restart for step in steps):
        return WindowsPlan(tuple(steps[:1]), waits=True, later=_later(windows, team, for_gpu=not for_cpu))
    name = windows.visit.name or team.distribution or DISTRIBUTION
    config = _config(windows, team, for_gpu=not for_cpu)
    if config is not None:
        steps.append(config)
        if config.before_the_rest:
            return WindowsPlan(tuple(steps), waits=True, later=(INSIDE.format(name=name),))
    if windows.visit.reached is not True:
        return WindowsPlan(tuple(steps), waits=True, later=(INSIDE.format(name=name),))
    conf = facts.wsl_conf
    inner = None if isinstance(conf.keys, Unknown) else plan_wsl_conf(conf.text, conf.keys, for_gpu=not for_cpu)
    if inner is not None:
        steps.append(WriteWslConf(f"change /etc/wsl.conf in {name}, which keeps the GPU out, as root", name, inner))
        return WindowsPlan(tuple(steps), waits=True, later=(INSIDE.format(name=name),))
    if not _has_python(facts):
        steps.append(AddPython(f"install Python and its venv module in {name}, as root", name))
    steps.append(SetUpInside(INSIDE.format(name=name), name, arguments))
    return WindowsPlan(tuple(steps), waits=False)


GPU_ONLY = ("win-build-too-old",)  # a CPU environment needs WSL 2 only; what lacks WSL 2 fails further on


def _lacks(windows: WindowsFacts, name: str | None) -> bool:
    """The team's distribution is not there, though another one may be."""
    known = windows.wsl.distributions
    return name is not None and isinstance(known, tuple) and all(one.name.lower() != name.lower() for one in known)


def _before_the_inside(windows: WindowsFacts, failed: set[str], exe: str, wanted: str) -> Iterator[Step]:
    if failed & {"wsl-not-installed", "vmp-feature-off"}:
        yield Command(
            "install WSL and the Windows feature that it needs",
            (exe, "--install", "--no-distribution"),
            by="administrator",
            restart=True,
        )
        return
    if "wsl-inbox-old" in failed:
        yield Command("update WSL to the current package (Windows asks whether it may)", (exe, "--update"))
    if "wsl-no-distro" in failed:
        yield Command(f"install {wanted}", (exe, "--install", "-d", wanted, "--no-launch"))
    if "wsl1-distro" in failed and windows.visit.name is not None:
        name = windows.visit.name
        yield Command(f"convert {name} to WSL 2 (minutes; your files stay)", (exe, "--set-version", name, "2"))


def _later(windows: WindowsFacts, team: Team, *, for_gpu: bool) -> tuple[str, ...]:
    """The way from a Windows that has just got WSL, as far as it can be seen from here."""
    known = windows.wsl.distributions if isinstance(windows.wsl.distributions, tuple) else ()
    own = [one.name for one in known if not one.is_tool]
    name = team.distribution or (own[0] if own else DISTRIBUTION)
    config = _config(windows, team, for_gpu=for_gpu)
    return (
        *([f"install {name}"] if name not in own else []),
        *([config.title] if config is not None else []),
        INSIDE.format(name=name),
    )


def _config(windows: WindowsFacts, team: Team, *, for_gpu: bool) -> WriteConfig | None:
    session = windows.session
    change = plan_wslconfig(windows.wslconfig, session.memory, session.processors, team.wslconfig, for_gpu=for_gpu)
    if change is None:
        return None
    first = for_gpu and takes_gpu_away(windows.wslconfig)
    why = ", which keeps the GPU out of WSL" if first else ": memory for training, from WSL's next start on"
    return WriteConfig(f"{'write' if change.before is None else 'change'} .wslconfig{why}", change, first)


def _has_python(facts: Facts) -> bool:
    found = facts.pythons.found
    if isinstance(found, Unknown):
        return False
    return any(python.can_make_venvs and python.version[:2] >= OLDEST_PYTHON for python in found)
