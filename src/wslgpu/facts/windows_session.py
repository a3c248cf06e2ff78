"""This session of Windows: elevated or not, the user's folder, where Windows' own programs lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.windows_keys import Key, read_key
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Registry, Variable, WindowsSession

ROOT = Variable("windows.root", "SystemRoot")
PROFILE = Variable("windows.profile", "USERPROFILE")
SESSION = WindowsSession()
UAC = Registry("windows.uac", "HKLM", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System")
WANTS = (ROOT, PROFILE, SESSION, UAC)


@dataclass(frozen=True)
class Session:
    """`memory`: the machine's, in bytes; `processors`: logical ones, None where nobody said.

    `admin_protection`: elevated programs run as another, hidden user.

    `is_service`: session 0, where ssh and services run and the packaged WSL does not start.
    """

    elevated: bool | Unknown
    is_service: bool | Unknown
    admin_protection: bool
    memory: int | Unknown
    oem: str | None
    processors: int | None = None


def read_session(answers: Answers) -> Session:
    """TypeOfAdminApprovalMode 2 is Administrator protection (Windows 11 from 2025)."""
    told = answers.value(SESSION.id)
    uac = read_key(answers, UAC.id)
    protection = isinstance(uac, Key) and uac.number("TypeOfAdminApprovalMode") == 2
    if not isinstance(told, Mapping):
        gone = told if isinstance(told, Unknown) else Unknown("malformed", SESSION.id)
        return Session(gone, gone, protection, gone, None)
    memory, session, processors = told.get("memory"), told.get("session"), told.get("processors")
    return Session(
        elevated=bool(told.get("elevated")),
        is_service=session == 0 if session is not None else Unknown("failed", "Windows names no session"),
        admin_protection=protection,
        memory=memory if isinstance(memory, int) else Unknown("failed", "Windows names no memory"),
        oem=told.get("oem"),
        processors=processors if isinstance(processors, int) else None,
    )


def system_folder(answers: Answers) -> str:
    """Where wsl.exe and nvidia-smi.exe lie. A 32-bit Python sees its own System32 there, which holds neither."""
    root = answers.value(ROOT.id)
    told = answers.value(SESSION.id)
    is_32 = isinstance(told, Mapping) and told.get("python_bits") == 32
    return f"{root if isinstance(root, str) else 'C:' + chr(92) + 'Windows'}\\{'Sysnative' if is_32 else 'System32'}"
