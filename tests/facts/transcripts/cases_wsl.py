"""Transcripts of WSL's own words: its version, status, lists and errors (synthetic: see cases.py)."""

from __future__ import annotations

from typing import Any

WSL_CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # wsl-version: the language is invented; the names and the order carry it
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
    # wsl-status
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
    # wsl-list
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
    # wsl-error
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
    # shapes met in texts that nobody here had seen before
    "error, init does not find its shell": (
        "wsl-error",
        "<3>WSL (9 - Relay) ERROR: Frob:800: execvpe(/bin/qux) failed: No such file or directory\n",
        {"code": None, "error": "linux_init_error"},
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
}
