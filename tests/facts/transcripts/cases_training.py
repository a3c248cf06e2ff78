"""Transcripts of training: TensorFlow's log, installation, Keras (synthetic: see cases.py)."""

from __future__ import annotations

from typing import Any

TRAINING_CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # tf-log
    "log, libcuda missing": (
        "tf-log", "W dso_loader.cc:1] Could not load dynamic library 'libcuda.so.1'; dlerror\n"
        "E cuda_driver.cc:1] failed call to cuInit: UNKNOWN ERROR (303)\n",
        {"diagnosis": "no_cuda_driver", "missing": ["libcuda.so.1"], "cuinit_code": 303}),
    "log, cuDNN before the device that was made": (
        "tf-log", "I Created device /device:GPU:0 with 10 MB memory\n"
        "E Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.3.0.  tensorflow\n",
        {"diagnosis": "cudnn_mismatch", "loaded": "9.1.0", "compiled_with": "9.3.0"}),
    "log, device": (
        "tf-log", "I gpu_device.cc:1] Created device /job:localhost/device:GPU:0 with 5000 MB memory:  -> device: 0, "
        "name: NVIDIA Qux 1, pci bus id: 0000:01:00.0, compute capability: 8.6 tensorflow\n",
        {"diagnosis": "gpu_ok", "gpu_count": 1, "device_name": "NVIDIA Qux 1", "compute_capability": "8.6", "memory_mb": 5000}),
    "log, stub by name": (
        "tf-log", "failed call to cuInit: CUDA_ERROR_STUB_LIBRARY: CUDA driver is a stub library\n",
        {"diagnosis": "cuda_stub_library", "cuinit_code": None}),
    "log, only noise": (
        "tf-log", "E tensorflow: Unable to register cuDNN factory: x\n", {"diagnosis": None, "noise": ["noise-factories"]}),
    # pip-error
    "pip, no wheels": (
        "pip-error", "ERROR: Could not find a version that satisfies the requirement tensorflow (from versions: none)\n"
        "ERROR: No matching distribution found for tensorflow\n",
        {"diagnosis": "no_matching_distribution", "requirement": "tensorflow", "offered": []}),
    "pip, managed": ("pip-error", "error: externally-managed-environment\n", {"diagnosis": "externally_managed"}),
    "pip, clash": (
        "pip-error", "tensorflow 2.19.1 requires numpy<2.2,>=1.26, but you have numpy 2.3.0 which is incompatible.\n",
        {"diagnosis": "dependency_conflict"}),
    "pip, hashes": (
        "pip-error", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n", {"diagnosis": "hash_mismatch"}),
    # keras-error
    "keras, fit's arguments": (
        "keras-error", "TypeError: TensorFlowTrainer.fit() got an unexpected keyword argument 'workers'\n",
        {"diagnosis": "fit_argument_removed", "method": "fit", "argument": "workers"}),
    "keras, pickle": (
        "keras-error", "multiprocessing: TypeError: cannot pickle '_thread.lock' object\n", {"diagnosis": "not_picklable"}),
    # shapes met in texts that nobody here had seen before
    "log, cuDNN's sentence broken inside of a comment": (
        "tf-log",
        "# Xo qux\n#   Loaded runtime CuDNN library: 9.1.0 but source was compiled with:\n#   9.3.0. frob\n",
        {"diagnosis": "cudnn_mismatch", "loaded": "9.1.0", "compiled_with": "9.3.0"},
    ),
    "log, only TensorRT is missing": (
        "tf-log",
        "x: W dso_loader.cc:64] Could not load dynamic library 'libnvinfer.so.7'; dlerror: xo\n"
        "x: W py_utils.cc:38] TF-TRT Warning: Cannot dlopen some TensorRT libraries.\n",
        {"diagnosis": None, "missing": ["libnvinfer.so.7"], "noise": ["noise-factories"]},
    ),
    "log, the list is empty": (
        "tf-log",
        ">>> tf.config.list_physical_devices('GPU')\n[]\n",
        {"diagnosis": "no_gpu_listed", "gpu_count": 0},
    ),
    "pip, uv's wrapped sentence": (
        "pip-error",
        "  x No solution found when resolving dependencies:\n  `-> Because only these of tensorflow are there:\n"
        "      and tensorflow<=2.16.2 has\n      no wheels with a matching Python ABI tag\n",
        {"diagnosis": "no_matching_distribution"},
    ),
}
