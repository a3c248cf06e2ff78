"""%USERPROFILE%\\.wslconfig: is it read at all, and does it take the GPU or the memory away?"""

from __future__ import annotations

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.checks.windows import windows_of
from wslgpu.facts.model import Facts
from wslgpu.facts.wslconfig import WslConfig
from wslgpu.system.answers import Unknown

GIB = 1 << 30
LEAST_MEMORY = 6 * GIB  # TensorFlow with its CUDA libraries and two workers that hold a copy each
NO_FILE = "there is no .wslconfig"


def _config(facts: Facts) -> WslConfig | None:
    return known(windows_of(facts).wslconfig)


def judge_gpu_support(facts: Facts) -> Judgement:
    """gpuSupport is not in Microsoft's list and works; safeMode takes the GPU away, too (microsoft/WSL#8931)."""
    config = _config(facts)
    if config is None:
        return well()
    if config.is_false("wsl2.gpusupport"):
        return found(file=".wslconfig", key="[wsl2] gpuSupport=false")
    if config.is_true("wsl2.safemode"):
        return found(file=".wslconfig", key="[wsl2] safeMode=true")
    return well()


def judge_ignored(facts: Facts) -> Judgement:
    """WSL passes over what it cannot read and says so where nobody looks (microsoft/WSL#7851, #11151)."""
    config = _config(facts)
    if config is None:
        return skip(NO_FILE)
    if config.named_txt:
        return found(why="it is named .wslconfig.txt")
    if config.encoding == "utf-16":
        return found(why="it is written in UTF-16, as PowerShell 5.1 does with >")
    return found(why=config.problems[0]) if config.problems else well()


def judge_wrong_file(facts: Facts) -> Judgement:
    """Keys of a distribution do nothing in the file of the virtual machine (microsoft/WSL#9520)."""
    config = _config(facts)
    if config is None:
        return skip(NO_FILE)
    if not config.misplaced:
        return well()
    return found(keys=", ".join(f"[{section}]" for section in config.misplaced))


def judge_memory(facts: Facts) -> Judgement:
    """Too little and training is killed; more than there is and WSL falls back to its default (microsoft/WSL#11341)."""
    config = _config(facts)
    written = config.values.get("wsl2.memory") if config else None
    if config is None or written is None:
        return well(memory="half of the machine's")
    size, total = config.size("wsl2.memory"), windows_of(facts).session.memory
    if size is None:
        return found(memory=written, why="is no size such as 12GB")
    if size < LEAST_MEMORY:
        return found(memory=written, why="is less than the 6 GB that a GPU training needs")
    if not isinstance(total, Unknown) and size > total - 2 * GIB:
        return found(memory=written, why=f"leaves Windows less than 2 of its {total / GIB:.0f} GB")
    return well(memory=written)


CHECKS = (
    Check("gpu-support-false", "wsl", ("windows",), judge_gpu_support),
    Check("wslconfig-ignored", "wsl", ("windows",), judge_ignored),
    Check("wslconfig-wrong-file", "wsl", ("windows",), judge_wrong_file),
    Check("wslconfig-memory", "wsl", ("windows",), judge_memory),
)
