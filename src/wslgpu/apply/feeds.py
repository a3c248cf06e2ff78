"""Puts wslgpu.feeds into a venv, without wslgpu's own dependencies."""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path

import wslgpu
from wslgpu.apply.installer import Installer

# Loaded by its path: importing the package would import numpy, which wslgpu itself does without.
WRITER = Path(wslgpu.__file__).parent / "feeds" / "wheel.py"


def add_feeds(installer: Installer, venv: Path) -> None:
    """Make the small wheel and install it; a training script can then say `from wslgpu.feeds import fork_feed`."""
    with tempfile.TemporaryDirectory(prefix="wslgpu-feeds-") as folder:
        write_wheel = runpy.run_path(str(WRITER))["write_wheel"]
        installer.add_wheel(venv, Path(write_wheel(folder, wslgpu.__version__)))
