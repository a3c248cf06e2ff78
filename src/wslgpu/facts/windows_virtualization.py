"""Virtualization: the Windows feature, the firmware's switch, the hypervisor, each told apart.

The processor's flags read false while a hypervisor runs, so they say nothing by themselves; the hypervisor is asked of
WMI, and only where no WSL 2 distribution answered (one that answers proves all of it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.windows_keys import Key, read_key
from wslgpu.facts.windows_session import ROOT, SESSION
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Registry, Run, Want

VID = Registry("windows.vid", "HKLM", r"SYSTEM\CurrentControlSet\Enum\ROOT\VID", depth=1)
WANTS = (VID,)
WMI_ID = "windows.wmi"
WMI_DEADLINE_S = 20.0
ASK_WMI = (
    "$c = Get-CimInstance Win32_ComputerSystem; $p = Get-CimInstance Win32_Processor | Select-Object -First 1; "
    "'hypervisor=' + $c.HypervisorPresent; 'firmware=' + $p.VirtualizationFirmwareEnabled"
)
NEEDS_VFPEXT = 22621  # from this build on the Virtual Machine Platform brings vfpext, which Hyper-V alone does not
DISABLED = 0x1


@dataclass(frozen=True)
class Virtualization:
    """`platform`: the Windows feature Virtual Machine Platform is installed. `firmware`: the switch in UEFI or BIOS.

    `hypervisor`: runs now. `device_off`: the Hyper-V infrastructure device is switched off (microsoft/WSL#41635).
    """

    platform: bool | Unknown
    firmware: bool | Unknown
    hypervisor: bool | Unknown
    device_off: bool


def wants_of_virtualization(answers: Answers) -> tuple[Want, ...]:
    """PowerShell by its path; it takes a second or two and is asked only where it matters."""
    root = answers.value(ROOT.id)
    folder = root if isinstance(root, str) else r"C:\Windows"
    exe = rf"{folder}\System32\WindowsPowerShell\v1.0\powershell.exe"
    return (Run(WMI_ID, (exe, "-NoProfile", "-NonInteractive", "-Command", ASK_WMI), WMI_DEADLINE_S),)


def read_virtualization(
    answers: Answers, build: int | Unknown, services: Mapping[str, int | None], distribution_answers: bool
) -> Virtualization:
    """`distribution_answers`: a WSL 2 distribution ran a command, so that a hypervisor runs."""
    vid = read_key(answers, VID.id)
    device_off = isinstance(vid, Key) and any(
        (key.number("ConfigFlags") or 0) & DISABLED for key in vid.subkeys.values()
    )
    silent = [one for name in ("HNS", "vmcompute") if isinstance(one := answers[f"windows.service.{name}"], Unknown)]
    platform = silent[0] if silent else _read_platform(build, services)
    if distribution_answers:
        return Virtualization(True, True, True, device_off)
    flag = _read_flag(answers)
    told = _read_wmi(answers)
    hypervisor = told.get("hypervisor", Unknown("failed", "Windows was not asked, or did not say"))
    if flag is True:
        firmware: bool | Unknown = True
    elif hypervisor is True:
        firmware = True
    elif hypervisor is False and "firmware" in told:
        firmware = told["firmware"]
    elif hypervisor is False:
        firmware = flag
    else:
        firmware = Unknown("failed", "a hypervisor may hide it: the processor's flag reads false while one runs")
    return Virtualization(platform, firmware, hypervisor, device_off)


def _read_platform(build: int | Unknown, services: Mapping[str, int | None]) -> bool | Unknown:
    if "HNS" not in services or "vmcompute" not in services:
        return False
    if isinstance(build, Unknown):
        return build
    return build < NEEDS_VFPEXT or "vfpext" in services


def _read_flag(answers: Answers) -> bool | Unknown:
    told = answers.value(SESSION.id)
    if isinstance(told, Mapping):
        return bool(told.get("firmware_virtualization"))
    return told if isinstance(told, Unknown) else Unknown("malformed", SESSION.id)


def _read_wmi(answers: Answers) -> dict[str, bool]:
    ran = answers.ran(WMI_ID)
    if ran is None or isinstance(ran, Unknown):
        return {}
    found = {}
    for line in ran.stdout.decode("utf-8", "replace").replace("\0", "").splitlines():
        name, _, value = line.strip().partition("=")
        if value in ("True", "False"):
            found[name] = value == "True"
    return found
