"""Files that the user asked for by name."""

from __future__ import annotations

from pathlib import Path

from wslgpu.errors import UserError


def write_output(path: Path, text: str) -> None:
    """Write UTF-8; a UserError names the file and why not."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; name another file") from None
