"""The losses of two trainings laid over each other: the first as a wide band, the second as a line in it. SVG. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from wslgpu.output.page import open_svg

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360.0, 250.0, 40.0, 8.0, 10.0, 62.0


@dataclass(frozen=True)
class Curve:
    """The loss of every training batch, and of the validation after each epoch."""

    name: str
    batches: tuple[float, ...]
    validation: tuple[float, ...]


def render_losses(name: str, title: str, words: str, below: Curve, above: Curve) -> str:
    """Both curves on the same axes, from 0 to the largest loss."""
    highest = max((*below.batches, *above.batches, *below.validation, *above.validation, 1e-6))
    count = max(len(below.batches), len(above.batches), 2)
    epochs = max(len(below.validation), 1)

    def at(position: float, loss: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * position / count
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (1 - loss / highest)

    bottom = HEIGHT - BOTTOM
    parts = [
        open_svg(name, title, words, WIDTH, HEIGHT),
        f'<path class="axis" d="M{LEFT:g} {TOP:g}V{bottom:g}H{WIDTH - RIGHT:g}"/>',
    ]
    for value in (0.0, highest / 2, highest):
        y = at(0, value)[1]
        parts.append(f'<text class="soft" x="{LEFT - 5:g}" y="{y + 4:.1f}" text-anchor="end">{value:.2g}</text>')
    for epoch in range(epochs):
        x, middle = at(count * (epoch + 1) / epochs, 0)[0], at(count * (epoch + 0.5) / epochs, 0)[0]
        parts.append(f'<path class="axis" stroke-dasharray="2 4" d="M{x:.1f} {TOP:g}V{bottom:g}"/>')
        parts.append(
            f'<text class="soft" x="{middle:.1f}" y="{bottom + 14:g}" text-anchor="middle">epoch {epoch + 1}</text>'
        )
    line = "fill:none;stroke-linejoin:round;stroke:var(--making);stroke-width:7;opacity:.45"
    parts.append(f'<polyline style="{line}" points="{_points(below, at)}"/>')
    line = "fill:none;stroke-linejoin:round;stroke:var(--ink);stroke-width:1.5"
    parts.append(f'<polyline style="{line}" points="{_points(above, at)}"/>')
    for curve, circle in ((below, 'r="6" style="fill:none;stroke:var(--waiting);stroke-width:2"'), (above, 'r="2.5"')):
        for epoch, loss in enumerate(curve.validation):
            x, y = at(count * (epoch + 1) / epochs, loss)
            label = escape(f"{curve.name}, validation after epoch {epoch + 1}: {loss:.4f}")
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" {circle} fill="var(--waiting)"><title>{label}</title></circle>'
            )
    parts.append(_legend(below, above, bottom + 32))
    return "".join(parts) + "</svg>"


def tabulate(below: Curve, above: Curve, losses: Sequence[Sequence[float]]) -> list[tuple[object, ...]]:
    """Rows of the table beside, one an epoch: the mean training loss of both, and both validation losses."""
    return [
        (f"epoch {epoch + 1}", *values)
        for epoch, values in enumerate(zip(*losses, below.validation, above.validation, strict=False))
    ]


def _points(curve: Curve, at: Callable[[float, float], tuple[float, float]]) -> str:
    return " ".join("{:.1f},{:.1f}".format(*at(number + 0.5, loss)) for number, loss in enumerate(curve.batches))


def _legend(below: Curve, above: Curve, y: float) -> str:
    return (
        f'<path style="stroke:var(--making);stroke-width:7;opacity:.45" d="M{LEFT:g} {y - 4:g}h24"/>'
        f'<text x="{LEFT + 30:g}" y="{y:g}">{escape(below.name)}</text>'
        f'<path style="stroke:var(--ink);stroke-width:1.5" d="M{LEFT + 150:g} {y - 4:g}h24"/>'
        f'<text x="{LEFT + 180:g}" y="{y:g}">{escape(above.name)}</text>'
        f'<circle cx="{LEFT + 12:g}" cy="{y + 16:g}" r="6" style="fill:none;stroke:var(--waiting);stroke-width:2"/>'
        f'<circle cx="{LEFT + 12:g}" cy="{y + 16:g}" r="2.5" fill="var(--waiting)"/>'
        f'<text x="{LEFT + 30:g}" y="{y + 20:g}">validation, of both</text>'
    )
