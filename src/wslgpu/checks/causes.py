"""Which finding explains which: a finding whose cause holds too is folded under it.

The causes of each slug stand in order: the first that holds is named. Keep the table free of circles (a test holds it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CAUSES: Mapping[str, Sequence[str]] = {
    "dxg-missing": ("wsl1-distro",),
    "win-driver-missing": ("wsl1-distro", "dxg-missing"),
    "cuda-init-failed": ("wsl1-distro", "dxg-missing", "win-driver-missing"),
}
