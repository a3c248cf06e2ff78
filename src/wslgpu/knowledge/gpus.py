"""GPU generations, and whether a release has kernels for a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from wslgpu.knowledge.plain_versions import key_of
from wslgpu.knowledge.releases import TensorFlowRelease, newest_stable, releases
from wslgpu.knowledge.table import load_table

ComputeCapability = tuple[int, int]
Verdict = Literal["native", "jit", "listed-but-fails", "ignored", "unknown"]


@dataclass(frozen=True)
class Generation:
    """`cudnn_below`: the first cuDNN without it; `first_cuda`: the first toolkit with it; `first_driver`: by side.

    None, or no entry, where no source names one.
    """

    name: str
    compute_capabilities: tuple[ComputeCapability, ...]
    cards: tuple[str, ...]
    cudnn_below: str | None
    first_cuda: str | None
    first_driver: Mapping[str, str]
    note: str
    source: str


@dataclass(frozen=True)
class GpuJudgement:
    """`works` is False where TensorFlow may list the card and still cannot compute on it, None where nothing is known.

    native: kernels for it are in the wheel. jit: the driver compiles them at first use. listed-but-fails:
    list_physical_devices shows the card and the first operation fails. ignored: TensorFlow skips the card.
    """

    verdict: Verdict
    works: bool | None
    title: str
    because: tuple[str, ...]
    ways_out: tuple[str, ...]
    source: str


@cache
def generations() -> tuple[Generation, ...]:
    """All generations, oldest first."""
    return tuple(_read_generation(row) for row in load_table()["generation"])


def generation_of(compute_capability: ComputeCapability) -> Generation | None:
    """The generation of a compute capability; a minor number that is not listed goes with its major number's last."""
    for generation in generations():
        if compute_capability in generation.compute_capabilities:
            return generation
    below = [g for g in generations() if any(_same_line(cc, compute_capability) for cc in g.compute_capabilities)]
    return below[-1] if below else None


def judge_gpu(release: TensorFlowRelease, compute_capability: ComputeCapability) -> GpuJudgement:
    """Whether this release computes on a card of this compute capability, why, and what else can be done."""
    generation = generation_of(compute_capability)
    card = f"compute capability {spell(compute_capability)}" + (f" ({generation.name})" if generation else "")
    name = f"TensorFlow {release.version}"
    seen = _observed(release, compute_capability)
    if seen:
        because = (seen["because"], *_unseen(seen, release, compute_capability))
        title = f"{name} lists a card of {card} and then fails at the first operation"
        return GpuJudgement("listed-but-fails", False, title, because, tuple(seen["ways_out"]), seen["source"])
    if not release.kernels:
        because = (f"which kernels {name} was built with is not known",)
        return GpuJudgement("unknown", None, f"not known whether {name} runs on {card}", because, (), release.source)
    listed = ", ".join(release.kernels)
    if any(_native(kernel, compute_capability) for kernel in release.kernels):
        because = (f"its kernels ({listed}) fit",)
        return GpuJudgement("native", True, f"{name} has kernels for {card}", because, (), release.source)
    ptx = [kernel for kernel in release.kernels if kernel.startswith("compute_")]
    if any(_number(kernel) < compute_capability for kernel in ptx):
        return _judge_ptx(release, compute_capability, generation, card, f"no kernel of {listed} fits", ptx[-1])
    oldest = spell(min(_number(kernel) for kernel in release.kernels))
    because = (f"its oldest kernels are for {oldest} ({listed}), and kernels do not run on older cards",)
    ways = (_older_native(compute_capability), "the cpu profile")
    title = f"{name} skips a card of {card}: the minimum is {oldest}"
    return GpuJudgement("ignored", False, title, because, tuple(way for way in ways if way), release.source)


def _judge_ptx(
    release: TensorFlowRelease,
    compute_capability: ComputeCapability,
    generation: Generation | None,
    card: str,
    misfit: str,
    ptx: str,
) -> GpuJudgement:
    name = f"TensorFlow {release.version}"
    newer = _newer_native(compute_capability)
    known_since = generation.first_cuda if generation else None
    if known_since is None or key_of(release.cuda) < key_of(known_since):
        since = f"CUDA {known_since} is the first" if known_since else "no CUDA in the table"
        because = (misfit, f"{name} is built with CUDA {release.cuda}, and {since} that knows this card")
        ways = tuple(way for way in (newer, "the cpu profile") if way)
        return GpuJudgement("unknown", None, f"not known whether {name} runs on {card}", because, ways, release.source)
    because = (misfit, f"the driver compiles its {ptx} code instead")
    ways = tuple(way for way in ("wait once: the first operations take minutes", newer) if way)
    title = f"{name} runs on {card} after compiling its kernels at first use"
    return GpuJudgement("jit", True, title, because, ways, release.source)


def parse_compute_capability(text: str) -> ComputeCapability:
    """(8, 6) for "8.6" or "sm_86". ValueError for anything else."""
    bare = text.strip().lower().removeprefix("sm_").removeprefix("compute_")
    major, _, minor = bare.partition(".") if "." in bare else (bare[:-1], "", bare[-1:])
    if not (major.isdigit() and minor.isdigit()):
        raise ValueError(f"{text!r} is not a compute capability such as 8.6")
    return int(major), int(minor)


def spell(compute_capability: ComputeCapability) -> str:
    """8.6 for (8, 6)."""
    return f"{compute_capability[0]}.{compute_capability[1]}"


def _native(kernel: str, card: ComputeCapability) -> bool:
    """Machine code runs on its own major number, from its own minor number on; compute_80 carries sm_80's code too."""
    return _same_line(_number(kernel), card)


def _same_line(kernel: ComputeCapability, card: ComputeCapability) -> bool:
    return kernel[0] == card[0] and kernel[1] <= card[1]


def _number(kernel: str) -> ComputeCapability:
    return parse_compute_capability(kernel)


def _observed(release: TensorFlowRelease, card: ComputeCapability) -> Mapping[str, Any] | None:
    for row in load_table()["observed"]:
        below, since = parse_compute_capability(row["compute_capability_below"]), row["compute_capability_from"]
        in_series = key_of(row["series_from"]) <= key_of(release.series) <= key_of(row["series_to"])
        if in_series and parse_compute_capability(since) <= card < below:
            found: Mapping[str, Any] = row
            return found
    return None


def _unseen(row: Mapping[str, Any], release: TensorFlowRelease, card: ComputeCapability) -> tuple[str, ...]:
    """How far the reports reach: what of this judgement is reasoned and not seen."""
    return tuple(
        f"not seen: {limit['text']}"
        for limit in row.get("not_seen", ())
        if limit.get("series") == release.series
        or ("below" in limit and card < parse_compute_capability(limit["below"]))
    )


def _newer_native(card: ComputeCapability) -> str:
    fits = any(_native(kernel, card) for kernel in newest_stable().kernels)
    return f"TensorFlow {newest_stable().version} has kernels for it" if fits else ""


def _older_native(card: ComputeCapability) -> str:
    having = [r for r in releases() if not r.prerelease and any(_native(kernel, card) for kernel in r.kernels)]
    return f"TensorFlow {having[-1].version}, the last one with kernels for it" if having else ""


def _read_generation(row: Mapping[str, Any]) -> Generation:
    first = {side: row[f"first_driver_{side}"] for side in ("linux", "windows", "wsl") if f"first_driver_{side}" in row}
    return Generation(
        name=row["name"],
        compute_capabilities=tuple(parse_compute_capability(text) for text in row["compute_capabilities"]),
        cards=tuple(row["cards"]),
        cudnn_below=row.get("cudnn_below"),
        first_cuda=row.get("first_cuda"),
        first_driver=first,
        note=row.get("note", ""),
        source=row["source"],
    )
