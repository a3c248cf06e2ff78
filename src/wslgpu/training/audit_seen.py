"""What the payload of an audit saw, with the source beside it: the one thing that every judge of it takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wslgpu.checks.catalog import fill, load_doc
from wslgpu.checks.model import Status
from wslgpu.training.audit_classes import Class
from wslgpu.training.audit_model import AuditFinding
from wslgpu.training.audit_source import Source
from wslgpu.training.events import Event


class Seen:
    """The events by name, the source, and the class of the target."""

    def __init__(self, events: Sequence[Event], source: Source | None, name: str) -> None:
        self.events, self.source = events, source
        self.loaded = self.first("loaded") or {}
        short = str(self.loaded.get("name") or name).rpartition(".")[2]
        self.family: tuple[Class, ...] = source.family(short) if source else ()
        if not self.family and source and name in source.classes:
            self.family = source.family(name)

    def first(self, name: str) -> dict[str, Any] | None:
        """The first event of a name."""
        return next((event for event in self.events if event["event"] == name), None)

    def make(
        self, slug: str, *, status: Status | None = None, line: int | None = None, patch: str = "", **words: Any
    ) -> AuditFinding:
        """A finding in the words of its page."""
        doc = load_doc(slug)
        evidence = {key: str(value) for key, value in words.items()}
        if line:
            evidence["line"] = str(line)
        path = self.source.path if self.source and line else ""
        return AuditFinding(slug, status or doc.status, fill(doc.title, evidence), evidence, path, line, patch)

    def getitem_line(self) -> int | None:
        """Where `__getitem__` stands."""
        return next((c.getitem_line for c in self.family if c.getitem_line), None)

    def line_of(self, path: str) -> int | None:
        """Where the first attribute of `self.attribute[3].more` is set, or a global of the module."""
        root = path.partition(".")[0]
        if root != "self":
            return self.source.globals.get(root.partition("[")[0]) if self.source else None
        attribute = attribute_of(path)
        return next((c.set_in_init[attribute] for c in self.family if attribute in c.set_in_init), None)


def attribute_of(path: str) -> str:
    """`self.reader[3].lock`: reader."""
    return path.partition(".")[2].partition(".")[0].partition("[")[0]


def stack_line(seen: Seen, stack: str) -> int | None:
    """The innermost line of the user's own file in a stack as faulthandler or traceback prints it."""
    if seen.source is None:
        return None
    lines = [int(line) for line in re.findall(rf'File "{re.escape(seen.source.path)}", line (\d+)', stack)]
    if not lines:
        return None
    return lines[0] if "most recent call first" in stack else lines[-1]


def raised_alone(seen: Seen, error: dict[str, Any]) -> bool:
    """Whether one process has met the same exception: then threads have no part in it."""
    return any(
        event["event"] == "item-raises" and event["kind"] == error["kind"] and event["text"] == error["text"]
        for event in seen.events
    )


def user_line(seen: Seen, event: dict[str, Any]) -> int | None:
    """The line of the user's own file where it happened; None where it was elsewhere."""
    line = event.get("line")
    return int(line[1]) if line and seen.source and line[0] == seen.source.path else None
