"""The card, the driver's version, and whether this TensorFlow has kernels for it."""

from __future__ import annotations

import re
from functools import cache

from wslgpu.checks.driver import FOR_CPU
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.knowledge.card_names import capability_of_name
from wslgpu.knowledge.drivers import Side, driver_floor, driver_key
from wslgpu.knowledge.gpus import generation_of, judge_gpu, spell
from wslgpu.knowledge.releases import TensorFlowRelease, find_release, newest_stable
from wslgpu.system.answers import Unknown

GIB = 1024**3
LAST_BRANCH_FOR_PASCAL = 580
TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly")


def cards(facts: Facts) -> tuple[tuple[str, tuple[int, int]], ...] | Unknown:
    """(name, compute capability) of each card, by libcuda, else by the names that nvidia-smi printed."""
    if isinstance(facts.cuda.gpus, tuple) and facts.cuda.gpus:
        return tuple((gpu.name, gpu.capability or (0, 0)) for gpu in facts.cuda.gpus if gpu.capability != (0, 0))
    named = [(gpu.name, capability_of_name(gpu.name)) for gpu in (facts.cuda.smi.gpus if facts.cuda.smi else ())]
    told = tuple((name, capability) for name, capability in named if capability is not None)
    if told:
        return told
    return facts.cuda.gpus if isinstance(facts.cuda.gpus, Unknown) else ()


def release_of(facts: Facts) -> TensorFlowRelease:
    """The TensorFlow of the project's venv, else the newest stable one, which is what setup would take."""
    return installed_release(facts) or newest_stable()


def installed_release(facts: Facts) -> TensorFlowRelease | None:
    """The row of the TensorFlow in the venv; None where there is none, or none that is known."""
    for name in TENSORFLOWS:
        version = facts.environment.version(name)
        if isinstance(version, str):
            return _release(version)
    return None


@cache
def _release(version: str) -> TensorFlowRelease | None:
    return find_release(version) or find_release(".".join(version.split(".")[:2]))


def driver_side(facts: Facts) -> Side:
    """In a container on WSL the driver is Windows', too."""
    return "wsl" if facts.side == "wsl" or facts.kernel.wsl_generation == 2 else "linux"


def judge_driver_age(facts: Facts) -> Judgement:
    """Against the floor of the venv's TensorFlow and of the card, whichever is higher."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release, side = release_of(facts), driver_side(facts)
    found_cards = cards(facts)
    capability = max((c for _, c in found_cards), default=None) if isinstance(found_cards, tuple) else None
    floor = driver_floor(release, side, capability)
    version, api = facts.cuda.driver_version, facts.cuda.api_version
    if floor is None:
        return skip(f"no driver is known to be needed for TensorFlow {release.version}")
    if version is not None and re.fullmatch(r"\d+(\.\d+)*", version):
        if driver_key(version) < driver_key(floor.version):
            return found(driver=version, floor=floor.version, reason=floor.reason)
        return well(driver=version, floor=floor.version)
    if api is not None:
        if api[0] < release.cuda_major:
            driver = f"that speaks CUDA {spell(api)}"
            return found(driver=driver, floor=floor.version, reason=floor.reason)
        return well(driver=f"for CUDA {spell(api)}", floor=floor.version)
    missing = facts.cuda.driver if isinstance(facts.cuda.driver, Unknown) else Unknown("failed", "NVML told no version")
    return skip("there is no driver to judge") if facts.cuda.loaded is None else _unknown(missing)


def _unknown(reason: Unknown) -> Judgement:
    known(reason)
    return well()


def judge_kernels(facts: Facts, verdict: str) -> Judgement:
    """One verdict of knowledge.gpus about every card; a machine with one card that works is well."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release = release_of(facts)
    judged = [(name, capability, judge_gpu(release, capability)) for name, capability in known(cards(facts))]
    if not judged:
        return skip("no card is known")
    hits = [row for row in judged if row[2].verdict == verdict]
    if not hits or any(row[2].works and row[2].verdict != verdict for row in judged):
        return well(cards=", ".join(name for name, _, _ in judged) or "none", tensorflow=release.version)
    name, capability, judgement = hits[0]
    return found(
        card=name,
        capability=spell(capability),
        tensorflow=release.version,
        because="; ".join(judgement.because),
        ways_out="; ".join(judgement.ways_out),
    )


def judge_cc_too_old(facts: Facts) -> Judgement:
    """TensorFlow passes over the card (tensorflow/tensorflow#45904)."""
    return judge_kernels(facts, "ignored")


def judge_blackwell(facts: Facts) -> Judgement:
    """TensorFlow lists the card and fails at the first operation (tensorflow/tensorflow#89272)."""
    return judge_kernels(facts, "listed-but-fails")


def judge_jit(facts: Facts) -> Judgement:
    """The driver compiles PTX at the first use (tensorflow/tensorflow#97387)."""
    return judge_kernels(facts, "jit")


def judge_cudnn_generation(facts: Facts) -> Judgement:
    """cuDNN 9.11 left Pascal and Volta behind, and the wheels' range takes it (immich-app/immich#23110)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    release = release_of(facts)
    dropped = [
        (name, generation)
        for name, capability in known(cards(facts))
        if (generation := generation_of(capability)) is not None and generation.cudnn_below is not None
    ]
    if not dropped:
        return well(cudnn="any")
    name, generation = dropped[0]
    package = f"nvidia-cudnn-cu{release.cuda_major}"
    installed = known(facts.environment.version(package))
    if installed is None:
        return skip(f"no {package} is installed")
    first_without = generation.cudnn_below or ""
    if _numbers(installed) >= _numbers(first_without):
        return found(card=name, generation=generation.name, cudnn=installed, below=first_without, package=package)
    return well(cudnn=installed)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def judge_last_branch(facts: Facts) -> Judgement:
    """R580 is NVIDIA's last branch for Maxwell, Pascal and Volta."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    old = [name for name, capability in known(cards(facts)) if (5, 0) <= capability < (7, 5)]
    version = facts.cuda.driver_version
    if not old or version is None:
        return well(driver=version or "?")
    branch = (*_numbers(version), 0)[0]
    if branch > LAST_BRANCH_FOR_PASCAL + 5:
        return found(card=old[0], driver=version)
    return found("info", card=old[0], driver=version)


def judge_memory_in_use(facts: Facts) -> Judgement:
    """Browsers and the desktop hold memory of the card on Windows (tensorflow/tensorflow#41108)."""
    if facts.profile == "cpu":
        return skip(FOR_CPU)
    for gpu, used in zip(facts.cuda.gpus if isinstance(facts.cuda.gpus, tuple) else (), facts.cuda.used, strict=False):
        if used > max(gpu.memory // 2, 2 * GIB):
            return found(card=gpu.name, used=f"{used / GIB:.1f} GiB", total=f"{gpu.memory / GIB:.1f} GiB")
    return well()


def judge_several_cards(facts: Facts) -> Judgement:
    """WSL has no peer-to-peer between cards (NVIDIA/nccl#442)."""
    if facts.profile == "cpu" or driver_side(facts) != "wsl":
        return skip("this is about several cards under WSL")
    gpus = known(cards(facts))
    if len(gpus) < 2 or facts.variables.get("NCCL_P2P_DISABLE") == "1":
        return well(count=len(gpus))
    return found(count=len(gpus))


CHECKS = (
    Check("win-driver-too-old", "driver", ("wsl",), judge_driver_age),
    Check("linux-driver-too-old", "driver", ("linux",), judge_driver_age),
    Check("blackwell-no-kernels", "card", BOTH, judge_blackwell),
    Check("gpu-cc-too-old", "card", BOTH, judge_cc_too_old),
    Check("cudnn-drops-pascal", "card", BOTH, judge_cudnn_generation),
    Check("driver-590-drops-pascal", "card", BOTH, judge_last_branch),
    Check("vram-taken-by-desktop", "card", BOTH, judge_memory_in_use),
    Check("multi-gpu-nccl", "card", BOTH, judge_several_cards),
    Check("ptx-jit-slow-first-run", "card", BOTH, judge_jit),
)
