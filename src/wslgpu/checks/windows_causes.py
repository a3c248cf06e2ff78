"""Which finding of the Windows half explains which, on either side; they stand before causes.py's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wslgpu.checks.causes import CAUSES as CAUSES_INSIDE

NO_VM = ("virt-disabled-firmware", "vmp-feature-off", "hypervisor-launch-off", "hyperv-device-disabled")
NO_CARD = ("win-build-too-old", "no-nvidia-gpu", "gpu-tcc-mode")

WINDOWS_CAUSES: Mapping[str, Sequence[str]] = {
    "wsl-not-installed": ("wsl-blocked-by-policy", "win-build-too-old"),
    "vmp-feature-off": ("wsl-not-installed", "win-build-too-old"),
    "virt-disabled-firmware": ("windows-in-a-vm",),
    "hypervisor-launch-off": ("windows-in-a-vm", "wsl-not-installed"),
    "wsl-inbox-old": ("win-build-too-old",),
    "wsl-no-distro": ("wsl-not-installed", "wsl-hidden-by-elevation", "win-build-too-old"),
    "windows-elevated": ("wsl-hidden-by-elevation",),
    "wsl-service-broken": ("wsl-in-session-0", *NO_VM),
    "wsl-not-answering": ("wsl-in-session-0", *NO_VM),
    "wsl1-distro": ("win-build-too-old",),
    "kernel-too-old": ("wsl-inbox-old",),
    "dxg-missing": ("win-build-too-old", "no-nvidia-gpu"),
    "win-driver-missing": (*NO_CARD, "gpu-switched-off"),
    "win-driver-too-old": ("gpu-switched-off",),
    "gpu-access-blocked": NO_CARD,
    "driver-mount-incomplete": NO_CARD,
    "wsl-lib-not-in-loader": NO_CARD,
    "cuda-init-failed": NO_CARD,
    "cuda-init-crashed": NO_CARD,
    "cuda-init-hangs": NO_CARD,
    "cuda-no-device": NO_CARD,
    "unknown:driver": NO_CARD,
    "unknown:card": NO_CARD,
}

CAUSES: Mapping[str, Sequence[str]] = {
    slug: (*WINDOWS_CAUSES.get(slug, ()), *CAUSES_INSIDE.get(slug, ()))
    for slug in dict.fromkeys((*WINDOWS_CAUSES, *CAUSES_INSIDE))
}
