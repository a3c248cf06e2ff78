"""What `wslgpu explain tensorflow` and `wslgpu explain 'tensorflow==2.21'` answer: the release, and what fits here."""

from __future__ import annotations

import datetime
from typing import Any

from wslgpu.facts.cuda import CudaDriver
from wslgpu.facts.machine import MachineFacts
from wslgpu.facts.pythons import Pythons
from wslgpu.knowledge.explain_tensorflow import MachineSummary, describe
from wslgpu.knowledge.releases import TensorFlowRelease
from wslgpu.system.host import Host

NO_CARD = "no NVIDIA GPU answered on this machine, so it is judged for the CPU"
ON_WINDOWS = "run this inside Ubuntu to see what of it fits this machine"


def explain_release(spec: str, host: Host, asked: tuple[str, ...] = ()) -> dict[str, Any]:
    """`spec` is "tensorflow" or "tensorflow==X"; `asked`: what is said first, of how it was asked for.

    UserError, with the nearest releases, for a release that is not known.
    """
    if host.side == "windows":
        answer, machine = describe(spec), None
    else:
        from wslgpu.facts.gather_release import gather_for_release

        describe(spec)  # a release that nobody knows is said before the machine is asked
        side, facts, cuda, pythons = gather_for_release(host)
        machine = summarize(side, facts, cuda, pythons)
        today = None if not isinstance(facts.time, int) else datetime.date.fromtimestamp(max(facts.time, 0))
        answer = describe(spec, machine, today)
    told = {**describe_fields(answer.release), **answer.document(), "asked": list(asked)}
    if machine is None:
        told["notes"] = [*told["notes"], ON_WINDOWS]
    elif machine.compute_capability is None:
        told["notes"] = [NO_CARD, *told["notes"]]
    return {"tensorflow": told}


def summarize(side: Any, facts: MachineFacts, cuda: CudaDriver, pythons: Pythons) -> MachineSummary:
    """What of the facts decides. Of several cards the most capable one counts; a Python that TensorFlow has no wheels
    for by its kind (32 bits, no CPython, free-threaded) does not."""
    gpus = cuda.gpus if isinstance(cuda.gpus, tuple) else ()
    card = max(gpus, key=lambda gpu: gpu.capability, default=None)
    minors = None
    if isinstance(pythons.found, tuple):
        usable = [p for p in pythons.found if p.bits == 64 and p.implementation == "CPython" and not p.free_threaded]
        minors = tuple(sorted({python.version[:2] for python in usable if not python.prerelease}))
    return MachineSummary(
        side=side,
        machine=facts.architecture if isinstance(facts.architecture, str) else "x86_64",
        pythons=minors,
        gpu_name=card.name if card else None,
        compute_capability=card.capability if card else None,
        driver=cuda.driver_version,
    )


def describe_fields(release: TensorFlowRelease) -> dict[str, Any]:
    """The row's own fields, for whoever reads the JSON."""
    return {
        "prerelease": release.prerelease,
        "released": release.released.isoformat() if release.released else None,
        "python": [".".join(str(part) for part in python) for python in release.python],
        "keras": release.keras,
        "cuda": release.cuda,
        "cudnn": release.cudnn,
        "cuda_from": release.cuda_from,
        "kernels": list(release.kernels),
        "numpy": release.numpy,
        "protobuf": release.protobuf,
        "extra_pins": [{"requirement": pin.requirement, "reason": pin.reason} for pin in release.extra_pins],
        "source": release.source,
        "checked": release.checked.isoformat(),
    }
