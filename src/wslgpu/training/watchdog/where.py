"""Where the processes of one run leave what they say of themselves."""

from __future__ import annotations

import os

from .values import ENV_RUN_DIR

_directory = ""


def set_run_dir(directory: str) -> None:
    """The folder of this run, for this process and those that it forks; spawned ones find it in the environment."""
    global _directory
    _directory = directory


def run_dir() -> str:
    """The folder of this run; "" where there is none."""
    return _directory or os.environ.get(ENV_RUN_DIR, "")
