"""Does the GPU reach this system, and does the CUDA driver start?"""

from __future__ import annotations

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts


def judge_dxg(facts: Facts) -> Judgement:
    """In WSL 2 the GPU is /dev/dxg; there is no /dev/nvidia0 (Microsoft's WSL FAQ)."""
    if facts.profile == "cpu":
        return skip("this environment is for the CPU")
    return well() if known(facts.gpu_device.dxg) else found()


def judge_windows_driver(facts: Facts) -> Judgement:
    """The NVIDIA driver of Windows puts libcuda into /usr/lib/wsl/lib (microsoft/WSL#8587)."""
    if facts.profile == "cpu":
        return skip("this environment is for the CPU")
    return well() if known(facts.gpu_device.wsl_libcuda) else found()


def judge_cuda_init(facts: Facts) -> Judgement:
    """cuInit is the first thing that TensorFlow asks of the driver; its code is the best evidence there is."""
    if facts.profile == "cpu":
        return skip("this environment is for the CPU")
    code = known(facts.cuda.init_code)
    if code is None:
        return found(code="libcuda.so.1 cannot be loaded")
    if code != 0:
        return found(code=f"cuInit says {code}")
    gpus = known(facts.cuda.gpus)
    return well(gpus=", ".join(gpu.name for gpu in gpus), driver=facts.cuda.driver or "?")


CHECKS = (
    Check("dxg-missing", "driver", ("wsl",), judge_dxg, vital=True),
    Check("win-driver-missing", "driver", ("wsl",), judge_windows_driver, vital=True),
    Check("cuda-init-failed", "driver", ("wsl", "linux"), judge_cuda_init, vital=True),
)
