"""Files that the user asked for by name."""

from __future__ import annotations

import os
from pathlib import Path

from wslgpu.errors import UserError


def write_output(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8; a UserError names the file and why not. `private`: a new file that only its owner can read."""
    try:
        if private:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; name another file") from None
