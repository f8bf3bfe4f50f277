"""How the vector picture looks: its measures, colours, marks and letters."""

from __future__ import annotations

import html
import textwrap
import unicodedata

from geoplan.model.errors import escape_controls
from geoplan.outputs.exports.class_breaks import MOST_CLASSES, SEQUENTIAL

WIDTH, HEIGHT = 1123, 794
"""Of the sheet: A4, landscape, at 96 pixels for an inch."""

MARGIN, TOP, SIDE, FOOT = 36, 104, 300, 64
"""Room around the map, in pixels: at the edges, above it, beside it, below it."""

DARK = SEQUENTIAL[MOST_CLASSES][3:]
"""Colours on which ink is hard to see."""

STANDING_OUT = ("#d55e00", "#f0e442", "#009e73", "#cc79a7", "#111111", "#e69f00")
"""For components (Okabe & Ito)."""

INK, SOFT, LINE, NO_MONEY = "#1f2328", "#57606a", "#8a8f98", "#ffffff"
MOST_COMPONENTS = len(STANDING_OUT)
OTHERS, NO_AMOUNT = MOST_COMPONENTS, MOST_COMPONENTS + 1
"""Marks of components that have no colour of their own, and of projects without spending."""

FONT = "'Page Sans', 'Page Lao', 'Noto Sans', 'Noto Sans Lao', system-ui, sans-serif"


def plain(text: str) -> str:
    """Return text that XML can hold, on one line."""
    return escape_controls(" ".join(str(text).split()))


def cut(text: str, longest: int) -> str:
    """Return text that XML can hold, of so many letters at most; marks above and below a letter take no room."""
    line = plain(text)
    if letters_of(line) <= longest:
        return html.escape(line)
    letters = [at for at, sign in enumerate(line) if _takes_room(sign)]
    return html.escape(line[: letters[longest - 1]] + "…")


def letters_of(text: str) -> int:
    """Count the letters of a text that take room: marks above and below one do not."""
    return sum(_takes_room(sign) for sign in text)


def _takes_room(sign: str) -> bool:
    return not unicodedata.category(sign).startswith("M")


def wrap(text: str, width: int, most: int) -> list[str]:
    """Return a text in lines, no more than there is room for."""
    return textwrap.wrap(text, width, max_lines=most, placeholder="…")


def write_amount(value: float) -> str:
    """Write an amount in whole currency units."""
    return f"{round(float(value)):,}".replace(",", "\u202f").replace("-", "\u2212")


def draw_hatch(name: str, ink: str, opacity: float) -> str:
    """Return the pattern that tells the poorest class."""
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{ink}" stroke-width="1.1" stroke-opacity="{opacity}"/></pattern>'
    )


def mark_colour(at: int) -> str:
    """Return the colour of a mark, by its number."""
    return STANDING_OUT[at] if at < MOST_COMPONENTS else SOFT if at == OTHERS else "#ffffff"


def draw_dot(x: float, y: float, at: int) -> str:
    """Return a mark so small that many of them leave the map to be seen."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.1" fill="{mark_colour(at)}" stroke="{INK}" stroke-width="0.25"/>'


def draw_mark(x: float, y: float, at: int) -> str:
    """Return a mark whose shape, too, tells its component."""
    shapes = (
        f'circle cx="{x:.1f}" cy="{y:.1f}" r="4.2"',
        f'rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"',
        f'path d="M{x:.1f},{y - 5:.1f}L{x + 5:.1f},{y + 4:.1f}L{x - 5:.1f},{y + 4:.1f}Z"',
    )
    shape, colour = shapes[at % 3 if at < MOST_COMPONENTS else 0], mark_colour(at)
    # A white halo and a dark outline make any colour stand out, on any ground.
    return (
        f'<{shape} fill="#ffffff" stroke="#ffffff" stroke-width="3.4"/>'
        f'<{shape} fill="{colour}" stroke="{INK}" stroke-width="0.9"/>'
    )
