"""What holds of the user's object in any way of working: does it load, does it repeat itself, is Keras served. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from wslgpu.training.audit_model import AuditFinding
from wslgpu.training.audit_patch import patch_super
from wslgpu.training.audit_seen import Seen, user_line


def judge_loading(seen: Seen) -> Iterator[AuditFinding]:
    """It could not be imported or made; or the audit itself broke."""
    for name, what in (("cannot-import", "the module cannot be imported"), ("cannot-make", "it cannot be made")):
        event = seen.first(name)
        if event:
            words = {"what": f"{what}: {event['text']}", "traceback": event["traceback"]}
            yield seen.make("sequence-cannot-load", line=user_line(seen, event), **words)
    event = seen.first("broke")
    if event:
        yield seen.make("audit-not-finished", what="the audit itself broke", traceback=event["text"])


def judge_state(seen: Seen) -> Iterator[AuditFinding]:
    """Buffers that are used again, order that matters, random numbers, attributes that change."""
    random = seen.first("random") or {}
    overwritten = seen.first("overwritten")
    if overwritten:
        buffers = [write for c in seen.family for write in c.writes]
        line = buffers[0].line if buffers else None
        yield seen.make("sequence-reused-buffer", line=line, first=overwritten["first"], second=overwritten["second"])
    kind = random.get("kind", "no")
    if random.get("ordered"):
        writes = [write for c in seen.family for write in c.writes]
        handles = (seen.first("handles") or {}).get("found", [])
        line = writes[0].line if writes else None
        index = seen.first("items") or {}
        first = index.get("shapes", [[0]])[0][0]
        yield seen.make(
            "sequence-order-dependent",
            line=line,
            index=first,
            attributes=", ".join((seen.first("state") or {}).get("changed", [])),
            handles=handles,
        )
    if kind not in ("no", "order"):
        words = {
            "global": "numbers from the global generators",
            "held": "numbers from a generator that the Sequence holds",
            "unseeded": "numbers that no seed repeats (or the clock, or another source that moves)",
        }
        lines = [line for c in seen.family for line, _ in c.randoms]
        leaves = ", ".join(random["leaves"]) or "the batch"
        yield seen.make(
            "sequence-not-deterministic", line=lines[0] if lines else None, what=f"{words[kind]}, in {leaves}"
        )
    changed = (seen.first("state") or {}).get("changed", [])
    bare = [write for c in seen.family for write in c.writes if not write.guarded]
    names = sorted(set(changed) | {write.attribute for write in bare})
    held = set((seen.first("held-generators") or {}).get("names", []))
    names = [name for name in names if name not in held]
    if names:
        yield seen.make("sequence-shared-state", line=bare[0].line if bare else None, attributes=", ".join(names))


def name_refusal(like_array: list[str]) -> str:
    """What `fit` does with an object that is no Sequence of Keras; "" for an array, which it takes.

    `like_array`: what it has of shape, dtype and __array__.
    """
    if len(like_array) == 3:
        return ""
    if {"shape", "dtype"} <= set(like_array):
        return "`fit` of Keras 3 refuses it, and that of Keras 2 takes it for an array"
    return "`fit` refuses it"


def judge_keras(seen: Seen) -> Iterator[AuditFinding]:
    """What this Keras asks for: super().__init__, and arguments that fit takes."""
    source, loaded = seen.source, seen.loaded
    if loaded["kind"] == "sequence" and not loaded.get("sequence_base"):
        refused = name_refusal(loaded.get("like_array", []))
        if refused:
            yield seen.make("sequence-not-keras", line=seen.family[0].line if seen.family else None, what=refused)
    if loaded.get("sequence_base") and not loaded.get("super_called") and loaded.get("keras3"):
        cls = next((c for c in seen.family if c.init_line and not c.calls_super), None)
        patch = patch_super(source, cls) if source and cls else ""
        yield seen.make("keras-no-super-init", line=cls.init_line if cls else None, patch=patch)
    for line, name, hook in (item for c in seen.family for item in c.misspelt):
        yield seen.make("sequence-hook-misspelt", line=line, name=name, hook=hook)
    for line, attribute in seen.family[0].unused[:1] if len(seen.family) == 1 else ():
        yield seen.make("sequence-shuffle-unused", line=line, attribute=attribute)
    if source is None:
        return
    keras2 = str(loaded.get("keras", "")).startswith("2.") or (loaded.get("sequence_base") and not loaded.get("keras3"))
    for line, words in source.fits[:3]:
        yield seen.make("keras3-fit-workers", status="info" if keras2 else None, line=line, arguments=", ".join(words))
    for line, method in source.old_methods[:3]:
        yield seen.make("keras3-fit-generator", status="info" if keras2 else None, line=line, method=method)
