"""The look of the SVG map: its sizes, colours, marks and fonts."""

from __future__ import annotations

import html
import textwrap
import unicodedata

from geoplan.analysis.class_breaks import MOST_CLASSES, SEQUENTIAL
from geoplan.model.errors import escape_controls

WIDTH, HEIGHT = 1123, 794
"""Of the sheet in pixels: A4 landscape at 96 pixels per inch."""

MARGIN, TOP, SIDE, FOOT = 36, 104, 300, 64
"""Space around the map in pixels: at the edges, above, beside and below it."""

DARK = SEQUENTIAL[MOST_CLASSES][3:]
"""Class colours on which dark ink is hard to see."""

COMPONENT_COLOURS = ("#d55e00", "#f0e442", "#009e73", "#cc79a7", "#111111", "#e69f00")
"""Colours of components, distinct for colour-blind readers (Okabe & Ito)."""

INK, SOFT, LINE = "#1f2328", "#57606a", "#8a8f98"
NO_MONEY, NO_DATA, NEGATIVE = "#ffffff", "#d9d6d0", "#e8c9de"
MOST_COMPONENTS = len(COMPONENT_COLOURS)
OTHERS, NO_AMOUNT = MOST_COMPONENTS, MOST_COMPONENTS + 1
"""Numbers of the marks of components without a colour of their own, and of projects without spending."""

FONT = "'Page Sans', 'Page Lao', 'Noto Sans', 'Noto Sans Lao', 'Segoe UI', 'Leelawadee UI', 'Lao UI', system-ui, sans-serif"


def plain(text: str) -> str:
    """Return a text on one line, without characters that XML forbids."""
    return escape_controls(" ".join(str(text).split()))


def cut(text: str, longest: int) -> str:
    """Return a text for XML, shortened to a number of letters; combining marks take no room."""
    line = plain(text)
    if letters_of(line) <= longest:
        return html.escape(line)
    letters = [at for at, sign in enumerate(line) if _takes_room(sign)]
    return html.escape(line[: letters[longest - 1]] + "…")


def letters_of(text: str) -> int:
    """Count the letters of a text; combining marks take no room."""
    return sum(_takes_room(sign) for sign in text)


def _takes_room(sign: str) -> bool:
    return not unicodedata.category(sign).startswith("M")


def wrap(text: str, width: int, most: int) -> list[str]:
    """Break a text into lines, at most as many as there is room for."""
    return textwrap.wrap(text, width, max_lines=most, placeholder="…")


def write_amount(value: float) -> str:
    """Write an amount in whole currency units."""
    return f"{round(float(value)):,}".replace(",", "\u202f").replace("-", "\u2212")


def draw_hatch(name: str, ink: str, opacity: float) -> str:
    """Return the hatch pattern of the poorest class."""
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{ink}" stroke-width="1.1" stroke-opacity="{opacity}"/></pattern>'
    )


def mark_colour(at: int) -> str:
    """Return the colour of a mark by its number."""
    return COMPONENT_COLOURS[at] if at < MOST_COMPONENTS else SOFT if at == OTHERS else "#ffffff"


def draw_dot(x: float, y: float, at: int) -> str:
    """Return a small mark, for maps with many marks."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.1" fill="{mark_colour(at)}" stroke="{INK}" stroke-width="0.25"/>'


def draw_mark(x: float, y: float, at: int) -> str:
    """Return a mark; its shape shows the component as well as its colour."""
    shapes = (
        f'circle cx="{x:.1f}" cy="{y:.1f}" r="4.2"',
        f'rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"',
        f'path d="M{x:.1f},{y - 5:.1f}L{x + 5:.1f},{y + 4:.1f}L{x - 5:.1f},{y + 4:.1f}Z"',
    )
    shape, colour = shapes[at % 3 if at < MOST_COMPONENTS else 0], mark_colour(at)
    # A white halo and a dark outline keep every colour visible on every background.
    return (
        f'<{shape} fill="#ffffff" stroke="#ffffff" stroke-width="3.4"/>'
        f'<{shape} fill="{colour}" stroke="{INK}" stroke-width="0.9"/>'
    )


def draw_key(x: float, y: float, colour: str, said: str, count: int) -> list[str]:
    """Return a key of the legend, with the number of districts that it counts."""
    return [
        f'<rect x="{x}" y="{y - 11}" width="26" height="14" fill="{colour}" stroke="{SOFT}" stroke-width="0.8"/>',
        f'<text x="{x + 36}" y="{y}" font-size="11.5">{cut(said, 36)}</text>',
        f'<text x="{WIDTH - MARGIN}" y="{y}" font-size="11.5" fill="{SOFT}" text-anchor="end">{count}</text>',
    ]
