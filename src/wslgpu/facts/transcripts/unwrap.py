"""Lines that a terminal or a program broke at its width, whole again. Pure; linear in the text."""

from __future__ import annotations

__all__ = ["unwrap"]

# Where programs break what they print to a pipe or to a window that was never resized.
WIDTHS = (80, 120)
_WHOLE_ENDS = ("|", "+", "│")  # a table's row is whole as it is


def unwrap(text: str) -> str:
    """``text`` with every line that was cut at the common width joined to the one after it.

    ``text`` itself where its lines are longer than any such width, or none is just as long: then nothing was broken.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    width = max((len(line) for line in lines), default=0)
    if width not in WIDTHS:
        return text
    joined: list[str] = []
    broken = False  # whether the line before was cut
    for line in lines:
        if broken and line[:2].strip():  # one blank in front can be the one between two words; two are an indent
            joined[-1] += line
        else:
            joined.append(line)
        broken = len(line) == width and not line.endswith(_WHOLE_ENDS)
    return "\n".join(joined)
