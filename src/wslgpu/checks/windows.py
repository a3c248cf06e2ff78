"""Windows itself: is it new enough, and can it run a virtual machine?"""

from __future__ import annotations

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.facts.windows import WindowsFacts
from wslgpu.system.answers import Unknown

GPU_BUILD = 19044  # Windows 10 21H2 (Microsoft's GPU compute tutorial)
INSTALL_BUILD = 19041  # `wsl --install` (Microsoft's "Install WSL")
WSL2_BUILD, WSL2_REVISION = 18362, 1049  # 18362 and 18363 need this revision (Microsoft's manual installation steps)
WSL2_BUILD_ARM = 19041
NEWEST_WITH_REVISION = 18363


def windows_of(facts: Facts) -> WindowsFacts:
    """The Windows half; a look that has none cannot be judged here."""
    return known(facts.windows if facts.windows is not None else Unknown("not_recorded", "the Windows half"))


def judge_build(facts: Facts) -> Judgement:
    """What is missing depends on the build; each step up is named once, the lowest that is missing."""
    build = windows_of(facts).build
    number = known(build.number)
    if number >= GPU_BUILD:
        return well(windows=build.name)
    old = number < WSL2_BUILD or (number <= NEWEST_WITH_REVISION and (build.revision or 0) < WSL2_REVISION)
    if old:
        needs = f"WSL 2 needs {WSL2_BUILD}.{WSL2_REVISION}, and the GPU in WSL needs {GPU_BUILD}"
    elif number < INSTALL_BUILD:
        needs = f"`wsl --install` needs {INSTALL_BUILD}, and the GPU in WSL needs {GPU_BUILD}"
    else:
        needs = f"the GPU in WSL needs {GPU_BUILD}"
    return found(windows=build.name, build=number, needs=needs)


def judge_processor(facts: Facts) -> Judgement:
    """There is no CUDA for Windows on ARM (microsoft/WSL#12724)."""
    architecture = known(windows_of(facts).build.architecture).lower()
    return found(architecture=architecture) if "arm" in architecture else well(architecture=architecture)


def judge_firmware(facts: Facts) -> Judgement:
    """The switch in UEFI, known off only where WMI says that no hypervisor hides it (microsoft/WSL#4120)."""
    virtualization = windows_of(facts).virtualization
    return well() if known(virtualization.firmware) else found()


def judge_guest(facts: Facts) -> Judgement:
    """A guest needs nested virtualization, and rarely has a CUDA card (microsoft/WSL#5689)."""
    windows = windows_of(facts)
    if windows.build.guest is None:
        return well(model=windows.build.model or "?")
    works = windows.virtualization.hypervisor is True
    return found("info" if works else "warn", model=windows.build.guest)


def judge_platform(facts: Facts) -> Judgement:
    """The services that the feature brings, as WSL itself tests it (microsoft/WSL wslutil.cpp)."""
    windows = windows_of(facts)
    if known(windows.virtualization.platform):
        return well()
    lacking = [name for name in ("HNS", "vmcompute", "vfpext") if name not in windows.wsl.services]
    return found(services=", ".join(lacking))


def judge_hypervisor(facts: Facts) -> Judgement:
    """Everything is there and switched on, and no hypervisor runs: it was told not to start (microsoft/WSL#5363)."""
    virtualization = windows_of(facts).virtualization
    if virtualization.hypervisor is True:
        return well()
    if virtualization.firmware is False or virtualization.platform is False:
        return skip("the firmware's switch or the Windows feature comes first")
    return well() if known(virtualization.hypervisor) else found()


def judge_device(facts: Facts) -> Judgement:
    """The Hyper-V infrastructure device was switched off in Device Manager (microsoft/WSL#41635)."""
    return found() if windows_of(facts).virtualization.device_off else well()


CHECKS = (
    Check("win-build-too-old", "windows", ("windows",), judge_build, vital=True),
    Check("wsl-arm64", "windows", ("windows",), judge_processor, vital=True),
    Check("virt-disabled-firmware", "windows", ("windows",), judge_firmware),
    Check("vmp-feature-off", "windows", ("windows",), judge_platform, vital=True),
    Check("hypervisor-launch-off", "windows", ("windows",), judge_hypervisor),
    Check("hyperv-device-disabled", "windows", ("windows",), judge_device),
    Check("windows-in-a-vm", "windows", ("windows",), judge_guest),
)
