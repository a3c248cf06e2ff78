"""What Windows hands into WSL 2 for the GPU: /dev/dxg and the libraries in /usr/lib/wsl/lib."""

from __future__ import annotations

from dataclasses import dataclass

from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ListFolder, ReadFile

DXG = Inspect("gpu.dxg", "/dev/dxg")
NVIDIA0 = Inspect("gpu.nvidia0", "/dev/nvidia0")
NVIDIACTL = Inspect("gpu.nvidiactl", "/dev/nvidiactl")
WSL_LIB = ListFolder("gpu.wsl_lib", "/usr/lib/wsl/lib")
WSL_LIBCUDA = Inspect("gpu.wsl_libcuda", "/usr/lib/wsl/lib/libcuda.so.1")
LD_CONF = ReadFile("gpu.ld_conf", "/etc/ld.so.conf.d/ld.wsl.conf")
WANTS = (DXG, NVIDIA0, NVIDIACTL, WSL_LIB, WSL_LIBCUDA, LD_CONF)


@dataclass(frozen=True)
class GpuDevice:
    """`wsl_lib`: names in /usr/lib/wsl/lib, None where there is no such folder. `nvidia`: native device nodes."""

    dxg: bool | Unknown
    nvidia: bool | Unknown
    wsl_lib: tuple[str, ...] | Unknown | None
    wsl_libcuda: bool | Unknown


def read_gpu_device(answers: Answers) -> GpuDevice:
    """A regular file or a folder named dxg is not the device."""
    names = answers.value(WSL_LIB.id)
    return GpuDevice(
        dxg=_there(answers, DXG.id, ("device",)),
        nvidia=_any(_there(answers, NVIDIA0.id, ("device",)), _there(answers, NVIDIACTL.id, ("device",))),
        wsl_lib=tuple(names) if isinstance(names, list) else names,
        wsl_libcuda=_there(answers, WSL_LIBCUDA.id, ("file",)),
    )


def _there(answers: Answers, want_id: str, kinds: tuple[str, ...]) -> bool | Unknown:
    value = answers.value(want_id)
    if isinstance(value, Unknown):
        return value
    return value is not None and value.get("kind") in kinds


def _any(first: bool | Unknown, second: bool | Unknown) -> bool | Unknown:
    if first is True or second is True:
        return True
    return first if isinstance(first, Unknown) else second
