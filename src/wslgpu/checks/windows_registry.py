"""The checks of the Windows half, in the order in which a person should read them.

Where there is no distribution to look into they are all that is judged, and nothing else is loaded.
"""

from __future__ import annotations

from wslgpu.checks import windows, windows_config, windows_driver, windows_wsl
from wslgpu.checks.model import Check

WINDOWS_CHECKS: tuple[Check, ...] = (
    *windows.CHECKS,
    *windows_wsl.CHECKS,
    *windows_driver.CHECKS,
    *windows_config.CHECKS,
)
