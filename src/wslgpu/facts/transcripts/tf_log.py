"""What TensorFlow (1.4 to 2.22), XLA or JAX logged of the GPU: one diagnosis, the cause before its effects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wslgpu.facts.transcripts.clean import clean, clean_lines

_MISSING = re.compile(r"Could not load dynamic library [^\w\n]{0,8}([\w.+-]{3,80}\w)")
_LIBRARY = re.compile(r"Could not load library ([\w.+-]{3,80}\w)")
_LOADER = re.compile(r"(?:OSError|ImportError): ([\w.+-]{3,80}): cannot open shared object file")
# TensorRT is optional: without it TensorFlow uses the GPU all the same.
_OPTIONAL = ("libnvinfer", "nvinfer")
_ASKED = re.compile(r"list_physical_devices\(")
_NONE = re.compile(r"(?m)^\s{0,20}\[\]\s{0,20}$")
_CUINIT = re.compile(r"failed call to cuInit:?([^\n]{0,200})", re.IGNORECASE)
_CODE = re.compile(r"\((\d{1,4})\)|\bcuInit\b[^\n\d]{0,30}\b(\d{1,4})\b")
_NAME = re.compile(r"\b(CUDA_ERROR_[A-Z_]{3,60})\b")
_CUDNN = re.compile(
    r"Loaded runtime CuDNN library: ([\d.]{1,20}?)\.?\s{1,4}but source was compiled with: (\d{1,3}(?:\.\d{1,3}){0,3})"
)
_BREAK = re.compile(r"\s{0,4}\n[ \t#>/*]{0,12}")  # a sentence that somebody broke, perhaps inside of a comment
_CUDNN_OLD = re.compile(r"Loaded runtime CuDNN library: (\d{4,5})[^\n]{0,80}compiled with:? (\d{4,5})")
_LIBDEVICE = re.compile(
    r"libdevice not found|Can't find libdevice directory|Couldn't find a suitable .{0,20}libdevice|libdevice\.10\.bc"
)
_CREATED = re.compile(
    r"Created (?:TensorFlow )?device \(?[^\n]{0,80}?(?:device:GPU:(\d{1,3})|gpu:(\d{1,3}))[^\n]{0,400}"
)
_LISTED = re.compile(
    r"physical_device:GPU:(\d{1,3})|LogicalDevice\(name='/device:GPU:(\d{1,3})|name: \"/device:GPU:(\d{1,3})\""
    r"|(?:Cuda|Gpu)Device\(id=(\d{1,3})"
)
_VISIBLE = re.compile(r"Adding visible gpu devices?: (\d{1,3}(?:, ?\d{1,3}){0,20})")
_COUNTED = re.compile(
    r"(?:Num GPUs? Available|GPUs? available|Number of GPUs)\s{0,4}:?\s{0,4}(\d{1,3})\b", re.IGNORECASE
)
_DEVICE_NAME = re.compile(r"\bname: ([^,\n\"]{2,80}?)(?:, pci bus id| major:|, compute|$)")
_CAPABILITY = re.compile(r"compute capability:? (\d{1,2}\.\d)")
_MEMORY = re.compile(r"with (\d{1,7}) MB memory")
_PLUGGABLE = re.compile(r"PluggableDevice \(device: \d{1,3}, name: ([A-Z]{2,20})")
_METAL = re.compile(r"Metal device set to:|name: METAL\b")
_ABOUT = re.compile(
    r"tensorflow|\bxla\b|\bjax\b|cuda_driver|dso_loader|libcud|cudnn|cublas|cuInit|physical_device|Metal device|"
    r"GPU libraries|cudaGetRuntimeVersion|libdevice|gpu_device\.cc|cuda drivers on your machine|CUDA_ERROR_|CudaDevice"
    r"|Created device /job|Num GPUs? Available|list_physical_devices",
    re.IGNORECASE,
)
_BY_NAME = {
    "CUDA_ERROR_NO_DEVICE": "cuda_no_device",
    "CUDA_ERROR_UNKNOWN": "cuda_unknown_error",
    "CUDA_ERROR_STUB_LIBRARY": "cuda_stub_library",
    "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH": "cuda_driver_mismatch",
    "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE": "cuda_compat_not_supported",
    "CUDA_ERROR_NOT_INITIALIZED": "cuda_not_initialized",
    "CUDA_ERROR_OUT_OF_MEMORY": "cuda_out_of_memory",
    "CUDA_ERROR_INVALID_DEVICE": "cuda_invalid_device",
    "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED": "no_cuda_driver",
}
_BY_CODE = {
    3: "cuda_not_initialized", 34: "cuda_stub_library", 100: "cuda_no_device", 101: "cuda_invalid_device",
    303: "no_cuda_driver", 803: "cuda_driver_mismatch", 804: "cuda_compat_not_supported", 999: "cuda_unknown_error",
}  # fmt: skip


@dataclass(frozen=True)
class TfLog:
    """`diagnosis`: the one word for the state; the other fields where the log prints them.

    `missing`: libraries by their file names, in the order met; () where a diagnosis of missing libraries names none.
    """

    diagnosis: str | None
    missing: tuple[str, ...] | None = None
    cuinit_code: int | None = None
    gpu_count: int | None = None
    device_name: str | None = None
    compute_capability: str | None = None
    memory_mb: int | None = None
    loaded: str | None = field(default=None)
    compiled_with: str | None = None
    noise: tuple[str, ...] = ()


def read_tf_log(text: str) -> TfLog | None:
    """What the log says of the GPU; None where the text is not such a log or says nothing of the GPU."""
    text = clean(text)
    if not _ABOUT.search(text):
        return None
    missing = tuple(dict.fromkeys(_MISSING.findall(text) + _LIBRARY.findall(text) + _LOADER.findall(text)))
    code, cuinit = _cuinit(text)
    gpus = _gpus(text)
    flat = _BREAK.sub(" ", text)
    cudnn = _CUDNN.search(flat) or _CUDNN_OLD.search(flat)
    needed = tuple(name for name in missing if not name.startswith(_OPTIONAL))
    diagnosis = _diagnose(text, needed, cuinit, gpus, bool(cudnn))
    noise = tuple(word for word, parts in _NOISE if any(part in text for part in parts))
    if diagnosis is None and not noise and not missing:
        return None
    name, capability, memory = (_last(pattern, text) for pattern in (_DEVICE_NAME, _CAPABILITY, _MEMORY))
    ok = diagnosis == "gpu_ok"
    return TfLog(
        diagnosis,
        missing if missing or diagnosis in ("cannot_dlopen", "cudart_missing") else None,
        code,
        len(gpus) if gpus else (0 if diagnosis == "no_gpu_listed" else None),
        name.strip() if name and (ok or gpus) else None,
        capability,
        int(memory) if memory else None,
        cudnn.group(1) if cudnn else None,
        cudnn.group(2) if cudnn else None,
        noise,
    )


_NOISE = (
    ("noise-numa", ("NUMA node", "NUMA support")),
    ("noise-factories", ("Unable to register cuDNN factory", "Unable to register cuBLAS factory",
                         "Unable to register cuFFT factory",
                         "computation placer already registered", "Could not find TensorRT", "TensorRT libraries",
                         "libnvinfer", "oneDNN custom operations",
                         "This TensorFlow binary is optimized")),
)  # fmt: skip


def _last(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.findall(text)
    return str(found[-1]) if found else None


def _cuinit(text: str) -> tuple[int | None, str | None]:
    """(the code printed, the diagnosis) of a failed cuInit."""
    for found in _CUINIT.finditer(text):
        rest = found.group(1)
        number, name = re.search(r"\((\d{1,4})\)", rest), _NAME.search(rest)
        code = int(number.group(1)) if number else None
        if name:
            word = name.group(1)
            return code, _BY_NAME.get(word, "cuda_" + word.removeprefix("CUDA_ERROR_").lower())
        if code is not None:
            return code, _BY_CODE.get(code, f"cuda_error_{code}")
        lowered = rest.lower()
        if "no cuda-capable device" in lowered:
            return None, "cuda_no_device"
        if "stub library" in lowered:
            return None, "cuda_stub_library"
        return None, "cuda_unknown_error" if "unknown error" in lowered else "cuda_error"
    return None, None


def _gpus(text: str) -> set[int]:
    found: set[int] = set()
    for line in clean_lines(text):
        for pattern in (_LISTED, _CREATED):
            for hit in pattern.finditer(line):
                found.update(int(group) for group in hit.groups() if group)
        visible = _VISIBLE.search(line)
        if visible:
            found.update(int(part) for part in visible.group(1).split(","))
        counted = _COUNTED.search(line)
        if counted:
            found.update(range(int(counted.group(1))))
    return found


def _diagnose(text: str, missing: tuple[str, ...], cuinit: str | None, gpus: set[int], cudnn: bool) -> str | None:
    if cudnn:
        return "cudnn_mismatch"
    if _LIBDEVICE.search(text) and re.search(r"not found|Can't find|Couldn't find", text):
        return "libdevice_missing"
    if cuinit:
        return cuinit
    if _METAL.search(text):
        return "not_cuda_metal_device"
    pluggable = _PLUGGABLE.search(text)
    if pluggable:
        return "not_cuda_directml_device" if pluggable.group(1) == "DML" else "not_cuda_device"
    if any(name.startswith(("libcuda.so", "nvcuda.dll")) for name in missing):
        return "no_cuda_driver"
    if "Cannot dlopen some GPU libraries" in text:
        return "cannot_dlopen"
    if gpus:
        return "gpu_ok"
    if "Could not find cuda drivers" in text or "Error loading CUDA libraries" in text:
        return "no_cuda_driver"
    if any(name.startswith(("libcudart", "cudart64")) for name in missing) or "Ignore above cudart dlerror" in text:
        return "cudart_missing"
    if missing:
        return "cannot_dlopen"
    named = [name for name in _NAME.findall(text) if name in _BY_NAME]
    if named:
        return _BY_NAME[named[0]]
    counted = _COUNTED.search(text)
    listed_none = bool(_ASKED.search(text) and _NONE.search(text))
    return "no_gpu_listed" if listed_none or (counted and counted.group(1) == "0") else None
