"""What a card's marketing name tells of it, where nobody could ask the card itself."""

from __future__ import annotations

import re

# What a card's name tells of its compute capability, where libcuda could not be asked (NVIDIA's list of CUDA GPUs).
NAMED = (
    (r"RTX ?(50[5-9]0|PRO \d{4})|Blackwell|GB20\d", (12, 0)),
    (r"\b[GB]?B[123]00\b", (10, 0)),
    (r"\bG?H[12]00\b", (9, 0)),
    (r"RTX ?40[5-9]0|\bL40?S?\b|Ada", (8, 9)),
    (r"RTX ?30[5-9]0|RTX ?2050|RTX ?A\d{4}|\bA(10|16|40|2)\b|MX570", (8, 6)),
    (r"\bA(100|30)\b", (8, 0)),
    (r"RTX ?20[678]0|GTX ?16\d0|Quadro RTX|\bT4\b|TITAN RTX|MX[45]50|T[456]00|T1[02]00", (7, 5)),
    (r"V100|TITAN V\b|GV100", (7, 0)),
    (r"GTX ?10\d0|GT ?10[13]0|TITAN X[Pp]|Quadro P|\bP4\b|\bP40\b|MX(150|230|250|330|350)", (6, 1)),
    (r"\bP100\b|GP100", (6, 0)),
    (r"GTX ?9\d0|GTX ?750|GTX TITAN X|Quadro M|\bM[46]0\b|MX1[13]0|9[34]0MX?", (5, 2)),
    (r"GTX ?[67][0-9]0|\bK[248]0\b|GT ?7[0-9]0", (3, 5)),
)


def capability_of_name(name: str) -> tuple[int, int] | None:
    """The compute capability that a card's marketing name tells, None for a name that is not known."""
    return next((capability for pattern, capability in NAMED if re.search(pattern, name, re.IGNORECASE)), None)
