"""Where a report goes: a file that the user asked for by name, or stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from wslgpu.errors import UserError


def write_output(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8; a UserError names the file and why not. `private`: a new file that only its owner can read."""
    try:
        if private:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; name another file") from None


def put_out(text: str, form: str, output: Path | None) -> None:
    """A report into its file, or to stdout: text as the terminal takes it, every other form as UTF-8 always."""
    if output is not None:
        write_output(output, click.unstyle(text))
        click.echo(f"wrote {output}", err=True)
    elif form == "text":
        click.echo(text, nl=False)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
