"""A paste that may hold several transcripts -> what each is and what was read off it."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wslgpu.facts.transcripts.clean import clean
from wslgpu.facts.transcripts.keras_error import read_keras_error
from wslgpu.facts.transcripts.kernel import Kernel, read_kernel
from wslgpu.facts.transcripts.nvidia_smi import NvidiaSmi, read_nvidia_smi
from wslgpu.facts.transcripts.pip_error import read_pip_error
from wslgpu.facts.transcripts.tf_log import TfLog, read_tf_log
from wslgpu.facts.transcripts.unwrap import unwrap
from wslgpu.facts.transcripts.windows_build import read_windows_build
from wslgpu.facts.transcripts.wsl_error import read_wsl_error
from wslgpu.facts.transcripts.wsl_list import WslList, read_wsl_list
from wslgpu.facts.transcripts.wsl_status import WslStatus, read_wsl_status
from wslgpu.facts.transcripts.wsl_version import read_wsl_version

# Longer pastes are read from both ends: what went wrong stands at one of them.
LIMIT = 400_000

_SMI_BANNER = re.compile(r"NVIDIA-SMI \d")


@dataclass(frozen=True)
class Recognized:
    """One transcript: its kind (a folder of the corpus, or pip-error, keras-error) and its facts by name."""

    kind: str
    facts: dict[str, Any]


def recognize(text: str) -> list[Recognized]:
    """All transcripts found in ``text``, in the order of the kinds. [] where nothing is known for what it is."""
    if len(text) > LIMIT:
        text = text[: LIMIT // 2] + "\n" + text[-LIMIT // 2 :]
    found = _read_all(text)
    cleaned = clean(text)  # first: what stands before every line makes it longer than it is
    whole = unwrap(cleaned)
    if whole != cleaned:
        found = _fuller(_read_all(whole), found)
    kinds = {item.kind for item in found}
    # A dotted number behind the word Windows inside `wsl --version` is that transcript's, not another one.
    if "wsl-version" in kinds and "windows-build" in kinds and "icrosoft Windows [" not in text:
        own = next(item.facts.get("windows") for item in found if item.kind == "wsl-version")
        build = next(item.facts["build"] for item in found if item.kind == "windows-build")
        if own and f".{build}" in own:
            found = [item for item in found if item.kind != "windows-build"]
    if "wsl-error" in kinds and "wsl-list" in kinds:
        found = [item for item in found if item.facts.get("error") != "no_installed_distributions"]
    if "wsl-error" in kinds and "wsl-status" in kinds:
        notes = {"virtual_machine_platform_missing", "kernel_update_required"}
        found = [item for item in found if item.facts.get("error") not in notes]
    return found


def phrases_of(text: str) -> tuple[str, ...]:
    """The text as it is, and as the readers see it, for whoever looks for phrases in it."""
    cleaned = unwrap(clean(text))
    return (text,) if cleaned == text else (text, cleaned)


def _read_all(text: str) -> list[Recognized]:
    found: list[Recognized] = []
    for kind, read in _READERS:
        for part in _split_smi(text) if kind == "nvidia-smi" else [text]:
            value = read(part)
            if value is not None:
                found.append(Recognized(kind, facts_of(value)))
    return found


def _fuller(whole: list[Recognized], wrapped: list[Recognized]) -> list[Recognized]:
    """Kind by kind the reading that says more; the unwrapped one where both say as much."""
    picked: list[Recognized] = []
    for kind, _ in _READERS:
        readings = [[item for item in reading if item.kind == kind] for reading in (whole, wrapped)]
        picked.extend(max(readings, key=lambda reading: sum(_weigh(item.facts) for item in reading)))
    return picked


def _weigh(value: Any) -> int:
    """How many values a reading holds."""
    if isinstance(value, dict):
        return sum(_weigh(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(_weigh(item) for item in value)
    return value is not None


def facts_of(value: Any) -> dict[str, Any]:
    """The facts of a reading under the names of the corpus: what was not printed is left out, or null where a kind's
    keys are fixed."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a reading: {value!r}")
    raw = _plain(dataclasses.asdict(value))
    keep = _FIXED.get(type(value).__name__, ())
    facts = {key: item for key, item in raw.items() if item is not None or key in keep}
    if isinstance(value, NvidiaSmi) and value.error and not value.driver:
        return {key: item for key, item in facts.items() if key in ("error", "shell")}
    if isinstance(value, NvidiaSmi):
        facts["gpus"] = [{key: gpu[key] for key in gpu if key != "model" or gpu[key]} for gpu in facts["gpus"]]
    if isinstance(value, TfLog) and not value.noise:
        facts.pop("noise", None)
    return facts


_FIXED: dict[str, tuple[str, ...]] = {
    "WslVersion": ("wsl", "kernel", "wslg", "msrdc", "direct3d", "dxcore", "windows"),
    "WslStatus": ("default_distribution", "default_version"),
    "WslList": ("distributions",),
    "WindowsBuild": ("build", "revision"),
    "NvidiaSmi": ("driver", "cuda", "gpus"),
    "Kernel": ("is_wsl", "wsl_generation", "kernel"),
    "WslError": ("code",),
    "TfLog": ("diagnosis",),
}
_READERS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("wsl-version", read_wsl_version),
    ("wsl-status", read_wsl_status),
    ("wsl-list", read_wsl_list),
    ("windows-build", read_windows_build),
    ("kernel", read_kernel),
    ("nvidia-smi", read_nvidia_smi),
    ("wsl-error", read_wsl_error),
    ("tf-log", read_tf_log),
    ("pip-error", read_pip_error),
    ("keras-error", read_keras_error),
)

__all__ = ["Kernel", "Recognized", "WslList", "WslStatus", "facts_of", "phrases_of", "recognize"]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _split_smi(text: str) -> list[str]:
    """The outputs of nvidia-smi in a text, cut before each banner but the first."""
    starts = [hit.start() for hit in _SMI_BANNER.finditer(text)]
    if len(starts) < 2:
        return [text]
    cuts = [0, *starts[1:32], len(text)]
    return [text[a:b] for a, b in itertools.pairwise(cuts)]
