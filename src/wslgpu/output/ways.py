"""What the smoke's two ways of making batches are called in front of people; its JSON says `single` and `fork`."""

from __future__ import annotations

WAYS = {"single": "one process", "fork": "through fork"}
