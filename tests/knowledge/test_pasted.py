"""Facts of transcripts -> findings, and silence where all is well."""

from __future__ import annotations

from typing import Any

import pytest

from wslgpu.knowledge.pasted import match_facts

ROW = {"name": "Ubuntu", "state": "Running", "version": 2, "default": True}
SMI = {"driver": "560.94", "cuda": "12.6", "smi": "560.94", "gpus": []}

FOUND: list[tuple[str, dict[str, Any], list[str]]] = [
    ("windows-build", {"build": 17763, "revision": 1}, ["win-build-too-old"]),
    ("windows-build", {"build": 18362, "revision": 1048}, ["win-build-too-old"]),
    ("windows-build", {"build": 19043, "revision": None}, ["win-build-too-old"]),
    ("windows-build", {"build": 19044, "revision": 1}, []),
    ("windows-build", {"build": None, "revision": None}, []),
    ("wsl-version", {"wsl": "2.6.1.0", "kernel": "6.6.87.2-1", "windows": "10.0.26100.1"}, []),
    (
        "wsl-version",
        {"wsl": "1.0.3.0", "kernel": "5.10.16.2", "windows": "10.0.19041.1"},
        ["win-build-too-old", "kernel-too-old"],
    ),
    ("wsl-version", {"wsl": "2.7.10.0", "kernel": "6.18.33.2-2", "windows": None}, ["wsl-2.7.10-dxg-hang"]),
    ("wsl-status", {"default_distribution": "docker-desktop-data", "default_version": 2}, ["docker-desktop-default"]),
    ("wsl-status", {"default_distribution": "Ubuntu", "default_version": 1}, ["wsl1-distro"]),
    (
        "wsl-status",
        {"default_distribution": "Ubuntu", "default_version": 2, "kernel_file_missing": True},
        ["wsl-inbox-old"],
    ),
    ("wsl-status", {"wsl2_supported": False}, ["vmp-feature-off"]),
    ("wsl-status", {"wsl_enabled": False}, ["wsl-not-installed"]),
    ("wsl-list", {"distributions": [], "none_installed": True}, ["wsl-no-distro"]),
    ("wsl-list", {"distributions": [ROW]}, []),
    ("wsl-list", {"distributions": [{**ROW, "version": 1}]}, ["wsl1-distro"]),
    ("wsl-list", {"distributions": [{**ROW, "name": "docker-desktop"}]}, ["wsl-no-distro", "docker-desktop-default"]),
    ("kernel", {"wsl_generation": 1, "kernel": "4.4.0-19041-Microsoft"}, ["wsl1-distro"]),
    ("kernel", {"wsl_generation": 2, "kernel": "4.19.104"}, ["kernel-too-old"]),
    ("kernel", {"wsl_generation": None, "kernel": "4.19.0-1-amd64"}, []),
    ("nvidia-smi", SMI, []),
    ("nvidia-smi", {**SMI, "driver": "472.12"}, ["win-driver-too-old", "linux-driver-in-wsl"]),
    ("nvidia-smi", {**SMI, "driver": "525.60.13", "smi": "525.60.13"}, []),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "NVIDIA GeForce RTX 5090"}]}, ["blackwell-no-kernels"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "NVIDIA GeForce GTX 1080"}]}, ["cudnn-drops-pascal"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "GeForce GTX 970"}]}, ["gpu-cc-too-old"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "NVIDIA RTX A2000", "model": "TCC"}]}, ["gpu-tcc-mode"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "NVIDIA GeForce RTX 4090", "model": "WDDM"}]}, []),
    ("nvidia-smi", {"error": "nvml_gpu_access_blocked"}, ["gpu-access-blocked"]),
    ("nvidia-smi", {"error": "command_not_found"}, ["nvidia-smi-not-on-path"]),
    ("nvidia-smi", {"error": "command_not_found", "shell": "windows"}, ["win-driver-missing"]),
    ("nvidia-smi", {**SMI, "driver": "470.256.02", "smi": "470.256.02"}, ["linux-driver-too-old"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "Tesla K80"}]}, ["gpu-cc-too-old"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "Quadro M5000"}]}, ["gpu-cc-too-old"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "Tesla P100-SXM2..."}]}, ["cudnn-drops-pascal"]),
    ("nvidia-smi", {**SMI, "gpus": [{"name": "Tesla T4"}, {"name": "NVIDIA GeForce ..."}]}, []),
    ("wsl-error", {"code": "Wsl/Service/WSL_E_DEFAULT_DISTRO_NOT_FOUND"}, ["wsl-no-distro"]),
    # what the code says is all that it says
    ("wsl-error", {"code": "Wsl/Service/AttachDisk/MountDisk/ERROR_SHARING_VIOLATION"}, []),
    ("wsl-error", {"code": "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"}, []),
    ("wsl-error", {"code": None, "error": "virtual_machine_platform_missing"}, ["vmp-feature-off"]),
    ("tf-log", {"diagnosis": "gpu_ok"}, []),
    ("tf-log", {"diagnosis": "cuda_stub_library"}, ["libcuda-stub"]),
    ("pip-error", {"diagnosis": "externally_managed"}, ["pep668"]),
    (
        "pip-error",
        {"diagnosis": "no_matching_distribution", "requirement": "tensorflow", "offered": []},
        ["python-prerelease-trap"],
    ),
    (
        "pip-error",
        {"diagnosis": "no_matching_distribution", "requirement": "tensorflow==2.21", "offered": ["2.12.0", "2.13.1"]},
        ["python-too-old"],
    ),
    (
        "pip-error",
        {"diagnosis": "no_matching_distribution", "requirement": "tensorflow", "offered": ["2.22.0rc0"]},
        ["python-prerelease-trap"],
    ),
    (
        "pip-error",
        {"diagnosis": "no_matching_distribution", "requirement": "tensorflow==2.10", "offered": ["2.16.1", "2.21.0"]},
        ["python-unsupported"],
    ),
    (
        "pip-error",
        {"diagnosis": "no_matching_distribution", "requirement": "tensorflow==2.16.9", "offered": ["2.16.1", "2.21.0"]},
        [],
    ),
    ("pip-error", {"diagnosis": "no_matching_distribution", "requirement": "tensorflow-addons", "offered": []}, []),
    ("pip-error", {"diagnosis": "no_matching_distribution", "requirement": "qux", "offered": []}, []),
    ("qux", {"a": 1}, []),
]


@pytest.mark.parametrize(("kind", "facts", "slugs"), FOUND)
def test_findings_of_facts(kind: str, facts: dict[str, Any], slugs: list[str]) -> None:
    assert [match.slug for match in match_facts(kind, facts)] == slugs


def test_a_code_with_several_meanings_is_sure_of_none_but_the_first() -> None:
    found = match_facts("wsl-error", {"code": "0x80370102"})
    assert found[0].slug == "vmp-feature-off"
    assert found[0].status == "fail"
    assert {match.status for match in found[1:]} == {"unknown"}
    assert len(found) > 1


@pytest.mark.parametrize("code", ["Wsl/ERROR_FILE_NOT_FOUND", "Wsl/EnumerateDistros/Service/E_ACCESSDENIED"])
def test_a_code_that_can_mean_much_is_sure_of_nothing(code: str) -> None:
    assert [match.status for match in match_facts("wsl-error", {"code": code})] == ["unknown"]


def test_windows_without_nvidia_smi_keeps_its_own_words() -> None:
    """The page of win-driver-missing speaks of libcuda inside WSL, which a shell of Windows did not say."""
    (match,) = match_facts("nvidia-smi", {"error": "command_not_found", "shell": "windows"})
    assert match.exact
    assert match.status == "warn"
