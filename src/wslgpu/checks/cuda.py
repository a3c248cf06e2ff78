"""Does the CUDA driver start, and if not, whose library was it that answered?"""

from __future__ import annotations

import re

from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.system.answers import Unknown

# CUresult of NVIDIA's driver API, as far as cuInit has been seen to answer it.
CODES = {
    3: "not initialized",
    34: "the library is a stub",
    35: "the driver is older than CUDA",
    46: "the GPU is busy or not available",
    100: "no device",
    101: "no such device",
    303: "the driver's library cannot be loaded",
    304: "the operating system refused",
    802: "the system is not ready yet",
    803: "the libraries and the driver are of different versions",
    804: "forward compatibility is not supported on this card",
    999: "unknown error",
}
NO_DEVICE, STUB = 100, 34
NVML_DRIVER_NOT_LOADED, NVML_BLOCKED = 9, 17
SEGMENTATION_FAULT = (-11, 139)
ELSEWHERE = "another finding says it"


def foreign_libcuda(facts: Facts) -> str | None:
    """The libcuda that the loader took although it is not Windows' own."""
    ours = ("/usr/lib/wsl/", "/mnt/", "/stubs/")
    return next((path for path in facts.cuda.files if "libcuda" in path and not any(p in path for p in ours)), None)


def mixed_versions(facts: Facts) -> str | None:
    """In WSL nvidia-smi and the driver always differ a little (570.194 and 573.76); another branch is a foreign one."""
    smi = facts.cuda.smi
    if smi is None or not smi.smi or not smi.driver:
        return None
    tool, driver = (int(version.split(".")[0]) for version in (smi.smi, smi.driver))
    return f"nvidia-smi {smi.smi} with driver {smi.driver}" if abs(tool - driver) >= 10 else None


def judge_linux_driver(facts: Facts) -> Judgement:
    """A driver of Linux inside WSL hides Windows' own (NVIDIA's CUDA on WSL guide; microsoft/WSL#40680)."""
    packages = facts.debian.drivers
    named = packages if isinstance(packages, tuple) else ()
    file, versions = foreign_libcuda(facts), mixed_versions(facts)
    said = facts.cuda.smi.error if facts.cuda.smi else None
    if not (named or file or versions or said == "driver_library_mismatch"):
        known(packages)
        return well(file=", ".join(facts.cuda.files) or "-")
    harmless = facts.cuda.init_code == 0 and file is None and versions is None
    what = file or versions or (f"the packages {_few(named)}" if named else "nvidia-smi's libraries")
    evidence = {"what": what, "packages": _few(named) or "none that dpkg knows"}
    if named:
        evidence["purge"] = " ".join(named)
    elif file:
        evidence["file"] = file
    return found("warn" if harmless else None, **evidence)


def _few(names: tuple[str, ...], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def judge_stub(facts: Facts) -> Judgement:
    """CUDA's toolkit brings an empty libcuda to link with; no program can run with it."""
    files = [file for file in facts.cuda.files if "/stubs/" in file]
    path = facts.variables.get("LD_LIBRARY_PATH")
    in_path = isinstance(path, str) and "/stubs" in path
    if facts.cuda.init_code == STUB or files:
        return found(file=files[0] if files else path if in_path and isinstance(path, str) else "libcuda.so.1")
    if in_path and isinstance(path, str):
        return found("warn", file=next(folder for folder in path.split(":") if "/stubs" in folder))
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    known(facts.cuda.init_code)
    return well()


def judge_loader(facts: Facts) -> Judgement:
    """libcuda lies where WSL puts it, and the loader does not look there (microsoft/WSL#8587)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    loaded = known(facts.cuda.loaded)
    if loaded == "libcuda.so.1":
        return well(file=", ".join(facts.cuda.files) or loaded)
    if loaded is None and not known(facts.gpu_device.wsl_libcuda):
        return well(file="-")
    if facts.wsl_conf.says_no("automount.ldconfig") is True:
        why = "/etc/wsl.conf says [automount] ldconfig=false"
    elif facts.gpu_device.ld_conf is False:
        why = "/etc/ld.so.conf.d/ld.wsl.conf does not name the folder"
    else:
        why = facts.cuda.load_errors[0] if facts.cuda.load_errors else "the loader's cache is stale"
    return found(why=why)


def judge_blocked(facts: Facts) -> Judgement:
    """NVML's error 17 has many causes: TCC mode, a Linux driver, a kernel of one's own (microsoft/WSL#9938)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    smi = facts.cuda.smi
    blocked = facts.cuda.nvml_code == NVML_BLOCKED or (smi is not None and smi.error == "nvml_gpu_access_blocked")
    return found() if blocked else well()


def judge_elevation(facts: Facts) -> Judgement:
    """The GPU of the VM belongs to whoever started WSL first, elevated or not (microsoft/WSL#9099)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    error = facts.cuda.smi.error if facts.cuda.smi else None
    silent = facts.cuda.nvml_code == NVML_DRIVER_NOT_LOADED or error in (
        "driver_not_loaded",
        "driver_not_communicating",
    )
    clean = not facts.debian.drivers or isinstance(facts.debian.drivers, Unknown)
    whole = facts.gpu_device.dxg is not False and facts.gpu_device.wsl_libcuda is not False
    if silent and whole and clean and foreign_libcuda(facts) is None and facts.cuda.init_code != 0:
        return found()
    return well()


def judge_crash(facts: Facts) -> Judgement:
    """libcuda has been seen to end the process that asks it: munmap_chunk(), a fault (microsoft/WSL#9166)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    code = facts.cuda.init_code
    if isinstance(code, Unknown) and code.reason == "crashed":
        return found(how=code.detail)
    known(code)
    return well()


def judge_hang(facts: Facts) -> Judgement:
    """cuInit that waits for ever: the probe was ended at its deadline."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    code = facts.cuda.init_code
    if isinstance(code, Unknown) and code.reason == "timed_out":
        return found(how=code.detail)
    if isinstance(code, Unknown) and code.reason == "crashed":
        return well()
    known(code)
    return well()


def judge_no_device(facts: Facts) -> Judgement:
    """The driver starts, or says so, and has no card to show."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if _gone(facts):
        return skip(ELSEWHERE)
    code = known(facts.cuda.init_code)
    if code == NO_DEVICE:
        return found(code=f"cuInit answers {NO_DEVICE} (no device)")
    gpus = facts.cuda.gpus
    return found(code="cuInit is well and counts 0 cards") if code == 0 and gpus == () else well()


def judge_init(facts: Facts) -> Judgement:
    """cuInit is the first thing that TensorFlow asks of the driver; its code is the best evidence there is."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if _gone(facts):
        return skip(ELSEWHERE)
    code = known(facts.cuda.init_code)
    if code is None:
        return found(code="libcuda.so.1 cannot be loaded")
    if code in (NO_DEVICE, STUB):
        return skip(ELSEWHERE)
    if code != 0:
        return found(code=f"cuInit answers {code} ({CODES.get(code, 'see NVIDIA CUresult')})")
    gpus = known(facts.cuda.gpus)
    if not gpus:
        return skip(ELSEWHERE)
    version = facts.cuda.driver_version
    return well(gpus=", ".join(gpu.name for gpu in gpus), driver=f"driver {version}" if version else "driver unknown")


def _gone(facts: Facts) -> bool:
    """cuInit never answered: a crash and a time-out are findings of their own."""
    code = facts.cuda.init_code
    return isinstance(code, Unknown) and code.reason in ("crashed", "timed_out")


def judge_smi_crash(facts: Facts) -> Judgement:
    """nvidia-smi of drivers 551.76 to 560.x ends in a segmentation fault under WSL (microsoft/WSL#11277)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    if facts.cuda.smi_exit in SEGMENTATION_FAULT:
        return found(driver=facts.cuda.driver_version or "of unknown version")
    return well()


def judge_smi_path(facts: Facts) -> Judgement:
    """WSL adds its folder to PATH only in shells that wsl.exe starts (microsoft/WSL#8794)."""
    path, names = facts.variables.get("PATH"), facts.gpu_device.wsl_lib
    if isinstance(path, Unknown) or not isinstance(names, tuple) or "nvidia-smi" not in names:
        return skip("there is no nvidia-smi to look for")
    return well() if "/usr/lib/wsl/lib" in re.split(r"[:\s]", path or "") else found()


CHECKS = (
    Check("linux-driver-in-wsl", "driver", ("wsl",), judge_linux_driver),
    Check("libcuda-stub", "driver", BOTH, judge_stub),
    Check("wsl-lib-not-in-loader", "driver", ("wsl",), judge_loader),
    Check("gpu-access-blocked", "driver", ("wsl",), judge_blocked),
    Check("elevation-mismatch", "driver", ("wsl",), judge_elevation),
    Check("cuda-init-crashed", "driver", BOTH, judge_crash),
    Check("cuda-init-hangs", "driver", BOTH, judge_hang),
    Check("cuda-no-device", "driver", BOTH, judge_no_device),
    Check("cuda-init-failed", "driver", BOTH, judge_init, vital=True),
    Check("win-driver-segfault", "driver", ("wsl",), judge_smi_crash),
    Check("nvidia-smi-not-on-path", "driver", ("wsl",), judge_smi_path),
)
