"""Asks libcuda itself, step by step. Runs in a child with a deadline: libcuda has been seen to crash and to hang.

Plain Python 3.7, standard library only; its text is handed to an interpreter. Prints one JSON object a step, flushed,
so that what was learned before a crash is not lost. The functions and attributes are those of NVIDIA's CUDA driver API
and of its management library NVML.
"""

import ctypes
import json
import sys

COMPUTE_CAPABILITY_MAJOR, COMPUTE_CAPABILITY_MINOR = 75, 76


class Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def tell(**step):
    sys.stdout.write(json.dumps(step) + "\n")
    sys.stdout.flush()


def loaded_files(part):
    with open("/proc/self/maps") as maps:
        return sorted({line.split(None, 5)[5].strip() for line in maps if part in line and "/" in line})


def load(paths):
    errors = []
    for path in paths:
        try:
            return path, ctypes.CDLL(path), errors
        except OSError as error:
            errors.append(str(error))
    return None, None, errors


def ask_devices(cuda):
    count = ctypes.c_int()
    code = cuda.cuDeviceGetCount(ctypes.byref(count))
    tell(step="count", code=code, count=count.value)
    for index in range(count.value if code == 0 else 0):
        device, name, memory = ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.c_size_t()
        major, minor = ctypes.c_int(), ctypes.c_int()
        cuda.cuDeviceGet(ctypes.byref(device), index)
        cuda.cuDeviceGetName(name, 256, device)
        cuda.cuDeviceGetAttribute(ctypes.byref(major), COMPUTE_CAPABILITY_MAJOR, device)
        cuda.cuDeviceGetAttribute(ctypes.byref(minor), COMPUTE_CAPABILITY_MINOR, device)
        cuda.cuDeviceTotalMem_v2(ctypes.byref(memory), device)
        text = name.value.decode("utf-8", "replace")
        tell(step="device", index=index, name=text, capability=[major.value, minor.value], memory=memory.value)


def ask_nvml(folder):
    """NVML tells the driver's own version (under WSL that of Windows) and the memory in use."""
    _, nvml, _ = load([folder + "/libnvidia-ml.so.1", "libnvidia-ml.so.1"] if folder else ["libnvidia-ml.so.1"])
    if nvml is None:
        return
    code = nvml.nvmlInit_v2()
    tell(step="nvml", code=code)
    if code != 0:
        return
    version = ctypes.create_string_buffer(96)
    if nvml.nvmlSystemGetDriverVersion(version, 96) == 0:
        tell(step="driver", version=version.value.decode("ascii", "replace"))
    count = ctypes.c_uint()
    nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
    for index in range(min(count.value, 16)):
        handle, memory = ctypes.c_void_p(), Memory()
        if nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)) != 0:
            continue
        if nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) == 0:
            tell(step="memory", index=index, total=memory.total, used=memory.used)
    nvml.nvmlShutdown()


def main():
    # First as TensorFlow does it, by the loader's own search; then where WSL puts it, to tell the two apart.
    found, cuda, errors = load(["libcuda.so.1", *sys.argv[1:]])
    tell(step="load", name=found, errors=errors, files=loaded_files("libcuda") if cuda else [])
    if cuda is None:
        return
    version = ctypes.c_int()
    tell(step="api", code=cuda.cuDriverGetVersion(ctypes.byref(version)), version=version.value)
    tell(step="init", begun=True)
    code = cuda.cuInit(0)
    tell(step="init", code=code)
    if code == 0:
        ask_devices(cuda)
    try:
        ask_nvml(found.rpartition("/")[0])
    except AttributeError:  # an NVML that lacks a function: the driver is known well enough without
        pass
    tell(step="end")


main()
