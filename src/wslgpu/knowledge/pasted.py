"""What the facts of a pasted transcript mean: findings by slug. Pure; the facts are those of the corpus' kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wslgpu.knowledge.card_names import capability_of_name
from wslgpu.knowledge.codes import Code, find_codes
from wslgpu.knowledge.pasted_words import DIAGNOSES, SMI_ERRORS, WSL_ERRORS
from wslgpu.knowledge.symptoms import Match, find_symptom

WSL2_ON_1903 = (18362, 1049)  # the first revision of 1903 and 1909 with WSL 2
GPU_BUILD = 19044  # Windows 10 21H2: the first general release that hands its GPU to WSL 2
FIRST_CUDA_12_DRIVER = (527, 41)  # of Windows; Linux' has three parts
FIRST_CUDA_12_DRIVER_LINUX = (525, 60, 13)
FIRST_WSL_DRIVER = (495,)
# Compute capabilities: the first that official wheels hold no kernels for, the first and the last before cuDNN 9.11.
BLACKWELL, PASCAL, VOLTA = (10, 0), (6, 0), (7, 0)
# tensorflow, tensorflow-cpu, tensorflow[and-cuda]==2.10; not tensorflow-addons.
TENSORFLOW = re.compile(
    r"tensorflow(?:[-_](?:cpu|intel))?(?:\[[^\]]{0,40}\])?\s{0,3}(?:==\s{0,3}(\d+)\.(\d+))?(?![\w-])", re.I
)
SERVICE_DISTRIBUTIONS = ("docker-desktop", "rancher-desktop", "podman-machine")


def match_facts(kind: str, facts: Mapping[str, Any]) -> tuple[Match, ...]:
    """The findings that a recognized transcript shows by its facts, in the order in which they matter."""
    judge = _JUDGES.get(kind)
    return tuple(judge(facts)) if judge else ()


def _windows(build: int | None, revision: int | None) -> Iterator[Match]:
    if build is None:
        return
    seen = f"build {build}" + (f".{revision}" if revision is not None else "")
    if build < WSL2_ON_1903[0]:
        yield Match("win-build-too-old", "fail", "This Windows is too old for WSL 2", seen)
    elif build in (18362, 18363) and revision is not None and revision < WSL2_ON_1903[1]:
        yield Match("win-build-too-old", "fail", "This Windows lacks the update that WSL 2 needs", seen)
    elif build < GPU_BUILD:
        yield Match("win-build-too-old", "fail", "This Windows is too old to hand its GPU to WSL 2", seen)


def _build(facts: Mapping[str, Any]) -> Iterator[Match]:
    yield from _windows(facts.get("build"), facts.get("revision"))


def _versions(facts: Mapping[str, Any]) -> Iterator[Match]:
    windows = re.match(r"\d+\.\d+\.(\d+)(?:\.(\d+))?", facts.get("windows") or "")
    if windows:
        yield from _windows(int(windows[1]), int(windows[2]) if windows[2] else None)
    yield from _kernel_number(facts.get("kernel"))
    if (facts.get("wsl") or "").startswith("2.7.10.") and (facts.get("kernel") or "").startswith("6.18.33"):
        yield Match(
            "wsl-2.7.10-dxg-hang", "warn", "This WSL's kernel may lose the GPU after hours", f"WSL {facts['wsl']}"
        )


def _kernel_number(kernel: str | None) -> Iterator[Match]:
    parts = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?(?:\.(\d+))?", kernel or "")
    if parts and tuple(int(part or 0) for part in parts.groups()) < (5, 10, 16, 3):
        yield Match("kernel-too-old", "fail", "WSL's kernel is too old for the GPU", f"kernel {kernel}")


def _status(facts: Mapping[str, Any]) -> Iterator[Match]:
    if facts.get("wsl_enabled") is False:
        yield Match("wsl-not-installed", "fail", "The Windows feature of WSL is off", "wsl --status")
    if facts.get("wsl2_supported") is False:
        yield Match(
            "vmp-feature-off", "fail", "Virtual Machine Platform is off, or virtualization is off", "wsl --status"
        )
    if facts.get("kernel_file_missing"):
        yield Match("wsl-inbox-old", "fail", "The inbox WSL has no kernel for WSL 2", "wsl --status")
    if facts.get("default_version") == 1:
        yield Match(
            "wsl1-distro", "warn", "New distributions will run under WSL 1, which has no GPU", "default version 1"
        )
    yield from _default(facts.get("default_distribution"))
    yield from _versions(facts)


def _default(name: str | None) -> Iterator[Match]:
    if name and name.lower().startswith(SERVICE_DISTRIBUTIONS):
        yield Match("docker-desktop-default", "fail", "The default distribution is not one to work in", name)


def _list(facts: Mapping[str, Any]) -> Iterator[Match]:
    rows = facts.get("distributions") or []
    if facts.get("none_installed"):
        yield Match("wsl-no-distro", "fail", "No distribution is installed for this Windows user", "the list is empty")
    elif rows and all(row["name"].lower().startswith(SERVICE_DISTRIBUTIONS) for row in rows):
        names = ", ".join(row["name"] for row in rows)
        yield Match("wsl-no-distro", "fail", "No distribution to work in is installed", names)
    for row in rows:
        if row.get("default"):
            yield from _default(row["name"])
        if row.get("version") == 1:
            status = "fail" if row.get("default") else "info"
            yield Match(
                "wsl1-distro", status, f"{row['name']} runs under WSL 1, which has no GPU", f"{row['name']}: version 1"
            )


def _kernel(facts: Mapping[str, Any]) -> Iterator[Match]:
    if facts.get("wsl_generation") == 1:
        yield Match("wsl1-distro", "fail", "This is WSL 1, which has no GPU", str(facts.get("kernel")))
    if facts.get("wsl_generation") == 2:
        yield from _kernel_number(facts.get("kernel"))


def _smi(facts: Mapping[str, Any]) -> Iterator[Match]:
    driver = facts.get("driver")
    if driver:
        number = tuple(int(part) for part in driver.split("."))
        if number < (FIRST_CUDA_12_DRIVER_LINUX if len(number) == 3 else FIRST_CUDA_12_DRIVER):
            linux = len(number) == 3  # in WSL it is Windows' driver that nvidia-smi names: two parts
            old = number < FIRST_WSL_DRIVER and not linux
            what = "for CUDA in WSL 2" if old else "for TensorFlow 2.15 and later (CUDA 12)"
            slug = "linux-driver-too-old" if linux else "win-driver-too-old"
            yield Match(slug, "fail", f"The NVIDIA driver is too old {what}", f"driver {driver}")
    smi = facts.get("smi")
    # In WSL the two differ by design, but by the same branch: 550.54 with 551.78. Far apart, nvidia-smi is a Linux one.
    if driver and smi and abs(int(smi.split(".")[0]) - int(driver.split(".")[0])) > 30:
        yield Match(
            "linux-driver-in-wsl", "warn", "nvidia-smi is of another branch than the driver", f"{smi} and {driver}"
        )
    for gpu in facts.get("gpus") or []:
        name = gpu["name"]
        if gpu.get("model") == "TCC":
            yield Match("gpu-tcc-mode", "fail", "A card is in TCC mode, in which WSL cannot use it", name)
        capability = capability_of_name(name)
        if capability is None:
            continue
        if capability >= BLACKWELL:
            yield Match(
                "blackwell-no-kernels", "fail", "TensorFlow's official wheels hold no kernels for this card", name
            )
        elif capability < PASCAL:
            yield Match("gpu-cc-too-old", "fail", "This card is older than TensorFlow 2.17 and later support", name)
        elif capability <= VOLTA:
            yield Match("cudnn-drops-pascal", "warn", "cuDNN 9.11 and later no longer know this card", name)
    if facts.get("error") == "command_not_found" and facts.get("shell") == "windows":
        title = "Windows knows no nvidia-smi: as a rule it has no NVIDIA driver"
        yield Match("win-driver-missing", "warn", title, "nvidia-smi", exact=True)
    else:
        yield from _by_word(SMI_ERRORS, facts.get("error"))


def match_code(code: Code) -> Iterator[Match]:
    """What a code can mean: the first finding holds, the others are `unknown`, since the code alone does not tell."""
    for place, slug in enumerate(code.slugs):
        known = find_symptom(slug)
        title = known.title if known else ("" if place else code.meaning)  # "": the page's own
        yield Match(slug, "unknown" if place else code.status, title, code.label)


def _error(facts: Mapping[str, Any]) -> Iterator[Match]:
    for code in find_codes(facts.get("code") or ""):
        yield from match_code(code)
    yield from _by_word(WSL_ERRORS, facts.get("error"))


def _log(facts: Mapping[str, Any]) -> Iterator[Match]:
    yield from _by_word(DIAGNOSES, facts.get("diagnosis"))


def _pip(facts: Mapping[str, Any]) -> Iterator[Match]:
    yield from _log(facts)
    offered = facts.get("offered")
    wanted = TENSORFLOW.match(facts.get("requirement") or "")
    if facts.get("diagnosis") != "no_matching_distribution" or not wanted:
        return
    stable = [version for version in offered or () if not re.search(r"[a-z]", version)]
    if stable and wanted[1] and (int(wanted[1]), int(wanted[2])) < _release(stable[0]):
        title = f"This Python is too new for the TensorFlow that was asked for: it gets {stable[0]} and later"
        yield Match("python-unsupported", "fail", title, wanted[0])
    elif stable and (not wanted[1] or _release(stable[-1]) < (int(wanted[1]), int(wanted[2]))):
        yield Match(
            "python-too-old", "fail", "This Python gets only old releases of TensorFlow", f"newest {stable[-1]}"
        )
    elif not stable:
        yield Match("python-prerelease-trap", "fail", "There is no stable TensorFlow for this Python", wanted[0])


def _release(version: str) -> tuple[int, int]:
    parts = re.match(r"(\d+)\.(\d+)", version)
    return (int(parts[1]), int(parts[2])) if parts else (0, 0)


def _by_word(table: Mapping[str, tuple[str, str, str]], word: str | None) -> Iterator[Match]:
    if word is not None and word in table:
        slug, status, title = table[word]
        yield Match(slug, status, title, word.replace("_", " "))


_JUDGES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Match]]] = {
    "windows-build": _build,
    "wsl-version": _versions,
    "wsl-status": _status,
    "wsl-list": _list,
    "kernel": _kernel,
    "nvidia-smi": _smi,
    "wsl-error": _error,
    "tf-log": _log,
    "pip-error": _pip,
    "keras-error": _log,
}
