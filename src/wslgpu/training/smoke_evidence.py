"""The evidence of a smoke as values that JSON knows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from wslgpu.system.session import Ended
from wslgpu.training.events import Event
from wslgpu.training.payload_smoke.wslgpu_smoke_values import EPOCHS, METHODS, TRAIN, VALIDATION
from wslgpu.training.smoke_judge import (
    ACCURACY_BOUND,
    curve_difference,
    last,
    most_workers,
    rounded,
    tolerance,
    used_devices,
)
from wslgpu.training.smoke_timeline import describe_batch_losses, describe_timeline

DRAWN = ("batch_losses", "timeline")  # what is there to be drawn; setup does not keep it with the environment
NAMES = {number: name for name, number in METHODS.items()}


def describe_evidence(events: Sequence[Event], ended: Ended, removed: Sequence[str]) -> dict[str, Any]:
    """All that is known, also of a smoke that stopped half-way. Seconds are told and never judged."""
    evidence: dict[str, Any] = {"synthetic": True, "seconds": round(ended.seconds, 1)}
    imported, prepared = last(events, "imported"), last(events, "prepared")
    for name in ("python", "tensorflow", "keras", "numpy", "import_s", "gpus", "default_start_method"):
        if name in imported:
            evidence[name] = imported[name]
    if prepared:
        evidence["device"] = name_device(imported, prepared)
        evidence["convolutions_ran_on"] = used_devices(prepared)
        evidence["item_ms"] = prepared["item_ms"]
    if imported and last(events, "result"):
        evidence["after_import_s"] = round(last(events, "result")["t"] - imported["t"], 1)
    ways = {event["name"]: event for event in events if event["event"] == "way"}
    if ways:
        evidence["epochs"] = EPOCHS
        evidence["seconds_of"] = {name: way["seconds"] for name, way in ways.items()}
        evidence["batches_per_s"] = {name: way["batches_per_s"] for name, way in ways.items()}
        evidence["losses"] = {name: rounded(way["history"].get("loss", ())) for name, way in ways.items()}
        evidence["validation_losses"] = {n: rounded(way["history"].get("val_loss", ())) for n, way in ways.items()}
        evidence["accuracy"] = {n: round(way["history"].get("val_accuracy", [0.0])[-1], 4) for n, way in ways.items()}
        evidence["batch_losses"] = {
            name: describe_batch_losses(way["batch_losses"], way["history"]) for name, way in ways.items()
        }
        evidence["timeline"] = {name: describe_timeline(way) for name, way in ways.items()}
        evidence["accuracy_bound"] = ACCURACY_BOUND
        evidence["deliveries"] = {name: count_deliveries(way["deliveries"]) for name, way in ways.items()}
    if "fork" in ways:
        evidence |= describe_workers(ways["fork"], int(ways["fork"]["pid"]))
        difference = curve_difference(ways["single"]["history"], ways["fork"]["history"])
        evidence["largest_loss_difference"] = None if difference != difference else difference
        evidence["loss_tolerance"] = tolerance(events)
    evidence["left_behind"] = [{"pid": p.pid, "command": p.command} for p in ended.left_behind]
    evidence["findings"] = [e for e in events if e["event"] == "finding"]
    evidence["notes"] = [e["text"] for e in events if e["event"] == "note"]
    evidence["removed_from_environment"] = list(removed)
    return evidence


def name_device(imported: Event, prepared: Event) -> str:
    """`the CPU`, or the GPU's own name."""
    if any(device.startswith("GPU") for device in used_devices(prepared)):
        return str((imported.get("gpus") or ["the GPU"])[0])
    return "the CPU"


def count_deliveries(rows: Sequence[Sequence[int]]) -> dict[str, int]:
    """How many batches reached the model, of each set."""
    return {
        "training": sum(row[0] == TRAIN for row in rows),
        "validation": sum(row[0] == VALIDATION for row in rows),
    }


def describe_workers(way: Event, main_pid: int) -> dict[str, Any]:
    """Who made the batches of the forked way: pid, parent, what /proc said of the parent, how many batches."""
    rows = way["deliveries"]
    made = Counter(row[3] for row in rows)
    parents = {row[3]: row[4] for row in rows}
    return {
        "main_pid": main_pid,
        "start_method": ", ".join(sorted({NAMES.get(row[5], "unknown") for row in rows})),
        "workers_asked": way["workers"],
        "workers_side_by_side": most_workers(rows, main_pid),
        "workers": [
            {"pid": pid, "parent": parents[pid], "parent_in_proc": way["parents"].get(str(pid)), "batches": made[pid]}
            for pid in made
        ],
    }
