"""The bed's modules are imported as tests.fleet.*; a bare `pytest` does not put the checkout on sys.path."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
