"""The NVIDIA driver of Windows: cards and drivers by the registry, modes by nvidia-smi.exe where the driver puts it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.windows_keys import Key, read_key
from wslgpu.facts.windows_session import system_folder
from wslgpu.system.answers import Answers, Ran, Unknown
from wslgpu.system.wants import Registry, Run, Want

DISPLAY_CLASS = "{4d36e968-e325-11ce-bfc1-08002be10318}"
DISPLAY = Registry("windows.display", "HKLM", rf"SYSTEM\CurrentControlSet\Control\Class\{DISPLAY_CLASS}", depth=1)
INSTALLED = Registry(
    "windows.display_driver",
    "HKLM",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{B2FE1952-0186-46C3-BAEC-A80AA35AC5B8}_Display.Driver",
)
DEVICES = Registry("windows.pci", "HKLM", r"SYSTEM\CurrentControlSet\Enum\PCI", depth=2)
WANTS = (DISPLAY, INSTALLED, DEVICES)
SMI_ID = "windows.nvidia_smi"
BANNER_ID = "windows.nvidia_smi_banner"
SMI_DEADLINE_S = 15.0
SMI_QUERY = "index,name,driver_version,driver_model.current,memory.total"
NVIDIA = "VEN_10DE"
DISABLED = 0x1  # CONFIGFLAG_DISABLED: switched off in Device Manager


@dataclass(frozen=True)
class Card:
    """A card as nvidia-smi.exe names it. `model` is WDDM, MCDM or TCC; `memory` in MiB."""

    index: int
    name: str
    model: str
    memory: int | None


@dataclass(frozen=True)
class WindowsDriver:
    """`version`: NVIDIA's own form, 560.94, and `raw` as Windows writes it, 32.0.15.6094; both None: no NVIDIA driver.

    `hardware`: names of NVIDIA display devices that Windows knows of, `disabled` those that are switched off. `others`:
    the display drivers of other makers. `cards`: what nvidia-smi.exe said; None where it is not there.
    """

    version: str | Unknown | None
    raw: str | None
    hardware: tuple[str, ...] | Unknown
    disabled: tuple[str, ...]
    others: tuple[str, ...]
    cards: tuple[Card, ...] | Unknown | None


def wants_of_driver(answers: Answers) -> tuple[Want, ...]:
    """The second question. Drivers of 2020 and later put nvidia-smi.exe into System32."""
    exe = f"{system_folder(answers)}\\nvidia-smi.exe"
    return (Run(SMI_ID, (exe, f"--query-gpu={SMI_QUERY}", "--format=csv,noheader,nounits"), SMI_DEADLINE_S),)


def wants_of_banner(answers: Answers) -> tuple[Want, ...]:
    """The whole table, where nvidia-smi.exe ran and did not know a field: driver 610 announces that one will go."""
    ran = answers.ran(SMI_ID)
    if not isinstance(ran, Ran) or b"is not a valid field" not in ran.stdout + ran.stderr:
        return ()
    return (Run(BANNER_ID, (f"{system_folder(answers)}\\nvidia-smi.exe",), SMI_DEADLINE_S),)


def read_driver(answers: Answers) -> WindowsDriver:
    """The registry first: it cannot hang. nvidia-smi.exe adds what only the running driver knows."""
    display = read_key(answers, DISPLAY.id)
    adapters = tuple(display.subkeys.values()) if isinstance(display, Key) else ()
    nvidia = [key for key in adapters if _is_nvidia(key)]
    hardware, disabled = _read_devices(answers)
    cards, told = _read_cards(answers)
    version: str | Unknown | None = told or _read_installed(answers, nvidia)
    if version is None and isinstance(display, Unknown):
        version = display
    if isinstance(hardware, Unknown) and nvidia:
        hardware = tuple(key.text("DriverDesc") or "NVIDIA" for key in nvidia)
    others = [key.text("DriverDesc") or "" for key in adapters if key not in nvidia]
    raw = next((key.text("DriverVersion") for key in nvidia if key.text("DriverVersion")), None)
    return WindowsDriver(version, raw, hardware, disabled, tuple(name for name in others if name), cards)


def _is_nvidia(key: Key) -> bool:
    maker = (key.text("ProviderName") or "").lower()
    return "nvidia" in maker and NVIDIA.lower() in (key.text("MatchingDeviceId") or NVIDIA).lower()


def _read_installed(answers: Answers, nvidia: list[Key]) -> str | None:
    """The installer's own note; a driver that Windows Update brought has none."""
    installed = read_key(answers, INSTALLED.id)
    return installed.text("DisplayVersion") if nvidia and isinstance(installed, Key) else None


def _read_devices(answers: Answers) -> tuple[tuple[str, ...] | Unknown, tuple[str, ...]]:
    pci = read_key(answers, DEVICES.id)
    if not isinstance(pci, Key):
        return (pci if isinstance(pci, Unknown) else Unknown("malformed", "Windows lists no PCI devices")), ()
    found, off = [], []
    for device, instances in pci.subkeys.items():
        if NVIDIA not in device.upper():
            continue
        for instance in instances.subkeys.values():
            if (instance.text("ClassGUID") or DISPLAY_CLASS).lower() != DISPLAY_CLASS:
                continue  # its sound device has the same maker
            name = (instance.text("DeviceDesc") or device).rpartition(";")[2]
            found.append(name)
            if (instance.number("ConfigFlags") or 0) & DISABLED:
                off.append(name)
    return tuple(found), tuple(off)


def _read_cards(answers: Answers) -> tuple[tuple[Card, ...] | Unknown | None, str | None]:
    ran = answers.ran(SMI_ID)
    if ran is None or isinstance(ran, Unknown):
        return ran, None
    cards, version = _read_rows(ran)
    if not cards:
        cards, version = _read_banner(answers)
    if not cards and ran.exit != 0:
        said = (ran.stdout or ran.stderr).decode("utf-8", "replace").strip().splitlines()
        return Unknown("failed", f"nvidia-smi.exe ended with {ran.exit}{': ' + said[0] if said else ''}"), None
    return cards, version


def _read_banner(answers: Answers) -> tuple[tuple[Card, ...], str | None]:
    ran = answers.ran(BANNER_ID)
    if not isinstance(ran, Ran):
        return (), None
    from wslgpu.facts.transcripts.nvidia_smi import read_nvidia_smi

    told = read_nvidia_smi(ran.stdout.decode("utf-8", "replace"))
    if told is None:
        return (), None
    return tuple(Card(gpu.index, gpu.name, gpu.model or "", gpu.memory_total_mib) for gpu in told.gpus), told.driver


def _read_rows(ran: Ran) -> tuple[tuple[Card, ...], str | None]:
    cards, version = [], None
    for line in ran.stdout.decode("utf-8", "replace").splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != 5 or not fields[0].isdigit():
            continue
        memory = int(fields[4]) if fields[4].isdigit() else None
        cards.append(Card(int(fields[0]), fields[1], fields[3].upper(), memory))
        if re.fullmatch(r"\d+(\.\d+)+", fields[2]):
            version = fields[2]
    return tuple(cards), version
