"""What Windows hands into WSL 2 for the GPU: /dev/dxg, and the libraries in /usr/lib/wsl/lib."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.shapes import is_there, read_names
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ListFolder, ReadFile

DXG = Inspect("gpu.dxg", "/dev/dxg")
NVIDIA0 = Inspect("gpu.nvidia0", "/dev/nvidia0")
NVIDIACTL = Inspect("gpu.nvidiactl", "/dev/nvidiactl")
WSL_LIB = ListFolder("gpu.wsl_lib", "/usr/lib/wsl/lib")
WSL_LIBCUDA = Inspect("gpu.wsl_libcuda", "/usr/lib/wsl/lib/libcuda.so.1")
LD_CONF = ReadFile("gpu.ld_conf", "/etc/ld.so.conf.d/ld.wsl.conf")
# Windows' own store of drivers, and the folder that the NVIDIA driver fills for WSL (WSL's overlay lies above it).
DRIVER_STORE = ListFolder("gpu.driver_store", "/usr/lib/wsl/drivers", "nv*")
WINDOWS_LIB = ListFolder("gpu.windows_lib", "/mnt/c/Windows/System32/lxss/lib")
# What NVIDIA ships beside the display driver: sound, USB-C, power, virtual devices.
NOT_DISPLAY = re.compile(r"nv(hda|hdap|vad|vhci|pcf|ppc|raid|stor|smu|module|tss|usb|virtual|_?agent)", re.IGNORECASE)
WANTS = (DXG, NVIDIA0, NVIDIACTL, WSL_LIB, WSL_LIBCUDA, LD_CONF, DRIVER_STORE, WINDOWS_LIB)


@dataclass(frozen=True)
class GpuDevice:
    """`wsl_lib`: names in /usr/lib/wsl/lib, None where there is no such folder. `nvidia`: native device nodes.

    `ld_conf`: the loader is told of /usr/lib/wsl/lib. `store`: NVIDIA display drivers that Windows keeps.
    `windows_lib`: what lies in Windows' lxss\\lib, None where there is no such folder.
    """

    dxg: bool | Unknown
    nvidia: bool | Unknown
    wsl_lib: tuple[str, ...] | Unknown | None
    wsl_libcuda: bool | Unknown
    ld_conf: bool | Unknown
    store: tuple[str, ...] | Unknown | None
    windows_lib: tuple[str, ...] | Unknown | None


def read_gpu_device(answers: Answers) -> GpuDevice:
    """A regular file or a folder named dxg is not the device."""
    names = read_names(answers, WSL_LIB.id)
    conf = answers.text(LD_CONF.id)
    store = read_names(answers, DRIVER_STORE.id)
    return GpuDevice(
        dxg=is_there(answers, DXG.id, "device"),
        nvidia=_any(is_there(answers, NVIDIA0.id, "device"), is_there(answers, NVIDIACTL.id, "device")),
        wsl_lib=names,
        wsl_libcuda=_read_libcuda(answers, names),
        ld_conf=conf if isinstance(conf, Unknown) else "/usr/lib/wsl/lib" in (conf or ""),
        store=tuple(name for name in store if not NOT_DISPLAY.match(name)) if isinstance(store, tuple) else store,
        windows_lib=read_names(answers, WINDOWS_LIB.id),
    )


def _read_libcuda(answers: Answers, names: tuple[str, ...] | Unknown | None) -> bool | Unknown:
    """Of its own want, or by the folder's names where only those are told."""
    own = is_there(answers, WSL_LIBCUDA.id, "file")
    if not isinstance(own, Unknown) or isinstance(names, Unknown):
        return own
    return "libcuda.so.1" in (names or ())


def _any(first: bool | Unknown, second: bool | Unknown) -> bool | Unknown:
    if first is True or second is True:
        return True
    return first if isinstance(first, Unknown) else second
