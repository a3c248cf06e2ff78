"""Real transcripts from the shared corpus, read where it lies, as text and as the bytes that a pipe carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wslgpu.cli.explain import explain_paste
from wslgpu.facts.transcripts import recognize

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FLOOR = 0.98

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared/corpus beside the checkout")

WIRES = {
    "text": lambda text: text.encode("utf-8"),
    "utf-8 CRLF": lambda text: text.replace("\n", "\r\n").encode("utf-8"),
    "utf-16le CRLF": lambda text: text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf-16le CRCRLF": lambda text: text.replace("\n", "\r\r\n").encode("utf-16-le"),
    "utf-16le BOM": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-8 BOM": lambda text: b"\xef\xbb\xbf" + text.encode("utf-8"),
}


def transcripts() -> list[Path]:
    return sorted(CORPUS.glob("*/*.txt"))


def fields(expect: dict[str, Any], got: dict[str, Any] | None) -> Iterator[tuple[str, Any, Any]]:
    """Every expected field with what was read: a list of rows counts row by row and key by key."""
    for key, value in expect.items():
        if key == "note":  # a remark of whoever wrote the expectation, not a fact of the text
            continue
        seen = None if got is None else got.get(key)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{key}.length", len(value), len(seen or [])
            for at, row in enumerate(value):
                row_seen = seen[at] if seen and at < len(seen) else {}
                for name, item in row.items():
                    yield f"{key}[{at}].{name}", item, row_seen.get(name)
        else:
            yield key, value, seen


def misses(wire: str) -> tuple[int, list[str]]:
    total, missed = 0, []
    for path in transcripts():
        expect = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["expect"]
        # The whole way that `wslgpu explain --format json -` goes, from bytes to JSON.
        answer = json.loads(json.dumps(explain_paste(WIRES[wire](path.read_text(encoding="utf-8")))))
        got = next((item["facts"] for item in answer["recognized"] if item["kind"] == path.parent.name), None)
        for name, value, seen in fields(expect, got):
            total += 1
            if value != seen or (got is None and value is None and name == "code"):
                missed.append(f"{path.parent.name}/{path.name}: {name}: expected {value!r}, read {seen!r}")
    return total, missed


@pytest.mark.parametrize("wire", list(WIRES))
def test_at_least_98_percent_of_the_expected_fields_are_read(wire: str, record_property: pytest.RecordProperty) -> None:
    total, missed = misses(wire)
    record_property("fields", total)
    print(f"{wire}: {total - len(missed)} of {total} fields right")
    for line in missed:
        print("  MISS", line)
    assert total > 500
    assert 1 - len(missed) / total >= FLOOR, "\n".join(missed)


def test_every_transcript_is_recognized_as_what_it_is() -> None:
    unknown = []
    for path in transcripts():
        kinds = [item.kind for item in recognize(path.read_text(encoding="utf-8"))]
        if path.parent.name not in kinds:
            unknown.append(f"{path.parent.name}/{path.name}: {kinds}")
    assert not unknown, "\n".join(unknown)


def test_no_transcript_is_taken_for_a_kind_that_contradicts_it() -> None:
    """A list, a status or a version is never read off an nvidia-smi table or a TensorFlow log, nor the reverse."""
    apart = {
        "nvidia-smi": {"wsl-version", "wsl-status", "wsl-list", "wsl-error", "kernel", "windows-build", "pip-error"},
        "tf-log": {"wsl-version", "wsl-status", "wsl-list", "wsl-error", "nvidia-smi", "windows-build", "pip-error"},
        "kernel": {"wsl-version", "wsl-status", "wsl-list", "nvidia-smi", "tf-log", "pip-error"},
        "wsl-list": {"nvidia-smi", "tf-log", "kernel", "windows-build"},
        "windows-build": {"nvidia-smi", "tf-log", "kernel", "wsl-list", "wsl-status", "wsl-version"},
    }
    wrong = []
    for path in transcripts():
        kinds = {item.kind for item in recognize(path.read_text(encoding="utf-8"))}
        crossed = kinds & apart.get(path.parent.name, set())
        if crossed:
            wrong.append(f"{path.parent.name}/{path.name}: also read as {sorted(crossed)}")
    assert not wrong, "\n".join(wrong)
