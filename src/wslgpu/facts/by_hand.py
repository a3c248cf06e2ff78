"""Short forms for a recording that a person writes: what a registry key or a program would say, in words.

Only what has a short form here is changed; what a machine recorded passes through as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wslgpu.system.answers import Absent, Answer, Answers, Content, Ran, Value

KEYS = (
    "windows.build",
    "windows.environment",
    "windows.bios",
    "windows.uac",
    "windows.lxss",
    "windows.lxss_msi",
    "windows.policies",
    "windows.display",
    "windows.display_driver",
    "windows.pci",
    "windows.vid",
)
SERVICES = ("lxss", "LxssManager", "WSLService", "HNS", "vmcompute", "vfpext")
# What a pasted text tells as well as an answer would.
PASTED_FACTS = {"gpu.nvidia_smi": r"NVIDIA-SMI \d|Failed to initialize NVML", "kernel.version": r"\d-[Mm]icrosoft\b"}
WSL_2, WSL_1 = 15, 7  # Flags: VM_MODE is set for WSL 2


def tidy(answers: Answers) -> Answers:
    """The same answers, short forms written out."""
    found = {want_id: _tidy_one(want_id, answers[want_id]) for want_id in answers if want_id != "windows.services"}
    if "windows.services" in answers:
        there = {name.lower() for name in _words(answers.value("windows.services"))}
        for name in SERVICES:
            key: Answer = Value(_key({"Start": 3})) if name.lower() in there else Absent()
            found.setdefault(f"windows.service.{name}", key)
    for want_id, pattern in PASTED_FACTS.items():
        if want_id not in found:
            text = next((t for t in _pasted(answers) if re.search(pattern, t)), None)
            if text is not None:
                found[want_id] = Content(text.encode("utf-8", "surrogatepass"))
    return Answers(found)


def _pasted(answers: Answers) -> list[str]:
    texts = (answers.text(want_id) for want_id in sorted(answers) if want_id.startswith("pasted."))
    return [text for text in texts if isinstance(text, str)]


def _tidy_one(want_id: str, answer: Answer) -> Answer:
    if want_id == "windows.nvidia_smi":
        return _tidy_smi(answer)
    if want_id not in KEYS and not want_id.startswith("windows.service."):
        return answer
    value = _plain(answer)
    if value is None or (isinstance(value, Mapping) and ("values" in value or "subkeys" in value)):
        return answer
    return Value(WRITERS.get(want_id, _write_key)(value))


def _plain(answer: Answer) -> Any:
    if isinstance(answer, Value):
        return answer.value
    return answer.data.decode("utf-8", "replace") if isinstance(answer, Content) else None


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _key(values: Mapping[str, Any], subkeys: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"values": dict(values), "subkeys": dict(subkeys or {})}


def _write_key(value: Any) -> dict[str, Any]:
    """{"UBR": 4037} as it stands; an object inside is a subkey."""
    if not isinstance(value, Mapping):
        return _key({})
    below = {name: _write_key(inner) for name, inner in value.items() if isinstance(inner, Mapping)}
    return _key({name: inner for name, inner in value.items() if name not in below}, below)


def _write_build(value: Any) -> dict[str, Any]:
    """ "22631.4037", "10.0.19045.2311", or what `ver` prints."""
    match = re.search(r"(?:10\.0\.)?(\d{5})(?:\.(\d{1,6}))?", value) if isinstance(value, str) else None
    if match is None:
        return _write_key(value)
    return _key({"CurrentBuild": match[1], **({"UBR": int(match[2])} if match[2] else {})})


def _write_version(value: Any) -> dict[str, Any]:
    """ "2.6.1.0": the version of WSL's package."""
    match = re.search(r"\d+(?:\.\d+){2,3}", value) if isinstance(value, str) else None
    return _key({"Version": match[0]}) if match else _write_key(value)


def _write_model(value: Any) -> dict[str, Any]:
    return _key({"SystemProductName": value.strip()}) if isinstance(value, str) else _write_key(value)


def _write_distributions(value: Any) -> dict[str, Any]:
    """[{"name": "Ubuntu", "version": 2, "default": true}], or what `wsl -l -v` prints."""
    rows: list[tuple[str, int, bool]] = []
    if isinstance(value, str):
        from wslgpu.facts.transcripts.wsl_list import read_wsl_list

        told = read_wsl_list(value)
        rows = [(one.name, one.version or 2, bool(one.default)) for one in told.distributions] if told else []
    elif isinstance(value, (list, tuple)):
        for row in value:
            if isinstance(row, Mapping):
                rows.append((str(row.get("name", "?")), 1 if row.get("version") == 1 else 2, bool(row.get("default"))))
            else:
                rows.append((str(row), 2, False))
    else:
        return _write_key(value)
    if len(rows) == 1:
        rows = [(rows[0][0], rows[0][1], True)]
    subkeys: dict[str, Any] = {}
    default: dict[str, Any] = {}
    for number, (name, version, is_default) in enumerate(rows):
        guid = f"{{00000000-0000-0000-0000-{number:012d}}}"
        flags = WSL_1 if version == 1 else WSL_2
        subkeys[guid] = _key({"DistributionName": name, "Flags": flags, "State": 1, "Version": 2})
        if is_default:
            default["DefaultDistribution"] = guid
    return _key(default, subkeys)


def _write_cards(value: Any) -> dict[str, Any]:
    """[{"name": "NVIDIA GeForce RTX 3060", "driver": "32.0.15.6636"}], or names alone."""
    rows = [value] if isinstance(value, (str, Mapping)) else value if isinstance(value, (list, tuple)) else []
    subkeys = {}
    for number, row in enumerate(rows):
        told = row if isinstance(row, Mapping) else {"name": str(row)}
        name = str(told.get("name", "?"))
        maker = _maker(name)
        values = {"DriverDesc": name, "ProviderName": maker[0], "MatchingDeviceId": f"pci\\{maker[1]}"}
        values |= {"DriverVersion": str(told["driver"])} if told.get("driver") else {}
        subkeys[f"{number:04d}"] = _key(values)
    return _key({}, subkeys)


def _write_devices(value: Any) -> dict[str, Any]:
    """Names of the PCI display devices that Windows knows of; {"name": ..., "disabled": true} for one that is off."""
    rows = [value] if isinstance(value, (str, Mapping)) else value if isinstance(value, (list, tuple)) else []
    subkeys = {}
    for number, row in enumerate(rows):
        told = row if isinstance(row, Mapping) else {"name": str(row)}
        name = str(told.get("name", "?"))
        instance = {"DeviceDesc": name, "ConfigFlags": 1 if told.get("disabled") else 0}
        subkeys[f"{_maker(name)[1]}&DEV_{number:04X}"] = _key({}, {"0": _key(instance)})
    return _key({}, subkeys)


def _maker(name: str) -> tuple[str, str]:
    lower = name.lower()
    if re.search("nvidia|geforce|quadro|tesla|rtx|gtx", lower):
        return "NVIDIA", "VEN_10DE"
    return ("Intel Corporation", "VEN_8086") if "intel" in lower else ("Advanced Micro Devices, Inc.", "VEN_1002")


def _tidy_smi(answer: Answer) -> Answer:
    """nvidia-smi.exe's table as the comma-separated rows that doctor asks for."""
    if not isinstance(answer, (Ran, Content)):
        return answer
    data = answer.stdout if isinstance(answer, Ran) else answer.data
    text = data.decode("utf-8", "replace")
    if "|" not in text:
        return answer
    from wslgpu.facts.transcripts.nvidia_smi import read_nvidia_smi

    told = read_nvidia_smi(text)
    if told is None or not told.gpus:
        return answer
    rows = [
        f"{gpu.index}, {gpu.name}, {told.driver or ''}, {gpu.model or 'WDDM'}, {gpu.memory_total_mib or ''}"
        for gpu in told.gpus
    ]
    return Ran(0, "\n".join(rows).encode("utf-8"))


WRITERS = {
    "windows.build": _write_build,
    "windows.lxss_msi": _write_version,
    "windows.bios": _write_model,
    "windows.lxss": _write_distributions,
    "windows.display": _write_cards,
    "windows.pci": _write_devices,
}
