"""The project as a stranger gets it: an archive of HEAD (or of the working tree), without .git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LITTER = (".git", ".wslgpu-dev", ".venv", ".wslgpu", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache")


def unpack_checkout(target: Path, *, crlf: bool = False) -> None:
    """Fills `target`. $WSLGPU_BED_SOURCE=tree takes what is not committed too. `crlf`: as a clone made on Windows."""
    target.mkdir(parents=True)
    in_git = subprocess.run(["git", "-C", str(TOP), "rev-parse"], capture_output=True, check=False).returncode == 0
    if in_git and os.environ.get("WSLGPU_BED_SOURCE") != "tree":
        pack = ["git", "-C", str(TOP), "archive", "HEAD"]
    else:
        pack = ["tar", "-C", str(TOP), *(f"--exclude={name}" for name in LITTER), "-cf", "-", "."]
    archive = subprocess.run(pack, check=True, capture_output=True, timeout=120).stdout
    subprocess.run(["tar", "-C", str(target), "-xf", "-"], input=archive, check=True, timeout=120)
    if crlf:
        for path in target.rglob("*"):
            if path.is_file() and path.suffix in (".sh", ".py", ".toml", ".md", ".j2", ".txt", ".json"):
                path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
                path.chmod(0o644)
