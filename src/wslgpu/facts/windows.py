"""The Windows half of one look: registry first, then the few programs that the registry says cannot prompt."""

from __future__ import annotations

from dataclasses import dataclass

from wslgpu.facts import windows_build, windows_driver, windows_session, windows_virtualization, windows_wsl
from wslgpu.facts.windows_build import WindowsBuild
from wslgpu.facts.windows_driver import WindowsDriver
from wslgpu.facts.windows_session import Session
from wslgpu.facts.windows_virtualization import Virtualization
from wslgpu.facts.windows_wsl import Distribution, Wsl
from wslgpu.facts.wslconfig import WslConfig, read_wslconfig, wants_of_wslconfig
from wslgpu.system.answers import Answers, Ran, Unknown
from wslgpu.system.wants import Variable, Want

FIRST: tuple[Want, ...] = (
    *windows_build.WANTS,
    *windows_session.WANTS,
    *windows_wsl.WANTS,
    *windows_driver.WANTS,
    *windows_virtualization.WANTS,
)
# The first question to the distribution, which by its answer says that it was reached (system/distribution.py).
VISIT = Variable("windows.distribution", "WSL_DISTRO_NAME")


@dataclass(frozen=True)
class Visit:
    """The look into a distribution. `reached`: True; None where there was none to look into; else why not.

    `said`: what wsl.exe said instead, undecoded.
    """

    name: str | None
    reached: bool | Unknown | None
    said: bytes = b""


@dataclass(frozen=True)
class WindowsFacts:
    """Everything that was read off Windows itself."""

    build: WindowsBuild
    session: Session
    wsl: Wsl
    driver: WindowsDriver
    virtualization: Virtualization
    wslconfig: WslConfig | Unknown | None
    visit: Visit


def wants_after(answers: Answers) -> tuple[Want, ...]:
    """The second question, side by side: wsl.exe --status, nvidia-smi.exe, .wslconfig."""
    return (
        *windows_wsl.wants_of_wsl(answers),
        *windows_driver.wants_of_driver(answers),
        *wants_of_wslconfig(answers),
    )


def choose_distribution(wsl: Wsl, wanted: str | None) -> Distribution | None:
    """The one to look into: the wanted one, else the default, else the first that is not a tool's.

    None where there is none. Names are the same in any case, as wsl.exe has it.
    """
    known = () if isinstance(wsl.distributions, Unknown) else wsl.distributions
    if wanted is not None:
        return next((one for one in known if one.name.lower() == wanted.lower()), None)
    ranked = sorted(
        (one for one in known if not one.is_tool), key=lambda one: (not one.is_default, one.generation == 1)
    )
    return ranked[0] if ranked else None


def may_visit(wsl: Wsl) -> bool:
    """Whether `wsl.exe -d NAME` can neither prompt nor hang behind a service that hangs: --status answered."""
    return wsl.kind != "none" and not isinstance(wsl.kind, Unknown) and isinstance(wsl.status, Ran)


def read_windows(answers: Answers, visit: Visit) -> WindowsFacts:
    """All subjects of the Windows half, from answers alone."""
    build = windows_build.read_build(answers)
    wsl = windows_wsl.read_wsl(answers)
    reached_vm = (
        visit.reached is True
        and not isinstance(wsl.distributions, Unknown)
        and any(one.name == visit.name and one.generation == 2 for one in wsl.distributions)
    )
    return WindowsFacts(
        build=build,
        session=windows_session.read_session(answers),
        wsl=wsl,
        driver=windows_driver.read_driver(answers),
        virtualization=windows_virtualization.read_virtualization(answers, build.number, wsl.services, reached_vm),
        wslconfig=read_wslconfig(answers),
        visit=visit,
    )


def read_visit(answers: Answers, name: str) -> Visit:
    """How the visit went: a value means reached; else what wsl.exe said and how it ended, or why it said nothing."""
    answer = answers[VISIT.id]
    if isinstance(answer, Ran):
        code = answer.exit - 2**32 if answer.exit >= 2**31 else answer.exit
        return Visit(
            name, Unknown("unreachable", f"wsl.exe -d {name} ended with {code}"), answer.stdout or answer.stderr
        )
    return Visit(name, answer) if isinstance(answer, Unknown) else Visit(name, True)


def read_words(said: bytes, oem: str | None) -> tuple[str | None, str]:
    """What wsl.exe printed: its error code (`Wsl/Service/...`, 0x...), None where it names none, and its first line."""
    from wslgpu.facts.transcripts.wsl_error import find_code
    from wslgpu.system.decode import decode

    text = decode(said, oem)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return find_code(text), lines[0][:200] if lines else ""
