"""What setup would write into .wslconfig and /etc/wsl.conf: sized from the machine, merged into what is there. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.wslconfig import WslConfig, read_size
from wslgpu.plan.ini_merge import merge_ini, read_ini_bytes
from wslgpu.plan.render import render
from wslgpu.system.answers import Unknown

GIB = 1 << 30
LEAST_TO_SIZE = 15 * GIB  # below that half of the memory, which WSL takes by itself, is right
SWAP_GB = 8


@dataclass(frozen=True)
class ConfigChange:
    """`before` None: there is no such file. Both as bytes, as they stand on the disk."""

    name: str
    before: bytes | None
    after: bytes

    def diff(self) -> str:
        """Unified, of the texts; "" where nothing would change."""
        from difflib import unified_diff

        old = read_ini_bytes(self.before).text if self.before is not None else ""
        new = read_ini_bytes(self.after).text
        names = (self.name if self.before is not None else "nothing", self.name)
        lines = unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="", n=2)
        return "\n".join(lines)


def size_memory(total: int) -> int | None:
    """GB for WSL: three quarters, at least 8 GB for Windows; None where WSL's own half is right. `total` in bytes."""
    whole = round(total / GIB)
    return min(whole * 3 // 4, whole - 8) if total >= LEAST_TO_SIZE else None


def plan_wslconfig(
    config: WslConfig | Unknown | None,
    memory: int | Unknown,
    processors: int | None,
    team: Mapping[str, str],
    *,
    for_gpu: bool,
) -> ConfigChange | None:
    """None where nothing is to be changed, or the file could not be read. `team`: values that win over the user's.

    memory and swap are sized only where the user's file does not speak of the memory. No processors: WSL takes all by
    itself, and a Sequence with worker processes needs them; a team's wish is held to what the machine has.
    """
    if isinstance(config, Unknown) or (config is not None and config.named_txt):
        return None
    sized = size_memory(memory) if isinstance(memory, int) else None
    asked = {name: _at_most(name, value, memory, processors) for name, value in team.items()}
    if config is None:
        if sized is None and not asked:
            return None
        text = render(
            "wsl/.wslconfig.j2",
            total_gb=round(memory / GIB) if isinstance(memory, int) else None,
            memory_gb=sized,
            swap_gb=SWAP_GB,
            team=_by_section({name: value for name, value in asked.items() if name not in _sized(sized, asked)}),
            sized=_sized(sized, asked),
        )
        return ConfigChange(".wslconfig", None, text.replace("\n", "\r\n").encode("utf-8"))
    old = read_ini_bytes(config.data)
    notes = (
        {"wsl2.memory": f"of {round(memory / GIB)} GB; WSL takes half without this line"}
        if isinstance(memory, int)
        else {}
    )
    text = old.text
    if "wsl2.memory" not in config.values:
        text = merge_ini(text, _sized(sized, asked), over=False, notes=notes)
    text = merge_ini(text, {**asked, **(_gpu_back_on(config) if for_gpu else {})}, over=True)
    after = old.to_bytes(text)
    return ConfigChange(".wslconfig", config.data, after) if after != config.data else None


def _gpu_back_on(config: WslConfig) -> dict[str, str]:
    """What of the file takes the GPU away (microsoft/WSL#8931), the other way round."""
    off = {"wsl2.gpuSupport": "true"} if config.is_false("wsl2.gpusupport") else {}
    return {**off, **({"wsl2.safeMode": "false"} if config.is_true("wsl2.safemode") else {})}


def takes_gpu_away(config: WslConfig | Unknown | None) -> bool:
    """Whether WSL has to start anew with another file before there is a GPU in it."""
    return isinstance(config, WslConfig) and bool(_gpu_back_on(config))


def _sized(memory_gb: int | None, asked: Mapping[str, str]) -> dict[str, str]:
    if memory_gb is None:
        return {}
    sized = {"wsl2.memory": f"{memory_gb}GB", "wsl2.swap": f"{SWAP_GB}GB"}
    return {name: value for name, value in sized.items() if name not in {key.lower() for key in asked}}


def _at_most(name: str, value: str, memory: int | Unknown, processors: int | None) -> str:
    """A team's value, which is for many machines, held to this one: WSL warns of more and takes its default."""
    if name.lower() == "wsl2.processors" and isinstance(processors, int) and value.isdigit():
        return str(min(int(value), processors))
    wanted = read_size(value)
    if name.lower() == "wsl2.memory" and isinstance(memory, int) and wanted is not None:
        most = max(memory - 2 * GIB, memory // 2)
        return value if wanted <= most else f"{most // GIB}GB"
    return value


def _by_section(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        section, key = name.split(".", 1)
        found.setdefault(section, {})[key] = value
    return found


def plan_wsl_conf(text: str | None, keys: Mapping[str, str], *, for_gpu: bool) -> ConfigChange | None:
    """/etc/wsl.conf, only where it switches off what training needs."""
    off = ("false", "0", "no", "off")
    wanted = {
        name: value for name, value in _wanted_of_wsl_conf(for_gpu=for_gpu).items() if keys.get(name, "").lower() in off
    }
    if text is None or not wanted:
        return None
    before = text.encode("utf-8", "surrogatepass")
    old = read_ini_bytes(before)
    return ConfigChange("/etc/wsl.conf", before, old.to_bytes(merge_ini(old.text, wanted, over=True)))


def _wanted_of_wsl_conf(*, for_gpu: bool) -> dict[str, str]:
    """The template is the list: what stands in it."""
    section, found = "", {}
    for line in render("wsl/wsl.conf.j2", for_gpu=for_gpu).splitlines():
        if header := re.match(r"\[(\w+)\]", line):
            section = header[1]
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found[f"{section}.{key}"] = value
    return found
