"""Is this WSL 2, with a kernel and a distribution that the GPU and TensorFlow can live on?"""

from __future__ import annotations

import datetime

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown

OLDEST_KERNEL = (5, 10, 43)  # Microsoft documents 5.10.43.3 for CUDA (GPU compute tutorial)
CLOCK_TOLERANCE_S = 120
BEFORE_WSLGPU = 1_735_689_600  # 2025-01-01: no recording is older, however long it is kept
HELPERS = ("docker-desktop", "docker-desktop-data", "rancher-desktop", "rancher-desktop-data", "podman-machine-default")
# Sections and keys that only %USERPROFILE%\.wslconfig knows (microsoft/WSL src/windows/common/WslCoreConfig.cpp).
VM_SECTIONS = ("wsl2", "experimental")
VM_KEYS = ("networkingmode", "dnstunneling", "autoproxy", "gpusupport", "processors", "memory", "swap", "kernel")


def judge_wsl1(facts: Facts) -> Judgement:
    """WSL 1 has no kernel of its own, so no GPU (Microsoft's "Comparing WSL versions")."""
    generation = known(facts.kernel.wsl_generation)
    kernel = known(facts.kernel.release)
    name = facts.machine.distribution or "Ubuntu"
    return found(kernel=kernel, distribution=name) if generation == 1 else well(kernel=kernel)


def judge_kernel_age(facts: Facts) -> Judgement:
    """Only WSL 2's own kernels: WSL 1's number says nothing."""
    if facts.kernel.wsl_generation == 1:
        return skip("WSL 1 has no kernel of its own")
    numbers, release = known(facts.kernel.numbers), known(facts.kernel.release)
    if numbers[:3] >= OLDEST_KERNEL:
        return well(kernel=release)
    works = facts.cuda.init_code == 0
    return found("warn" if works else None, kernel=release)


def judge_custom_kernel(facts: Facts) -> Judgement:
    """A kernel of one's own needs CONFIG_DXGKRNL (microsoft/WSL#10289)."""
    if facts.kernel.wsl_generation == 1:
        return skip("WSL 1 has no kernel of its own")
    release = known(facts.kernel.release)
    own = "microsoft-standard" not in release.lower()
    blocked = facts.cuda.smi is not None and facts.cuda.smi.error == "nvml_gpu_access_blocked"
    if facts.kernel.has_dxg is False:
        return found(kernel=release, why="it was built without CONFIG_DXGKRNL")
    if own and facts.gpu_device.dxg is False:
        return found(kernel=release, why="there is no /dev/dxg with it")
    if own and (blocked or (isinstance(facts.cuda.init_code, int) and facts.cuda.init_code != 0)):
        return found(kernel=release, why="CUDA does not start with it")
    return well(kernel=release)


def judge_dxg_regression(facts: Facts) -> Judgement:
    """WSL 2.7.10 brought kernel 6.18.33.2, whose GPU driver hangs after hours (microsoft/WSL#41017, #41060)."""
    release = known(facts.kernel.release)
    return found(kernel=release) if release.startswith("6.18.33.") else well(kernel=release)


def judge_musl(facts: Facts) -> Judgement:
    """TensorFlow's wheels are manylinux wheels: they need glibc."""
    name = facts.machine.release_name
    return found(distribution=name) if known(facts.machine.musl) else well(distribution=name)


def judge_arm(facts: Facts) -> Judgement:
    """CUDA in WSL is for x86_64 only."""
    architecture = known(facts.machine.architecture).lower()
    return found(architecture=architecture) if architecture in ("aarch64", "arm64") else well(architecture=architecture)


def judge_helper_distribution(facts: Facts) -> Judgement:
    """Docker's and Podman's own distributions are no place to work in (microsoft/WSL#5923)."""
    name = facts.machine.distribution or ""
    if name in HELPERS or name.startswith("podman-") or facts.machine.release_id == "docker-desktop":
        return found(distribution=name or "docker-desktop")
    return well(distribution=name or known(facts.machine.release_name))


def judge_clock(facts: Facts) -> Judgement:
    """The VM's clock stands still while Windows sleeps; the hardware clock does not (microsoft/WSL#8204)."""
    now = known(facts.machine.time)
    if now < BEFORE_WSLGPU:
        return found(skew=f"it says {_day(now)}")
    hardware = facts.machine.hardware_time
    if facts.side == "wsl" and isinstance(hardware, int) and abs(now - hardware) > CLOCK_TOLERANCE_S:
        return found(skew=f"it is {abs(now - hardware)} s {'behind' if now < hardware else 'ahead of'} Windows' clock")
    return well(time=_day(now))


def _day(seconds: int) -> str:
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"


def judge_read_only(facts: Facts) -> Judgement:
    """ext4 turns read-only when its disk fails it: a full Windows drive, a power cut (microsoft/WSL#6220)."""
    root = known(facts.project.root)
    return found(kind=root.kind) if root.read_only else well(kind=root.kind)


def judge_systemd(facts: Facts) -> Judgement:
    """Nothing that TensorFlow needs; only so that nobody looks for the fault here."""
    init = known(facts.kernel.init)
    return well(init=init) if init == "systemd" else found(init=init)


def judge_interop(facts: Facts) -> Judgement:
    """Nothing that TensorFlow needs; wslgpu then sees nothing of Windows from here."""
    return well() if known(facts.wsl_conf.interop) else found()


def judge_wsl_conf(facts: Facts) -> Judgement:
    """Keys of the virtual machine in the file of the distribution do nothing (microsoft/WSL#9520)."""
    keys = known(facts.wsl_conf.keys)
    lost = [key for key in keys if key.split(".")[0] in VM_SECTIONS or key.split(".")[1] in VM_KEYS]
    return found(keys=", ".join(sorted(lost))) if lost else well()


def judge_wsl_release(facts: Facts) -> Judgement:
    """The WSL that came with Windows stops at kernel 5.10; the package is at 5.15 and later (microsoft/WSL#9039)."""
    if facts.kernel.wsl_generation == 1 or isinstance(facts.kernel.numbers, Unknown):
        return skip("WSL 2's kernel is not known")
    numbers, release = facts.kernel.numbers, known(facts.kernel.release)
    if "microsoft-standard" in release and OLDEST_KERNEL <= numbers[:3] < (5, 15):
        return found("warn", kernel=release)
    return well(kernel=release)


CHECKS = (
    Check("wsl1-distro", "system", ("wsl",), judge_wsl1, vital=True),
    Check("docker-desktop-default", "system", ("wsl",), judge_helper_distribution),
    Check("wsl-arm64", "system", ("wsl",), judge_arm),
    Check("distro-musl", "system", ("wsl", "linux"), judge_musl),
    Check("kernel-too-old", "system", ("wsl",), judge_kernel_age),
    Check("wsl-inbox-old", "system", ("wsl",), judge_wsl_release),
    Check("custom-kernel-no-dxg", "system", ("wsl",), judge_custom_kernel),
    Check("wsl-2.7.10-dxg-hang", "system", ("wsl",), judge_dxg_regression),
    Check("rootfs-readonly", "system", ("wsl",), judge_read_only),
    Check("clock-skew", "system", ("wsl", "linux"), judge_clock),
    Check("wslconfig-wrong-file", "system", ("wsl",), judge_wsl_conf),
    Check("systemd-off", "system", ("wsl",), judge_systemd),
    Check("interop-path-missing", "system", ("wsl",), judge_interop),
)
