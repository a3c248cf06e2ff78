"""What audit and tune are told: MODULE:NAME, its arguments, and whose Python."""

from __future__ import annotations

import ast
import os
import re
import shutil
import sys
from pathlib import Path

from wslgpu.errors import UserError


def check_target(target: str) -> str:
    """MODULE:NAME or FILE.py:NAME, as it is; UserError where it is neither."""
    module, _, name = target.rpartition(":")
    if not module or not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        raise UserError(
            f"{target!r} is not MODULE:NAME; write it as in data.pictures:MySequence or train.py:MySequence"
        )
    if module.endswith(".ipynb"):
        raise UserError(f"{module} is a notebook, which nothing can import: write the class into a .py file")
    if not module.endswith(".py") and not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", module):
        raise UserError(f"{module!r} is no module's name; write it as in data.pictures, or as a file, train.py")
    return target


def check_arguments(text: str) -> str:
    """Literals, as in a call: `"data.csv", batch_size=8`; UserError where they are not."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if (
            not isinstance(call, ast.Call)
            or not isinstance(call.func, ast.Name)
            or any(word.arg is None for word in call.keywords)
        ):
            raise ValueError
        for value in [*call.args, *(word.value for word in call.keywords)]:
            ast.literal_eval(value)
    except (SyntaxError, ValueError):
        raise UserError(
            f"--args {text!r}: write literals as in a call, for instance --args '\"data.csv\", batch=8'"
        ) from None
    return text


def find_user_python(project: Path, named: str | None) -> str:
    """--python; else the folder's .venv; else the environment that is active; else python3 on PATH."""
    if sys.platform == "win32":
        raise UserError("this looks at fork, which Windows does not have; run it in Ubuntu")
    if not project.is_dir():
        raise UserError(f"{project} is not a folder; name the folder of your code")
    if named:
        found = shutil.which(os.path.expanduser(named))
        if found is None:
            raise UserError(f"--python {named}: there is no such program")
        return os.path.abspath(found)  # noqa: PTH100  (resolve() would follow the link that makes it a venv)
    for folder in (project / ".venv", Path(os.environ.get("VIRTUAL_ENV") or ".no-such-venv")):
        python = folder / "bin" / "python"
        if python.exists():
            return os.path.abspath(python)  # noqa: PTH100
    return shutil.which("python3") or sys.executable
