"""Recordings: all answers of one look at a machine, in one JSON file that a person can write by hand.

The support bundle, the test case and the bug report are this one thing. docs/recordings.md describes the format.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from wslgpu import __version__
from wslgpu.errors import UserError
from wslgpu.system.answers import Absent, Answer, Answers, Content, Ran, Reason, Unknown, Value
from wslgpu.system.host import Side
from wslgpu.system.recorded import RecordedHost, RecordingHost
from wslgpu.system.secrets import hide_logins

SCHEMA = "wslgpu.recording/1"
# An object with none of these is no answer in long form: it is the value itself.
KEYS = {"unknown", "absent", "exit", "value"} | {
    f"{key}{form}" for key in ("text", "stdout", "stderr") for form in ("", "_base64")
}


def write_recording(host: RecordingHost, *, project: str, when: str) -> str:
    """The recording as JSON text. `when` is an ISO date. Logins in addresses are taken out, nothing else is."""
    document = {
        "schema": SCHEMA,
        "tool": __version__,
        "side": host.side,
        "recorded_at": when,
        "project": project,
        "answers": {want_id: encode_answer(answer) for want_id, answer in sorted(host.kept.items())},
    }
    return hide_logins(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def load_recording(path: Path) -> RecordedHost:
    """Read a recording; a UserError names what is wrong with it and where."""
    return read_recording(load_document(path), str(path))


def load_document(path: Path, below: int = 4) -> Any:
    """A recording's JSON with what it `extends` (a file beside it) put underneath, at most `below` files deep."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(f"cannot read the recording {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not a recording: it is not JSON ({error})") from None
    base_name = document.get("extends") if isinstance(document, dict) else None
    if base_name is None:
        return document
    if below == 0 or not isinstance(base_name, str):
        raise UserError(f'{path}: "extends" must name a recording beside it, and not run in a circle')
    base = load_document(path.parent / base_name, below - 1)
    over = document.get("answers", {})
    if not isinstance(base, dict) or not isinstance(base.get("answers", {}), dict) or not isinstance(over, dict):
        raise UserError(f'{path}: "answers" must be an object of want ids, here and in {base_name}')
    return {**base, **document, "answers": {**base.get("answers", {}), **over}}


def read_recording(document: Any, name: str) -> RecordedHost:
    """A recording's JSON value as a host."""
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise UserError(f'{name} is not a recording: it lacks "schema": "{SCHEMA}"')
    side: Any = document.get("side")
    if side not in get_args(Side):
        raise UserError(f'{name}: "side" must be one of {", ".join(get_args(Side))}, not {side!r}')
    answers = document.get("answers")
    if not isinstance(answers, Mapping):
        raise UserError(f'{name}: "answers" must be an object of want ids')
    found = {str(key): decode_answer(answer, f"{name}: answers[{key!r}]") for key, answer in answers.items()}
    return RecordedHost(side, Answers(found), str(document.get("project", ".")), str(document.get("note", "")))


def encode_answer(answer: Answer) -> dict[str, Any]:
    """An answer as JSON; bytes stand as text where they are UTF-8, otherwise as base64."""
    if isinstance(answer, Ran):
        streams = {**_bytes_out("stdout", answer.stdout), **_bytes_out("stderr", answer.stderr)}
        return {"exit": answer.exit, **streams, "seconds": round(answer.seconds, 3)}
    if isinstance(answer, Content):
        return {**_bytes_out("text", answer.data), **({"truncated": True} if answer.truncated else {})}
    if isinstance(answer, Value):
        return {"value": answer.value}
    if isinstance(answer, Absent):
        return {"absent": True}
    return {"unknown": answer.reason, **({"detail": answer.detail} if answer.detail else {})}


def decode_answer(document: Any, name: str) -> Answer:
    """The answer that a recording holds; `encoding` says how `stdout` or `text` went over the wire.

    For people: a bare text is a file's text, an output or a value, as its want needs it; null says that there is none;
    any other bare value is the value.
    """
    if document is None:
        return Absent()
    if isinstance(document, str):
        return Content(document.encode("utf-8", "surrogatepass"))
    if not isinstance(document, Mapping) or not KEYS & document.keys():
        return Value(document)
    if "unknown" in document:
        if document["unknown"] not in get_args(Reason):
            raise UserError(f'{name}: "unknown" must be one of {", ".join(get_args(Reason))}')
        return Unknown(document["unknown"], str(document.get("detail", "")))
    if document.get("absent"):
        return Absent()
    if {"exit", "stdout", "stdout_base64", "stderr", "stderr_base64"} & document.keys():
        try:
            code, seconds = int(document.get("exit", 0)), float(document.get("seconds", 0.0))
        except (TypeError, ValueError):
            raise UserError(f'{name}: "exit" must be a whole number and "seconds" a number') from None
        return Ran(code, _bytes_in(document, "stdout", name), _bytes_in(document, "stderr", name), seconds)
    if "value" in document:
        return Value(document["value"])
    if "text" in document or "text_base64" in document:
        return Content(_bytes_in(document, "text", name), bool(document.get("truncated", False)))
    raise UserError(f'{name} must hold one of "text", "exit", "value", "absent", "unknown"')


def _bytes_out(key: str, data: bytes) -> dict[str, str]:
    try:
        return {key: data.decode("utf-8")}
    except UnicodeDecodeError:
        data = hide_logins(data.decode("latin-1")).encode("latin-1")  # base64 would carry them unseen
        return {f"{key}_base64": base64.b64encode(data).decode("ascii")}


def _bytes_in(document: Mapping[str, Any], key: str, name: str) -> bytes:
    try:
        if f"{key}_base64" in document:
            return base64.b64decode(document[f"{key}_base64"], validate=True)
        return str(document.get(key, "")).encode(document.get("encoding", "utf-8"))
    except (ValueError, LookupError) as error:
        raise UserError(f"{name}: {key} cannot be read ({error})") from None
