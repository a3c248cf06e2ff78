"""Does Windows hand the GPU and its libraries to this system?"""

from __future__ import annotations

from typing import Literal

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown

FOR_CPU = "this environment is for the CPU"


def judge_dxg(facts: Facts) -> Judgement:
    """In WSL 2 the GPU is /dev/dxg; there is no /dev/nvidia0 (Microsoft's WSL FAQ)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    return well() if known(facts.gpu_device.dxg) else found()


def judge_gpu_support(facts: Facts) -> Judgement:
    """`[gpu] enabled` of /etc/wsl.conf (microsoft/WSL src/linux/init/WslDistributionConfig)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if facts.gpu_device.dxg is True and facts.gpu_device.wsl_libcuda is True:
        return well()
    return found(file="/etc/wsl.conf", key="[gpu] enabled") if known(facts.wsl_conf.says_no("gpu.enabled")) else well()


def why_no_libcuda(facts: Facts) -> Literal["there", "incomplete", "switched-off", "missing"] | Unknown:
    """Windows' driver store and lxss\\lib tell apart what looks the same in /usr/lib/wsl/lib (microsoft/WSL#5604)."""
    device = facts.gpu_device
    names, windows = device.wsl_lib, device.windows_lib
    if device.wsl_libcuda is True:
        return "incomplete" if isinstance(names, tuple) and names and "libdxcore.so" not in names else "there"
    if isinstance(device.wsl_libcuda, Unknown):
        return device.wsl_libcuda
    if isinstance(windows, tuple) and any(name.startswith("libcuda.so") for name in windows):
        return "incomplete"
    if isinstance(names, tuple) and any(name.startswith(("libnvidia", "libnvcu", "nvidia-smi")) for name in names):
        return "incomplete"
    if device.dxg is True and (names is None or names == ()):
        return "incomplete"
    return "switched-off" if isinstance(device.store, tuple) and device.store else "missing"


def judge_windows_driver(facts: Facts) -> Judgement:
    """The NVIDIA driver of Windows puts libcuda into /usr/lib/wsl/lib (microsoft/WSL#8587)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    return found() if known(why_no_libcuda(facts)) == "missing" else well()


def judge_switched_off(facts: Facts) -> Judgement:
    """The driver is kept in Windows' store, and no card uses it (microsoft/WSL#8931, #4846)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if known(why_no_libcuda(facts)) != "switched-off":
        return well()
    store = facts.gpu_device.store
    return found(driver=store[0] if isinstance(store, tuple) and store else "?")


def judge_mount(facts: Facts) -> Judgement:
    """A driver that was updated while WSL ran leaves half of its files to see (microsoft/WSL#7314)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if known(why_no_libcuda(facts)) != "incomplete":
        return well()
    names = facts.gpu_device.wsl_lib
    there = names if isinstance(names, tuple) else ()
    lacking = [name for name in ("libcuda.so.1", "libdxcore.so") if name not in there]
    return found(lacking=" and ".join(lacking))


def judge_no_gpu(facts: Facts) -> Judgement:
    """A Linux machine without a GPU is not broken: it trains on the CPU."""
    if facts.profile == "gpu":
        return well()
    return found("info")


CHECKS = (
    Check("gpu-support-false", "driver", ("wsl",), judge_gpu_support),
    Check("dxg-missing", "driver", ("wsl",), judge_dxg, vital=True),
    Check("win-driver-missing", "driver", ("wsl",), judge_windows_driver, vital=True),
    Check("gpu-switched-off", "driver", ("wsl",), judge_switched_off),
    Check("driver-mount-incomplete", "driver", ("wsl",), judge_mount),
    Check("no-nvidia-gpu", "driver", ("linux",), judge_no_gpu),
)
