"""WSL as the registry shows it: packaged or inbox, the user's distributions, services, policies. Nothing is started.

Only then `wsl.exe --status` is asked, which never prompts; every other form of wsl.exe waits 60 s for a key where WSL
is not installed, and a key installs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wslgpu.facts.windows_keys import Key, read_key
from wslgpu.facts.windows_session import system_folder
from wslgpu.system.answers import Answers, Ran, Unknown
from wslgpu.system.wants import Inspect, Registry, Run, Want

LXSS = Registry("windows.lxss", "HKCU", r"Software\Microsoft\Windows\CurrentVersion\Lxss", depth=1)
MSI = Registry("windows.lxss_msi", "HKLM", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss\MSI")
POLICIES = Registry("windows.policies", "HKLM", r"SOFTWARE\Policies\WSL")
SERVICE_NAMES = ("lxss", "LxssManager", "WSLService", "HNS", "vmcompute", "vfpext")
SERVICES = tuple(
    Registry(f"windows.service.{name}", "HKLM", rf"SYSTEM\CurrentControlSet\Services\{name}") for name in SERVICE_NAMES
)
WANTS = (LXSS, MSI, POLICIES, *SERVICES)
STATUS_ID, WSL_EXE_ID = "windows.wsl_status", "windows.wsl_exe"
STATUS_DEADLINE_S = 10.0
# What puts its own tiny distribution there; none of them is one to train in.
TOOLS = ("docker-desktop", "rancher-desktop", "podman-")
VM_MODE = 0x8  # LXSS_DISTRO_FLAGS_VM_MODE; the value `Version` is the file system's and says 2 for WSL 1, too
STATES = {1: "installed", 2: "running", 3: "installing", 4: "uninstalling", 5: "converting", 6: "exporting"}


@dataclass(frozen=True)
class Distribution:
    """A registered distribution of this user. `generation`: WSL 1 or 2. `is_tool`: Docker's and the like."""

    name: str
    generation: Literal[1, 2]
    is_default: bool
    state: str
    default_uid: int | None
    folder: str | None

    @property
    def is_tool(self) -> bool:
        """Docker Desktop, Rancher Desktop and Podman register their own."""
        return self.name.lower().startswith(TOOLS)


@dataclass(frozen=True)
class Wsl:
    """`kind`: the package ("package"), Windows' own old component ("inbox"), or none. `version` of the package.

    `services`: which of SERVICE_NAMES are registered, with their Start value (4 is disabled). `policies`: DWORDs by
    lower-case name. `status`: how `wsl.exe --status` ended, its bytes undecoded; None where it was not asked.
    """

    kind: Literal["package", "inbox", "none"] | Unknown
    version: str | None
    exe: bool | Unknown
    distributions: tuple[Distribution, ...] | Unknown
    default_version: int
    services: dict[str, int | None]
    policies: dict[str, int]
    status: Ran | Unknown | None

    @property
    def default(self) -> Distribution | None:
        """The default distribution, where it is known."""
        if isinstance(self.distributions, Unknown):
            return None
        return next((one for one in self.distributions if one.is_default), None)


def wants_of_wsl(answers: Answers) -> tuple[Want, ...]:
    """The second question: is wsl.exe there, and what does --status say."""
    exe = f"{system_folder(answers)}\\wsl.exe"
    env = (("WSL_UTF8", "1"),)
    return (Inspect(WSL_EXE_ID, exe), Run(STATUS_ID, (exe, "--status"), STATUS_DEADLINE_S, env))


def read_wsl(answers: Answers) -> Wsl:
    """From the answers to WANTS and `wants_of_wsl`."""
    msi = read_key(answers, MSI.id)
    services = _read_services(answers)
    policies = read_key(answers, POLICIES.id)
    lxss = read_key(answers, LXSS.id)
    distributions = lxss if isinstance(lxss, Unknown) else _read_distributions(lxss)
    exe = answers.value(WSL_EXE_ID)
    default_version = lxss.number("DefaultVersion") if isinstance(lxss, Key) else None
    numbers = {name: policies.number(name) for name in policies.values} if isinstance(policies, Key) else {}
    return Wsl(
        kind=_read_kind(msi, services),
        version=msi.text("Version") if isinstance(msi, Key) else None,
        exe=exe if isinstance(exe, Unknown) else exe is not None,
        distributions=distributions,
        default_version=default_version or 2,
        services=services,
        policies={name: number for name, number in numbers.items() if number is not None},
        status=answers.ran(STATUS_ID) if STATUS_ID in answers else None,
    )


def _read_services(answers: Answers) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name, want in zip(SERVICE_NAMES, SERVICES, strict=True):
        key = read_key(answers, want.id)
        if isinstance(key, Key):
            found[name] = key.number("Start")
    return found


def _read_kind(
    msi: Key | Unknown | None, services: dict[str, int | None]
) -> Literal["package", "inbox", "none"] | Unknown:
    if isinstance(msi, Key) and msi.text("Version"):
        return "package"
    if "lxss" in services or "LxssManager" in services:
        return "inbox"
    return msi if isinstance(msi, Unknown) else "none"


def _read_distributions(lxss: Key | None) -> tuple[Distribution, ...]:
    if lxss is None:
        return ()
    default = (lxss.text("DefaultDistribution") or "").lower()
    found = []
    for guid, key in lxss.subkeys.items():
        name = key.text("DistributionName")
        if name is None or not guid.startswith("{"):
            continue
        flags = key.number("Flags")
        found.append(
            Distribution(
                name=name,
                generation=2 if flags is not None and flags & VM_MODE else 1,
                is_default=guid.lower() == default,
                state=STATES.get(key.number("State") or 1, "unknown"),
                default_uid=key.number("DefaultUid"),
                folder=key.text("BasePath"),
            )
        )
    return tuple(found)
