"""Transcripts of the machine: Windows, kernels, and the card's driver (synthetic: see cases.py)."""

from __future__ import annotations

from typing import Any

NVIDIA_TABLE = """\
Mon Jan  5 10:00:00 2026
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 571.11.01              Driver Version: 572.22         CUDA Version: 12.8     |
|-----------------------------------------+------------------------+----------------------+
|   0  NVIDIA GeForce RTX 4090        On  |   00000000:01:00.0  On |                  Off |
|  0%   30C    P8             10W /  450W |     500MiB /  24564MiB |      1%      Default |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA RTX A2000 12GB ...     TCC  |   00000000:02:00.0 Off |                  Off |
| 30%   30C    P8   N/A / N/A             |       1MiB /  12288MiB |      1%      Default |
"""

MACHINE_CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # windows-build
    "build, banner of an invented language": (
        "windows-build", "Microsoft Windows [qux 10.0.22631.4]\n", {"build": 22631, "revision": 4}),
    "build, winver": ("windows-build", "Version 22H2 (OS Build 19045.5)", {"build": 19045, "revision": 5}),
    "build, page of the settings": (
        "windows-build", "Version\t23H2\n操作系统版本\t22631.7\n", {"build": 22631, "revision": 7}),
    "build, trap of the component store": (
        "windows-build", "OsVersion : 10.0.22631\nOsHardwareAbstractionLayer : 10.0.22621.9\n",
        {"build": 22631, "revision": None}),
    "build, registry": (
        "windows-build",
        "    CurrentBuild    REG_SZ    19045\n    UBR    REG_DWORD    0x10\n",
        {"build": 19045, "revision": 16},
    ),
    "build, systeminfo": (
        "windows-build", "Qux:   10.0.22000 qux frob 22000\n", {"build": 22000, "revision": None}),
    "build, .NET table": (
        "windows-build",
        "Major  Minor  Build  Revision\n-----  -----  -----  --------\n10     0      22631  0\n",
        {"build": 22631, "revision": None},
    ),
    "build, python": ("windows-build", "Windows-10-10.0.22631-SP0\n", {"build": 22631, "revision": None}),
    "build, PowerShell's own": (
        "windows-build", "PSVersion    5.1.22631.1\n", {"build": None, "revision": None}),
    # kernel
    "kernel, custom": (
        "kernel", "Linux box 6.1.2.3-microsoft-standard-WSL2-mine+ #1 SMP x\n",
        {"is_wsl": True, "wsl_generation": 2, "kernel": "6.1.2.3", "custom": True}),
    "kernel, WSL 1": (
        "kernel", "Linux-4.4.0-19041-Microsoft-x86_64-with-glibc2.29\n",
        {"is_wsl": True, "wsl_generation": 1, "kernel": "4.4.0-19041-Microsoft"}),
    "kernel, Linux": (
        "kernel", "6.8.0-45-generic\n", {"is_wsl": False, "wsl_generation": None, "kernel": "6.8.0-45-generic"}),
    "kernel, Microsoft's but not WSL's": (
        "kernel", "Linux box 6.1.2.3-microsoft-standard #1 SMP\n", {"is_wsl": False, "kernel": "6.1.2.3"}),
    "os-release": (
        "kernel", 'NAME="Qux"\nVERSION_ID="24.04"\nID=qux\nPRETTY_NAME="Qux 24.04"\n',
        {"os_id": "qux", "version_id": "24.04", "pretty_name": "Qux 24.04", "is_wsl": None, "kernel": None}),
    "lsb_release": (
        "kernel", "Distributor ID:\tUbuntu\nDescription:\tUbuntu 22.04\nRelease:\t22.04\nCodename:\tjammy\n",
        {"os_id": "ubuntu", "version_id": "22.04", "version_codename": "jammy"}),
    # nvidia-smi
    "smi, table": (
        "nvidia-smi", NVIDIA_TABLE,
        {"driver": "572.22", "cuda": "12.8", "smi": "571.11.01",
         "gpus": [{"index": 0, "name": "NVIDIA GeForce RTX 4090", "memory_total_mib": 24564},
                  {"index": 1, "name": "NVIDIA RTX A2000 12GB ...", "memory_total_mib": 12288, "model": "TCC"}]}),
    "smi, indented and quoted": (
        "nvidia-smi", "".join("    > " + line for line in NVIDIA_TABLE.splitlines(keepends=True)),
        {"driver": "572.22", "gpus": [{"index": 0, "name": "NVIDIA GeForce RTX 4090", "memory_total_mib": 24564},
                                      {"index": 1, "name": "NVIDIA RTX A2000 12GB ...", "memory_total_mib": 12288,
                                       "model": "TCC"}]}),
    "smi, driver 610 on": (
        "nvidia-smi", "| NVIDIA-SMI 611.10    KMD Version: 611.20    CUDA UMD Version: 13.3 |",
        {"driver": "611.20", "cuda": "13.3", "gpus": []}),
    "smi, table on one line": (
        "nvidia-smi", "| NVIDIA-SMI 572.22 Driver Version: 572.22 CUDA Version: 12.8 | | 0 NVIDIA Qux 1 WDDM | 00000000:01:00.0 On |"
        " N/A | | 0% 40C P8 N/A / 115W | 10MiB / 8188MiB | 1% Default |",
        {"gpus": [{"index": 0, "name": "NVIDIA Qux 1", "memory_total_mib": 8188, "model": "WDDM"}]}),
    "smi, XML": (
        "nvidia-smi", '<driver_version>572.22</driver_version><cuda_version>12.8</cuda_version><gpu id="0">'
        "<product_name>Qux 1</product_name><fb_memory_usage><total>8188 MiB</total></fb_memory_usage></gpu>",
        {"driver": "572.22", "cuda": "12.8", "gpus": [{"index": 0, "name": "Qux 1", "memory_total_mib": 8188}]}),
    "smi, a module without a bus address": (
        "nvidia-smi", "| NVIDIA-SMI 540.3    Driver Version: N/A    CUDA Version: 12.2 |\n|   0  Qux (x)   N/A  | N/A   N/A |  N/A |\n",
        {"driver": None, "cuda": "12.2", "gpus": [{"index": 0, "name": "Qux (x)", "memory_total_mib": None}]}),
    "smi, CUDA says ERR!": (
        "nvidia-smi", "| NVIDIA-SMI 545.1    Driver Version: 546.2    CUDA Version: ERR!  |",
        {"driver": "546.2", "cuda": None}),
    "smi, -L": (
        "nvidia-smi", "GPU 0: Tesla T4 (UUID: GPU-0)\n",
        {"driver": None, "gpus": [{"index": 0, "name": "Tesla T4", "memory_total_mib": None}]}),
    "smi, CSV without header": (
        "nvidia-smi", "NVIDIA GeForce RTX 3060, 552.10, 12288 MiB, 100 MiB\n",
        {"driver": "552.10", "gpus": [{"index": 0, "name": "NVIDIA GeForce RTX 3060", "memory_total_mib": 12288}]}),
    "smi, CSV without units": (
        "nvidia-smi", "name, memory.total [MiB]\nTesla T4, 15360\n",
        {"driver": None, "gpus": [{"index": 0, "name": "Tesla T4", "memory_total_mib": 15360}]}),
    "smi, not there, invented language of cmd.exe": (
        "nvidia-smi", "'nvidia-smi' qux frob\n", {"error": "command_not_found"}),
    "smi, wrapped error": (
        "nvidia-smi", "Failed to initialize NVML: GPU access blocked by\n the operating system\n",
        {"error": "nvml_gpu_access_blocked"}),
    # shapes met in texts that nobody here had seen before
    "kernel, built by its user without a suffix": (
        "kernel",
        "$ uname -r\n5.8.9-rc4-microsoft-standard+\n",
        {"is_wsl": True, "wsl_generation": 2, "kernel": "5.8.9", "custom": True},
    ),
    "build, a service pack between its two numbers": (
        "windows-build",
        "Xo qux: Microsoft Windows Frob\nXo zot: 6.0.6001 Service Pack 1 Xo 6001\n",
        {"build": 6001, "revision": None},
    ),
    "build, a label without the word": (
        "windows-build",
        "Qux\tWindows 11 Frob\nZot\t23H2\nZot xo qux\t22631.3880\n",
        {"build": 22631, "revision": 3880},
    ),
    "build, a label in brackets without the word": (
        "windows-build",
        "Microsoft Windows\nXo 22H2 (xo xi qux 19045.4412)\n",
        {"build": 19045, "revision": 4412},
    ),
    "smi, -q of an old driver": (
        "nvidia-smi",
        "=====NVSMI LOG=====\n\nTimestamp : x\nDriver Version                 : 375.66\n\nAttached GPUs : 1\nGPU 0000:06:00.0\n",
        {"driver": "375.66", "cuda": None, "gpus": []},
    ),
    "smi, --version and a row": (
        "nvidia-smi",
        "NVIDIA-SMI version  : 580.142\nDRIVER version      : 580.142\nCUDA Version        : 13.0\n"
        "0, NVIDIA GB10, 12.1, 0000000F:01:00.0, 580.142\n",
        {"driver": "580.142", "cuda": "13.0", "gpus": [{"index": 0, "name": "NVIDIA GB10", "memory_total_mib": None}]},
    ),
    "smi, rows without units": (
        "nvidia-smi",
        "0, NVIDIA RTX A4000, 16376, 550.54.15\n1, NVIDIA RTX A4000, 16375, 550.54.15\n",
        {
            "driver": "550.54.15",
            "gpus": [
                {"index": 0, "name": "NVIDIA RTX A4000", "memory_total_mib": 16376},
                {"index": 1, "name": "NVIDIA RTX A4000", "memory_total_mib": 16375},
            ],
        },
    ),
    "smi, rows of bus addresses and names": (
        "nvidia-smi",
        "0, 00000000:01:00.0, NVIDIA RTX 9999\n1, 00000000:02:00.0, NVIDIA RTX 9998\n",
        {"driver": None, "gpus": [{"index": 0, "name": "NVIDIA RTX 9999", "memory_total_mib": None},
                                  {"index": 1, "name": "NVIDIA RTX 9998", "memory_total_mib": None}]},
    ),
}
