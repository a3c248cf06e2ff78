"""Write what an editor and Jupyter are told, remember what was there, and put it back."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wslgpu.apply.venv_state import write_atomically
from wslgpu.plan.editor import TOOLS, Tool, Written, take_back, write_kernel, write_vscode

RECORD = ".wslgpu/editor.json"


def look(folder: str, tool: Tool) -> Written:
    """The file as it is and as it would be. OSError, ValueError where it is there and cannot be read."""
    if tool == "vscode":
        return write_vscode(folder, _read(Path(folder, ".vscode/settings.json")))
    path = write_kernel(folder, jupyter_data(), None).path
    return write_kernel(folder, jupyter_data(), _read(Path(path)))


def jupyter_data() -> str:
    """Where Jupyter looks for a user's kernels, as jupyter_core decides it on Linux."""
    own, shared = os.environ.get("JUPYTER_DATA_DIR"), os.environ.get("XDG_DATA_HOME")
    return own or f"{shared or Path('~/.local/share').expanduser()}/jupyter"


def write(folder: str, change: Written) -> None:
    """The record first: killed in between, what may be ours is known. What was there before us stays on record."""
    record = read_record(folder)
    earlier = record.get(change.tool)
    kept = {"path": change.path, "before": earlier["before"] if earlier else change.before, "after": change.after}
    kernel = {"kernel_package": True} if change.tool == "jupyter" else {}
    _write_record(folder, {**record, change.tool: kept, **kernel})
    Path(change.path).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(Path(change.path), change.after)


def undo(folder: str, tool: Tool) -> str | None:
    """Put back what was there; the path, or None where nothing of ours is known. OSError, ValueError as for look."""
    record = read_record(folder)
    if tool not in record:
        return None
    one = Written(tool, record[tool]["path"], record[tool]["before"], record[tool]["after"])
    path = Path(one.path)
    now = _read(path)
    text = take_back(one, now)
    if now is not None and text is None:
        path.unlink()
        with contextlib.suppress(OSError):  # others' files lie beside it
            path.parent.rmdir()
    elif now is not None and text is not None:
        write_atomically(path, text)
    _write_record(folder, {key: value for key, value in record.items() if key != tool})
    return one.path


def known(folder: str) -> Mapping[Tool, str]:
    """Tool -> path of the file that holds something of ours."""
    record = read_record(folder)
    return {tool: record[tool]["path"] for tool in TOOLS if tool in record}


def has_kernel_package(folder: str) -> bool:
    """Whether an earlier --jupyter put ipykernel into this folder's environment: later runs keep it there."""
    return bool(read_record(folder).get("kernel_package"))


def read_record(folder: str) -> dict[str, Any]:
    """What was written; empty where nothing was, or where it cannot be read."""
    try:
        record = json.loads(Path(folder, RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write_record(folder: str, record: Mapping[str, Any]) -> None:
    path = Path(folder, RECORD)
    path.parent.mkdir(parents=True, exist_ok=True)
    if record:
        write_atomically(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    else:
        path.unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
