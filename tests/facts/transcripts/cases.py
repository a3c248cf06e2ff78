"""Transcripts of our own making, and what is to be read off each (synthetic: invented versions, names, languages).

Name -> kind, text, the facts that it must give. Adding a case is adding an entry.
"""

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

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # wsl --version: the language is invented; the names and the order carry it
    "version, unknown language": (
        "wsl-version",
        "Xo WSL: 9.8.7.0\nXo qur: 6.7.8.9-1\nXo WSLg: 1.2.3\nXo MSRDC: 1.2.4\nXo Direct3D: 1.5.6-7\n"
        "Xo DXCore: 10.0.1.1-a.b\nXo Windows: 10.0.22631.1\n",
        {"wsl": "9.8.7.0", "kernel": "6.7.8.9-1", "wslg": "1.2.3", "msrdc": "1.2.4", "direct3d": "1.5.6-7",
         "dxcore": "10.0.1.1-a.b", "windows": "10.0.22631.1"},
    ),
    "version, kernel line lost": (
        "wsl-version",
        "> WSL version: 9.8.7.0\n> WSLg version: 1.2.3\n",
        {"wsl": "9.8.7.0", "kernel": None, "wslg": "1.2.3", "windows": None},
    ),
    "version, joined by a logger, coloured": (
        "wsl-version",
        "\x1b[32m12:00:01.123 INFO WSL version: 9.8.7.0 Kernel version: 6.1.2.3-1 WSLg version: 1.2.3\x1b[0m",
        {"wsl": "9.8.7.0", "kernel": "6.1.2.3-1", "wslg": "1.2.3"},
    ),
    "version, table of markdown": (
        "wsl-version",
        "| WSL version | 9.8.7.0 |\n| Kernel version | 6.1.2.3-1 |\n| WSLg version | 1.2.3 |\n",
        {"wsl": "9.8.7.0", "kernel": "6.1.2.3-1", "wslg": "1.2.3"},
    ),
    "version, ver's banner before it": (
        "wsl-version",
        "Microsoft Windows [Version 10.0.19045.1]\nC:\\>wsl --version\nWSL version: 9.8.7.0\nKernel version: 6.1.2\n",
        {"wsl": "9.8.7.0", "kernel": "6.1.2", "windows": None},
    ),
    "version, inline code of Markdown": (
        "wsl-version",
        "- Xo Standardversion: `2`\n- Xo WSL: `9.8.7.0`\n- Xo WSL-Kernel: `6.1.2.3-1`\n- Xo WSLg: `1.2.3`\n",
        {"wsl": "9.8.7.0", "kernel": "6.1.2.3-1", "wslg": "1.2.3", "windows": None},
    ),
    "version, a heading names two of its lines before": (
        "wsl-version",
        "- [WSL 9.8.7.0](https://example.org/x) qux\n  Xo kernel: 6.1.2.3-1\n\n  WSL xo: 9.8.7.0\n  Kernel xo: 6.1.2.3-1\n"
        "  WSLg xo: 1.2.3\n  Windows xo: 10.0.22631.1\n",
        {"wsl": "9.8.7.0", "kernel": "6.1.2.3-1", "wslg": "1.2.3", "windows": "10.0.22631.1"},
    ),
    # wsl --status
    "status, date with dots is no kernel": (
        "wsl-status",
        "Standarddistribution: Box\nStandardversion: 2\n\nZuletzt am 01.02.2023 aktualisiert: 01.02.2023\n\nKernelversion: 5.9.8\n",
        {"default_distribution": "Box", "default_version": 2, "kernel": "5.9.8"},
    ),
    "status, unknown language, known distribution": (
        "wsl-status",
        "Qux frob: Ubuntu-24.04\nQux vrz: 1\n",
        {"default_distribution": "Ubuntu-24.04", "default_version": 1},
    ),
    "status, no kernel file": (
        "wsl-status",
        "Default Version: 2\nNo WSL 2 kernel. Run 'wsl --update'.\n",
        {"default_distribution": None, "default_version": 2, "kernel_file_missing": True},
    ),
    "status, no virtual machines": (
        "wsl-status",
        "Default Version: 2\nWSL2 cannot start here.\nRun wsl.exe --install --no-distribution\n",
        {"wsl2_supported": False, "wsl1_supported": True},
    ),
    "status, inbox, no virtual machines, unknown words": (
        "wsl-status",
        "Default Distribution: Debian\nDefault Version: 2\nXo qux BIOS frob.\nXo https://aka.ms/wsl2-install\n",
        {"default_distribution": "Debian", "default_version": 2, "wsl2_supported": False, "wsl1_supported": None},
    ),
    "status, Markdown's line breaks": (
        "wsl-status",
        "Default Distribution: Box\\\nDefault Version: 2\\\nKernel version: 5.15.1\n",
        {"default_distribution": "Box", "default_version": 2, "kernel": "5.15.1"},
    ),
    # lists
    "list, names of all kinds, no header": (
        "wsl-list",
        "* my.distro_2-x    Running    2\n  other            Stopped    1\n",
        {"distributions": [{"name": "my.distro_2-x", "state": "Running", "version": 2, "default": True},
                           {"name": "other", "state": "Stopped", "version": 1, "default": False}]},
    ),
    "list, header and state of an invented language": (
        "wsl-list",
        "  NOM    ETAT    VERSION\n* Box    En marche    2\n",
        {"distributions": [{"name": "Box", "state": "En marche", "version": 2, "default": True}]},
    ),
    "list, quoted in markdown": (
        "wsl-list",
        "> wsl -l -v\n>   NAME    STATE    VERSION\n> * Box     Stopped    2\n",
        {"distributions": [{"name": "Box", "state": "Stopped", "version": 2, "default": True}]},
    ),
    "list, joined by a logger": (
        "wsl-list",
        "NAME STATE VERSION * Box Running 2 other Stopped 1",
        {"distributions": [{"name": "Box", "state": "Running", "version": 2, "default": True},
                           {"name": "other", "state": "Stopped", "version": 1, "default": False}]},
    ),
    "list, a prompt behind it": (
        "wsl-list",
        "  NAME    STATE    VERSION\n* Box     Stopped    1\nPS C:\\a b> wsl --set-version Box 2\n",
        {"distributions": [{"name": "Box", "state": "Stopped", "version": 1, "default": True}]},
    ),
    "list, UTF-16 shown byte by byte": (
        "wsl-list",
        "  N A M E     S T A T E     V E R S I O N \n *   B o x   S t o p p e d   2 \n",
        {"distributions": [{"name": "Box", "state": "Stopped", "version": 2, "default": True}]},
    ),
    "list, markdown table": (
        "wsl-list",
        "|   | NAME | STATE | VERSION |\n|---|---|---|---|\n| * | Debian | Stopped | 2 |\n",
        {"distributions": [{"name": "Debian", "state": "Stopped", "version": 2, "default": True}]},
    ),
    "list, plain, full-width brackets": (
        "wsl-list",
        "Windows x Linux：\nDebian（qux）\nother\n",
        {"distributions": [{"name": "Debian", "state": None, "version": None, "default": True},
                           {"name": "other", "state": None, "version": None, "default": False}]},
    ),
    "list, quiet, after its command": (
        "wsl-list",
        "PS C:\\Users\\u> wsl -l -q\nbox\nDebian\nPS C:\\Users\\u>",
        {"distributions": [{"name": "box", "state": None, "version": None, "default": False},
                           {"name": "Debian", "state": None, "version": None, "default": False}]},
    ),
    "list, none, told by the commands it names": (
        "wsl-list",
        "Qux frob.\n'wsl.exe --list --online' qux\n'wsl.exe --install <Distro>' qux\nQux: Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND\n",
        {"distributions": [], "none_installed": True, "code": "Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND"},
    ),
    # Windows
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
    # kernels and distributions
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
    # wsl.exe's errors
    "error, path wrapped": (
        "wsl-error", "Qux: Wsl/Service/CreateInstance/\nCreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED\n",
        {"code": "Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED", "symbol": "HCS_E_HYPERV_NOT_INSTALLED"}),
    "error, markdown's backslashes": (
        "wsl-error", "Wsl/Service/WSL\\_E\\_DISTRO\\_NOT\\_FOUND",
        {"code": "Wsl/Service/WSL_E_DISTRO_NOT_FOUND", "symbol": "WSL_E_DISTRO_NOT_FOUND"}),
    "error, launcher": (
        "wsl-error", "WslRegisterDistribution qux: 0x800701BC\n", {"code": "0x800701BC", "hresult": "0x800701BC"}),
    "error, last word broken by a narrow terminal": (
        "wsl-error", "Qux: Wsl/Service/HCS_E_SERVICE_NOT_\nAVAILABLE\n",
        {"code": "Wsl/Service/HCS_E_SERVICE_NOT_AVAILABLE", "symbol": "HCS_E_SERVICE_NOT_AVAILABLE"}),
    "error, only the terminal's last line": (
        "wsl-error", "Qux frob.\n[qux 4294967295 (0xffffffff)]\n", {"code": None, "error": "unnamed"}),
    "error, no such command": ("wsl-error", "'wsl' qux frob.\n", {"code": None, "error": "wsl_command_not_found"}),
    "error, option of a newer WSL": (
        "wsl-error", "Qux frob: --version\nwsl.exe qux\n", {"code": None, "error": "invalid_option"}),
    "error, virtual machines off, told by the link": (
        "wsl-error", "Qux WSL frob. https://aka.ms/wsl2-install\n", {"code": None, "error": "virtual_machine_platform_missing"}),
    # TensorFlow
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
    # installation
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
    # Keras
    "keras, fit's arguments": (
        "keras-error", "TypeError: TensorFlowTrainer.fit() got an unexpected keyword argument 'workers'\n",
        {"diagnosis": "fit_argument_removed", "method": "fit", "argument": "workers"}),
    "keras, pickle": (
        "keras-error", "multiprocessing: TypeError: cannot pickle '_thread.lock' object\n", {"diagnosis": "not_picklable"}),
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
    "error, init does not find its shell": (
        "wsl-error",
        "<3>WSL (9 - Relay) ERROR: Frob:800: execvpe(/bin/qux) failed: No such file or directory\n",
        {"code": None, "error": "linux_init_error"},
    ),
    "smi, rows of bus addresses and names": (
        "nvidia-smi",
        "0, 00000000:01:00.0, NVIDIA RTX 9999\n1, 00000000:02:00.0, NVIDIA RTX 9998\n",
        {"driver": None, "gpus": [{"index": 0, "name": "NVIDIA RTX 9999", "memory_total_mib": None},
                                  {"index": 1, "name": "NVIDIA RTX 9998", "memory_total_mib": None}]},
    ),
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
    "list, a star that Markdown escaped": (
        "wsl-list",
        "  NAME    STATE    VERSION\n\\* Box    Stopped    2\n",
        {"distributions": [{"name": "Box", "state": "Stopped", "version": 2, "default": True}]},
    ),
    "status, other numbers of the same paste are no kernel": (
        "wsl-status",
        "Default Distribution: Box\nDefault Version: 2\nXo version is: 470.82.1\nXo: 10.0.26200.1\nQux: 5.10.16.3\n",
        {"default_distribution": "Box", "default_version": 2, "kernel": "5.10.16.3"},
    ),
    "status, WSL2's note alone": (
        "wsl-status",
        "Default Version: 2\nWSL2 xo qux frob.\n",
        {"default_version": 2, "wsl2_supported": False},
    ),
    "error, no virtual machines, behind the command that was typed": (
        "wsl-error",
        "wsl --install\nXo: Ubuntu\nWSL2 is not supported here.\n",
        {"code": None, "error": "virtual_machine_platform_missing"},
    ),
    "error, the stub's own words in a longer text": (
        "wsl-error",
        "Hello,\nwsl : Xo qux 'wsl.exe --install'.\nAt line:1 char:1\n+ wsl -l -q\n+ ~~~\n    + CategoryInfo : x\n"
        "    + FullyQualifiedErrorId : NativeCommandError\n\nI use Windows 11.\nThank you.\nBye\n",
        {"code": None, "error": "wsl_not_installed"},
    ),
    "list, none installed, odd blanks": (
        "wsl-list", "Windows\u00a0Subsystem\u00a0for Linux has no\u00a0installed distributions.\n", {"none_installed": True},
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
}  # fmt: skip
