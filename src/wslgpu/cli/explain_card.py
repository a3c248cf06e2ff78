"""A card on the command line: "RTX 5080", "NVIDIA GeForce GTX 1080 Ti", "sm_120", "compute capability 8.9"."""

from __future__ import annotations

import re
from typing import Any

CAPABILITY = re.compile(
    r"(?:sm|compute)_?(\d{1,2})(\d)[a-z]?$|(?:compute capability|cc)\s*(\d{1,2})\.(\d)$", re.IGNORECASE
)


def explain_card(subject: str) -> dict[str, Any] | None:
    """What is known of the card; None where the subject names none."""
    from wslgpu.knowledge.card_names import capability_of_name
    from wslgpu.knowledge.explain_card import describe_card

    numbers = CAPABILITY.match(subject)
    if numbers:
        major, minor = (int(part) for part in numbers.groups() if part is not None)
        name, capability = "a card of that compute capability", (major, minor)
    else:
        told = capability_of_name(subject)
        if told is None:
            return None
        name, capability = subject, told
    answer = describe_card(name, capability)
    return None if answer is None else {"card": answer}
