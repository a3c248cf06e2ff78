"""Length, shapes and form of the batches. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wslgpu.training.audit_model import AuditFinding
from wslgpu.training.audit_seen import Seen


def judge_form(seen: Seen) -> Iterator[AuditFinding]:
    """Findings about what one process, asking in order, gets."""
    for name in ("length-raises", "length-zero", "length-changes"):
        event = seen.first(name)
        if event:
            yield seen.make("sequence-length-wrong", what=_length_words(name, event))
    told = False
    for event in seen.events:
        if event["event"] != "item-raises" or told:
            continue
        told = True
        line = event["line"][1] if event["line"] and seen.source and event["line"][0] == seen.source.path else None
        if event["last"] and event["kind"] == "IndexError":
            what = f"batch {event['index']}, the last, raises IndexError: {event['text']}"
            yield seen.make("sequence-length-wrong", line=line, what=what)
        else:
            error = f"{event['kind']}: {event['text']}".partition("\n")[0][:300].rstrip(": ")
            if event.get("again"):
                error += ", which it did not when it was asked first"
            yield seen.make(
                "sequence-item-raises", line=line, index=event["index"], error=error, traceback=event["traceback"]
            )
    items = seen.first("items")
    if items and items["shapes"]:
        yield from _judge_shapes(seen, items["shapes"])
    alike = seen.first("all-alike")
    if alike and items and any(shape is not None for _, _, shape in items["shapes"][0][2]):
        yield seen.make("sequence-batches-alike", line=seen.getitem_line(), batches=alike["batches"])


def _length_words(name: str, event: dict[str, Any]) -> str:
    if name == "length-raises":
        return "asking for it raises " + str(event["text"]).partition("\n")[0]
    if name == "length-zero":
        return f"it is {event['length']}"
    return f"it was {event['first']} and became {event['now']} while batches were made"


def _judge_shapes(seen: Seen, shapes: list[Any]) -> Iterator[AuditFinding]:
    """`shapes`: [index, [type, parts], [[path, dtype, shape], ...]] of each batch."""
    kind, parts = shapes[0][1]
    if kind == "tuple" and not 1 <= parts <= 3:
        yield seen.make("sequence-batch-form", what=f"a tuple of {parts} parts")
    elif kind in ("NoneType", "str", "bytes", "int", "float", "set", "generator"):
        yield seen.make("sequence-batch-form", what=f"of type {kind}")
    scalars = [path for path, _, shape in shapes[0][2] if shape == []]
    if scalars and len(scalars) < len(shapes[0][2]):
        yield seen.make("sequence-batch-form", what=f"with a single number, not one a row, as part {scalars[0]}")
    shapes = sorted(shapes, key=lambda item: item[0])
    what = find_unsteady(shapes)
    if what:
        yield seen.make("sequence-shapes-vary", what=what)
    last_index, _, last = shapes[-1]
    empty = [path for path, _, shape in last if shape and shape[0] == 0]
    if empty and len(shapes) > 1:
        yield seen.make("sequence-length-wrong", what=f"batch {last_index}, the last, has no rows")


def find_unsteady(shapes: list[Any]) -> str:
    """The first difference between batches that TensorFlow would not take, in words; "" where there is none."""
    first_index, first_form, first = shapes[0]
    for place, (index, form, leaves) in enumerate(shapes):
        if form != first_form or [leaf[0] for leaf in leaves] != [leaf[0] for leaf in first]:
            return f"batch {index} has another structure than batch {first_index}"
        for (path, dtype, shape), (_, other_dtype, other_shape) in zip(leaves, first, strict=True):
            name = f"part {path}" if path else "the array"
            text = {dtype[:2], other_dtype[:2]} <= {"<U", "|S", "|O", "ob"}
            if dtype != other_dtype and not text:
                return f"{name} is {dtype} in batch {index} and {other_dtype} in batch {first_index}"
            if shape is None or other_shape is None:
                continue
            if len(shape) != len(other_shape) or shape[1:] != other_shape[1:]:
                return (
                    f"{name} has shape {tuple(shape)} in batch {index} and {tuple(other_shape)} in batch {first_index}"
                )
        rows = {shape[0] for _, _, shape in leaves if shape}
        if len(rows) > 1 and place == 0:
            return f"the parts of batch {index} have different numbers of rows: {', '.join(map(str, sorted(rows)))}"
    return ""
