"""Which Windows: build and revision, edition, processor, and whether it runs in a virtual machine.

Only the registry is asked, as WSL itself does. `ProductName` is not read: it says Windows 10 on Windows 11.
"""

from __future__ import annotations

from dataclasses import dataclass

from wslgpu.facts.windows_keys import Key, read_key
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Registry

CURRENT = Registry("windows.build", "HKLM", r"SOFTWARE\Microsoft\Windows NT\CurrentVersion")
ENVIRONMENT = Registry("windows.environment", "HKLM", r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment")
BIOS = Registry("windows.bios", "HKLM", r"HARDWARE\DESCRIPTION\System\BIOS")
WANTS = (CURRENT, ENVIRONMENT, BIOS)

WINDOWS_11 = 22000
# SystemManufacturer and SystemProductName of guests; Hyper-V's guests and Azure's are "Virtual Machine" of Microsoft.
GUESTS = (
    "virtual machine",
    "vmware",
    "virtualbox",
    "innotek",
    "kvm",
    "qemu",
    "parallels",
    "xen",
    "bochs",
    "google compute",
)


@dataclass(frozen=True)
class WindowsBuild:
    """`number`, `revision` (UBR): 19045 and 2311 of 10.0.19045.2311. `version`: 22H2, or the older 1903.

    `architecture` of the machine, not of this process: AMD64 or ARM64. `model`: what the machine calls itself; `guest`:
    the same where it is a virtual one, None on a real one.
    """

    number: int | Unknown
    revision: int | None
    version: str | None
    edition: str | None
    is_server: bool
    architecture: str | Unknown
    guest: str | None
    model: str | None

    @property
    def name(self) -> str:
        """Windows 11 23H2 (22631.4037), for people."""
        family = "Windows Server" if self.is_server else "Windows"
        if isinstance(self.number, Unknown):
            return family
        generation = "" if self.is_server else " 11" if self.number >= WINDOWS_11 else " 10"
        full = f"{self.number}.{self.revision}" if self.revision is not None else str(self.number)
        return " ".join(part for part in (family + generation, self.version, f"(build {full})") if part)


def read_build(answers: Answers) -> WindowsBuild:
    """A UBR that is missing reads None: builds before 15063 have none."""
    current = read_key(answers, CURRENT.id)
    architecture = _read_architecture(answers)
    model = _read_model(answers)
    guest = model if model and any(name in model.lower() for name in GUESTS) else None
    if not isinstance(current, Key):
        gone = current or Unknown("malformed", f"there is no key {CURRENT.key}")
        return WindowsBuild(gone, None, None, None, False, architecture, guest, model)
    number = current.number("CurrentBuild") or current.number("CurrentBuildNumber")
    return WindowsBuild(
        number=number if number is not None else Unknown("malformed", "the registry names no build"),
        revision=current.number("UBR"),
        version=current.text("DisplayVersion") or current.text("ReleaseId"),
        edition=current.text("EditionID"),
        is_server="server" in (current.text("InstallationType") or "").lower(),
        architecture=architecture,
        guest=guest,
        model=model,
    )


def _read_architecture(answers: Answers) -> str | Unknown:
    key = read_key(answers, ENVIRONMENT.id)
    if isinstance(key, Unknown):
        return key
    return (key and key.text("PROCESSOR_ARCHITECTURE")) or Unknown("malformed", "the registry names no processor")


def _read_model(answers: Answers) -> str | None:
    key = read_key(answers, BIOS.id)
    if not isinstance(key, Key):
        return None
    names = [key.text("SystemManufacturer") or "", key.text("SystemProductName") or ""]
    return " ".join(name for name in names if name) or None
