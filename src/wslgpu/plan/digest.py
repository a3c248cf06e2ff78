"""The inputs of an environment as one digest: what was made from the same inputs need not be made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence


def digest_inputs(requirements: Sequence[str], own: Sequence[str], *, machine: str, profile: str) -> str:
    """Hex SHA-256 of what decides what is installed. The interpreter is not in it: a lock names its own."""
    document = {"requirements": list(requirements), "own": list(own), "machine": machine, "profile": profile}
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
