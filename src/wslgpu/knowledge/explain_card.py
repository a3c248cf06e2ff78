"""What is known of a card: which TensorFlow computes on it, since which driver, with which cuDNN."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from wslgpu.knowledge.drivers import SIDES, driver_floor
from wslgpu.knowledge.gpus import ComputeCapability, Verdict, generation_of, judge_gpu, spell
from wslgpu.knowledge.releases import newest_stable, releases
from wslgpu.knowledge.table import updated

WORDS: dict[Verdict, str] = {
    "native": "has kernels for it",
    "jit": "runs after the driver has compiled its kernels, which takes minutes once",
    "listed-but-fails": "lists it and fails at the first operation",
    "ignored": "skips it",
    "unknown": "not known",
}


def describe_card(name: str, capability: ComputeCapability) -> dict[str, Any] | None:
    """The answer as JSON can hold it, in the fields of a release's; None for a capability of no known generation."""
    generation, newest = generation_of(capability), newest_stable()
    if generation is None:
        return None
    judgement = judge_gpu(newest, capability)
    floors = {side: driver_floor(newest, side, capability) for side in SIDES}
    told = {release.version: WORDS[judge_gpu(release, capability).verdict] for release in reversed(releases())}
    rows = {
        "card": f"{name}: {generation.name}, compute capability {spell(capability)}",
        "cuDNN": f"older than {generation.cudnn_below}" if generation.cudnn_below else "any that TensorFlow takes",
        "oldest driver": ", ".join(f"{side} {floor.version}" for side, floor in floors.items() if floor),
        **_group(told),
        "source": f"{generation.source} ({updated()})",
    }
    notes = [*judgement.because, *([generation.note] if generation.note else [])]
    if judgement.works and generation.cudnn_below and not newest.and_cuda_exact:
        notes.append(
            f"pip takes a cuDNN that is too new for this card, and convolutions fail; `wslgpu setup` holds it below "
            f"{generation.cudnn_below}"
        )
    if judgement.source != newest.source:
        notes.append(f"reported in {judgement.source}")
    return {
        "title": judgement.title,
        "rows": rows,
        "releases": told,
        "suits": judgement.works,
        "fits": [],
        "requirements": [],
        "ways_out": list(judgement.ways_out),
        "notes": notes,
    }


def _group(told: dict[str, str]) -> dict[str, str]:
    """One row for neighbours of which the same is said: "2.20.0 to 2.18.1"."""
    groups = [
        (words, [version for version, _ in rows]) for words, rows in groupby(told.items(), key=lambda row: row[1])
    ]
    return {
        (f"{versions[0]} to {versions[-1]}" if len(versions) > 1 else versions[0]): words for words, versions in groups
    }
