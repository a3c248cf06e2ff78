"""From what the payload saw, and what the source says, to findings and a verdict for each way of working. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wslgpu.training.audit_form import judge_form
from wslgpu.training.audit_generator import judge_generator
from wslgpu.training.audit_model import Audit, AuditFinding, Verdict
from wslgpu.training.audit_seen import Seen
from wslgpu.training.audit_source import Source
from wslgpu.training.audit_state import judge_keras, judge_loading, judge_state
from wslgpu.training.audit_ways import judge_fork, judge_spawn, judge_threads
from wslgpu.training.events import Event

RANK = {"fail": 0, "warn": 1, "unknown": 2, "info": 3}
# What makes each way of working unsafe. A `warn` of the first group only says what may come.
UNSAFE = {
    "threads": (
        "sequence-thread-race",
        "sequence-thread-deadlock",
        "sequence-reused-buffer",
        "sequence-order-dependent",
        "generator-not-threadsafe",
        "generator-lock-not-taken",
    ),
    "fork": (
        "keras-fork-tf-deadlock",
        "sequence-fork-hangs",
        "sequence-fork-wrong",
        "sequence-fork-dies",
        "sequence-shared-handle",
        "keras-h5py-fork",
        "keras-same-random",
        "sequence-order-dependent",
        "keras-generator-duplicates",
    ),
    "spawn": ("keras-pickle", "sequence-spawn-wrong", "sequence-order-dependent", "sequence-trains-on-import"),
}
FINE = {"threads": "threads-fine", "fork": "fork-fine", "spawn": "spawn-fine"}
# A finding that follows from another one, where that one holds too.
CAUSES = {
    "sequence-thread-race": ("sequence-reused-buffer", "sequence-order-dependent", "sequence-item-raises"),
    "sequence-fork-wrong": ("sequence-order-dependent", "sequence-item-raises"),
    "sequence-spawn-wrong": ("sequence-order-dependent",),
    "generator-not-threadsafe": ("generator-lock-not-taken",),
    "sequence-not-deterministic": ("keras-same-random",),
    "sequence-shared-state": ("sequence-thread-race", "sequence-order-dependent", "sequence-reused-buffer"),
}


def judge_audit(
    target: str,
    events: Sequence[Event],
    source: Source | None,
    seconds: float,
    endings: Sequence[str] = (),
    tail: str = "",
) -> Audit:
    """The verdict. `endings`: how processes of the audit ended that did not end by themselves, in words."""
    seen = Seen(events, source, target.rpartition(":")[2])
    findings = list(_findings(seen))
    findings += [seen.make("audit-not-finished", what=what) for what in endings]
    slugs = {finding.slug for finding in findings}
    linked = []
    for finding in findings:
        cause = next((slug for slug in CAUSES.get(finding.slug, ()) if slug in slugs), None)
        if cause == "keras-same-random" or (cause and finding.slug == "sequence-shared-state"):
            continue  # the other finding says it already
        linked.append(replace(finding, cause=cause))
    linked.sort(key=lambda finding: (finding.cause is not None, RANK.get(finding.status, 4)))
    return Audit(
        target,
        str(seen.loaded.get("kind", "")),
        {way: _verdict(way, seen, linked) for way in UNSAFE},
        str((seen.first("random") or {}).get("kind", "")),
        tuple(linked),
        _facts(seen),
        seconds,
        tail,
    )


def _verdict(way: str, seen: Seen, findings: Sequence[AuditFinding]) -> Verdict:
    bad = {
        f.slug
        for f in findings
        if f.status == "fail" or f.slug in ("keras-pickle", "sequence-spawn-wrong", "keras-generator-duplicates")
    }
    if bad & set(UNSAFE[way]):
        return "unsafe"
    return "safe" if seen.first(FINE[way]) else "not known"


def _facts(seen: Seen) -> dict[str, Any]:
    items = seen.first("items") or {}
    times = sorted(time[0] for time in items.get("times", ()))
    return {
        "length": (seen.first("length") or {}).get("length"),
        "item_seconds": round(times[len(times) // 2], 6) if times else None,
        "python": seen.loaded.get("python"),
        "keras": seen.loaded.get("keras"),
        "tensorflow": seen.loaded.get("tensorflow"),
        "file": seen.loaded.get("file"),
        "line": seen.loaded.get("line"),
        **{
            way: {key: value for key, value in event.items() if key in ("rounds", "asked", "threads", "children")}
            for way in ("threads", "fork")
            if (event := seen.first(f"{way}-fine")) is not None
        },
    }


def _findings(seen: Seen) -> Iterator[AuditFinding]:
    yield from judge_loading(seen)
    if not seen.loaded:
        return
    yield from judge_form(seen)
    if seen.loaded["kind"] == "sequence":
        yield from judge_state(seen)
        yield from judge_threads(seen)
        yield from judge_fork(seen)
    else:
        yield from judge_generator(seen)
    yield from judge_spawn(seen)
    yield from judge_keras(seen)
