"""The words that the transcript readers use for an error or a diagnosis -> (slug, status, title) of what it betrays."""

from __future__ import annotations

from collections.abc import Mapping

Row = tuple[str, str, str]

SMI_ERRORS: Mapping[str, Row] = {
    "nvml_gpu_access_blocked": ("gpu-access-blocked", "fail", "Windows does not let WSL use the GPU"),
    "nvml_init_na": (
        "linux-driver-in-wsl",
        "fail",
        "nvidia-smi cannot talk to the driver: often a Linux driver in WSL",
    ),
    "driver_library_mismatch": ("linux-driver-in-wsl", "fail", "Driver and library are of different versions"),
    "driver_not_communicating": ("linux-driver-in-wsl", "fail", "nvidia-smi does not reach the driver"),
    "driver_not_loaded": ("linux-driver-in-wsl", "fail", "nvidia-smi does not reach the driver"),
    "no_devices_found": ("gpu-switched-off", "fail", "The driver sees no card"),
    "device_handle_error": ("gpu-tcc-mode", "fail", "The driver sees a card that it cannot use"),
    "gpu_lost": ("gpu-switched-off", "fail", "The card has gone"),
    "nvml_library_missing": ("driver-mount-incomplete", "fail", "The driver's library is missing"),
    "segmentation_fault": ("win-driver-segfault", "warn", "nvidia-smi crashes; CUDA itself may work"),
    "command_not_found": ("nvidia-smi-not-on-path", "info", "nvidia-smi is not on PATH, or no driver is installed"),
}
WSL_ERRORS: Mapping[str, Row] = {
    "wsl_command_not_found": ("wsl-not-installed", "fail", "There is no wsl.exe"),
    "wsl_not_installed": ("wsl-not-installed", "fail", "WSL is not installed"),
    "wsl_not_enabled": ("wsl-not-installed", "fail", "The Windows feature of WSL is off"),
    "virtual_machine_platform_missing": (
        "vmp-feature-off",
        "fail",
        "Virtual Machine Platform or virtualization is off",
    ),
    "kernel_update_required": ("wsl-inbox-old", "fail", "The inbox WSL has no kernel for WSL 2, or too old a one"),
    "wsl_corrupted": ("wsl-service-broken", "fail", "WSL's installation is damaged"),
    "catastrophic_failure": ("wsl-service-broken", "fail", "WSL failed without saying why"),
    "class_not_registered": ("wsl-service-broken", "fail", "WSL's service is not registered"),
    "timed_out": ("wsl-service-broken", "fail", "WSL's virtual machine did not answer"),
    "vhd_compressed": ("wsl-service-broken", "fail", "The distribution's disk file is compressed or encrypted"),
    "forbidden": ("wsl-update-blocked", "fail", "The download was refused"),
    "invalid_option": ("wsl-inbox-old", "fail", "This wsl.exe does not know that option: it is an old one"),
    "no_installed_distributions": ("wsl-no-distro", "fail", "No distribution is installed for this Windows user"),
}
DIAGNOSES: Mapping[str, Row] = {
    "no_cuda_driver": ("wsl-lib-not-in-loader", "fail", "TensorFlow found no CUDA driver"),
    "cannot_dlopen": ("tf-cannot-dlopen", "fail", "TensorFlow cannot load CUDA libraries that it needs"),
    "cudart_missing": (
        "cuda-major-mismatch",
        "fail",
        "TensorFlow does not find the CUDA runtime that it was built for",
    ),
    "libdevice_missing": ("libdevice-missing", "fail", "XLA does not find libdevice"),
    "cudnn_mismatch": ("cudnn-mismatch", "fail", "cuDNN is older than TensorFlow was built with"),
    "cuda_no_device": ("cuda-no-device", "fail", "The driver was loaded and sees no card"),
    "cuda_unknown_error": ("cuda-init-failed", "fail", "The driver failed without saying why"),
    "cuda_stub_library": ("libcuda-stub", "fail", "The toolkit's stub is loaded instead of the driver"),
    "cuda_driver_mismatch": ("linux-driver-in-wsl", "fail", "Driver and library are of different versions"),
    "cuda_not_initialized": ("workers-grab-gpu", "warn", "A forked worker used CUDA"),
    "cuda_out_of_memory": ("vram-taken-by-desktop", "warn", "The card's memory is full"),
    "externally_managed": ("pep668", "fail", "This Python belongs to the distribution"),
    "tensorflow_gpu_removed": ("tensorflow-gpu-package", "fail", "tensorflow-gpu no longer exists"),
    "tensorflow_gpu_unbuildable": ("tensorflow-gpu-package", "fail", "tensorflow-gpu no longer exists"),
    "main_guard_missing": ("keras-pickle", "fail", "The script lacks `if __name__ == '__main__':`"),
}
