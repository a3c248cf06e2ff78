"""What the payload of an audit saw, with the source beside it: the one thing that every judge of it takes."""

from __future__ import annotations

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

    def line_of(self, attribute: str) -> int | None:
        """Where `self.attribute` is set."""
        return next((c.set_in_init[attribute] for c in self.family if attribute in c.set_in_init), None)


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
