"""The still: a map as one vector picture (SVG), made without a browser.

Text stays text, so that whoever shows the picture shapes it; the Lao letters it needs are in it as a font.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.errors import UsageError, escape_controls
from geoplan.exports.breaks import class_breaks
from geoplan.languages import Catalogue
from geoplan.money import from_minor, minor_digits
from geoplan.page.document import font_faces
from geoplan.page.messages import LANGUAGES, read_catalogues
from geoplan.placement import PRECISION_PROVINCE
from geoplan.schema import CRS
from geoplan.summary import summarize, summarize_buckets
from geoplan.translations import district_names, translate_heads

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.ledger import Ledger
    from geoplan.plan import Plan

_WIDTH, _HEIGHT = 1123, 794  # A4, landscape, at 96 pixels for an inch
_MARGIN, _TOP, _SIDE = 36, 104, 300
_FOOT = 64
_BLUES = ("#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#084594")  # ColorBrewer (Brewer & Harrower)
_DARK = _BLUES[3:]
_STANDING_OUT = ("#d55e00", "#f0e442", "#009e73", "#cc79a7", "#111111", "#e69f00")  # Okabe & Ito
_INK, _SOFT, _LINE, _NO_MONEY = "#1f2328", "#57606a", "#8a8f98", "#ffffff"
_EARTH = 6_371_008.8  # metres, mean radius: for the scale bar
_MOST_COMPONENTS = 6
_FONT = "'Page Lao', 'Noto Sans', 'Noto Sans Lao', system-ui, sans-serif"


@dataclass(frozen=True)
class _View:
    """From degrees to the picture: equirectangular, true to scale in the middle of the districts."""

    west: float
    north: float
    scale: float  # pixels for a degree of latitude
    narrow: float  # cosine of the middle latitude
    left: float
    top: float

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return positions in pixels, (n, 2)."""
        x = self.left + (xy[:, 0] - self.west) * self.narrow * self.scale
        y = self.top + (self.north - xy[:, 1]) * self.scale
        return np.column_stack((x, y))


def draw_still(plan: Plan, ledger: Ledger, *, language: str = "en") -> str:
    """Draw the map of a plan as SVG: districts by amount, projects by component, legend, scale and sources.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The plan's, of one or several kinds of money: all it holds is summed up.
    language : str
        ``en``, ``fr`` or ``lo``.

    Returns
    -------
    str
        One SVG document of an A4 sheet, landscape; the same plan gives the same text.

    Raises
    ------
    UsageError
        Several currencies, which no one scale of colours fits; a language that does not exist.
    """
    if language not in LANGUAGES:
        raise UsageError(f"the picture speaks {', '.join(LANGUAGES)}, not {language}")
    if len(ledger.currencies) > 1:
        raise UsageError(f"a picture shows one currency, not {', '.join(ledger.currencies)}: add --convert")
    words = read_catalogues()[language]
    plan, ledger = translate_heads(plan, ledger, language)
    districts = plan.districts.sort_values("district", ignore_index=True)
    shapes = districts.geometry.to_numpy()
    view = _look_at(shapes)
    frame = (_MARGIN, _TOP, _WIDTH - _SIDE - 2 * _MARGIN, _HEIGHT - _TOP - _FOOT - _MARGIN)
    amounts = (
        summarize(ledger, "district")
        .set_index("district")["amount"]
        .reindex(districts["district"])
        .fillna(0.0)
    )
    breaks = class_breaks(amounts)
    hatched = _poorest(ledger, districts)
    components = _components(plan)
    say = partial(plan.say, language=language)
    body = [
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *_head(plan, ledger, words),
        f'<svg x="{frame[0]}" y="{frame[1]}" width="{frame[2]}" height="{frame[3]}" viewBox="{frame[0]} {frame[1]} {frame[2]} {frame[3]}">',
        f'<rect x="{frame[0]}" y="{frame[1]}" width="{frame[2]}" height="{frame[3]}" fill="#f2f1ec"/>',
        *_ground(plan, view),
        *_districts(shapes, amounts.to_numpy(), breaks, hatched, view),
        *_projects(plan, components, view),
        *_labels(districts, amounts.to_numpy(), view, district_names(plan, language)),
        *_north_and_scale(view, frame, words),
        "</svg>",
        f'<rect x="{frame[0]}" y="{frame[1]}" width="{frame[2]}" height="{frame[3]}" fill="none" stroke="{_LINE}"/>',
        *_legend(ledger, words, breaks, amounts.to_numpy(), hatched, components, say, language),
        *_foot(plan, words),
    ]
    title = html.escape(_plain(plan.title or words["untitled"]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'lang="{language}" role="img" aria-label="{title}">\n<title>{title}</title>\n'
        f"<style>{font_faces()} svg {{ font-family: {_FONT}; fill: {_INK}; }}</style>\n"
        f"<defs>{_hatch('hatch', _INK, 0.55)}{_hatch('hatch-on-dark', '#ffffff', 0.65)}</defs>\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


# --- the view -----------------------------------------------------------------------------------------------


def _look_at(shapes: Any) -> _View:
    bounds = shapely.total_bounds(shapes)
    west, south, east, north = (0.0, 0.0, 1.0, 1.0) if np.isnan(bounds).any() else map(float, bounds)
    narrow = max(0.05, math.cos(math.radians((south + north) / 2)))
    width, height = _WIDTH - _SIDE - 2 * _MARGIN, _HEIGHT - _TOP - _FOOT - _MARGIN
    wide, high = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = 0.9 * min(width / wide, height / high)
    left = _MARGIN + (width - wide * scale) / 2
    return _View(west, north, scale, narrow, left, _TOP + (height - high * scale) / 2)


def _path(shape: Any, view: _View) -> str:
    """Return the outline of a line or an area as path data."""
    parts = []
    for ring in shapely.get_rings(shape) if shapely.get_dimensions(shape) == 2 else shapely.get_parts(shape):
        points = view.place(
            shapely.get_coordinates(shapely.simplify(ring, 0.3 / view.scale, preserve_topology=True))
        )
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f"M{steps}" + ("Z" if ring.geom_type == "LinearRing" else ""))
    return "".join(parts)


# --- what is on the map -------------------------------------------------------------------------------------


def _ground(plan: Plan, view: _View) -> list[str]:
    """Draw what lies around, as far as the frame shows it."""
    drawn = []
    for layer in plan.surroundings:
        features = layer.features.to_crs(CRS)
        for shape in features.geometry:
            if shape is None or shape.is_empty:
                continue
            if shapely.get_dimensions(shape) == 2:
                fill = "#cfe3f0" if layer.style == "water" else "#e9e6dd"
                drawn.append(
                    f'<path d="{_path(shape, view)}" fill="{fill}" stroke="#cbc6b8" stroke-width="0.8"/>'
                )
            elif shapely.get_dimensions(shape) == 1:
                drawn.append(
                    f'<path d="{_path(shape, view)}" fill="none" stroke="#5b9bc8" stroke-width="1"/>'
                )
    return drawn


def _districts(
    shapes: Any, amounts: NDArray[np.float64], breaks: Sequence[float], hatched: Sequence[bool], view: _View
) -> list[str]:
    drawn = []
    for shape, amount, is_poor in zip(shapes, amounts, hatched, strict=True):
        if shape is None or shape.is_empty:
            continue
        path, colour = _path(shape, view), _colour(amount, breaks)
        drawn.append(f'<path d="{path}" fill="{colour}" stroke="#ffffff" stroke-width="2"/>')
        if is_poor:
            hatch = "hatch-on-dark" if colour in _DARK else "hatch"
            drawn.append(f'<path d="{path}" fill="url(#{hatch})"/>')
        drawn.append(f'<path d="{path}" fill="none" stroke="#57606a" stroke-width="0.8"/>')
    return drawn


def _hatch(name: str, ink: str, opacity: float) -> str:
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{ink}" stroke-width="1.1" stroke-opacity="{opacity}"/></pattern>'
    )


def _colour(amount: float, breaks: Sequence[float]) -> str:
    if not amount > 0:
        return _NO_MONEY
    at = sum(amount >= bound for bound in breaks)
    return _shades(len(breaks) + 1)[at]


def _shades(count: int) -> tuple[str, ...]:
    places = [round(at * (len(_BLUES) - 1) / max(count - 1, 1)) for at in range(count)]
    return tuple(_BLUES[place] for place in places) if count > 1 else (_BLUES[2],)


def _poorest(ledger: Ledger, districts: pd.DataFrame) -> list[bool]:
    """Tell which districts are of the poorest class: the one with the highest mean poverty rate, or named very poor."""
    described = ledger.districts.set_index("district").reindex(districts["district"])
    classes = described["poverty_class"].astype(object)
    rates = described["poverty_rate"].astype(float).groupby(classes).mean()
    if rates.notna().all() and len(rates) > 1:
        poorest = str(rates.idxmax())
    else:
        named = sorted(str(name) for name in classes.dropna().unique() if "very" in str(name).casefold())
        poorest = named[0] if len(named) == 1 else ""
    return [name == poorest and bool(poorest) for name in classes]


def _components(plan: Plan) -> list[str]:
    """List the components of the spending as the page does: those with most money in the order of their names, then the others."""
    sums = plan.spending.groupby("component")["amount"].sum()
    names = [str(name) for name in sorted(sums.index, key=lambda name: (-int(sums[name]), str(name)))]
    return [*sorted(names[:_MOST_COMPONENTS]), *names[_MOST_COMPONENTS:]]


def _projects(plan: Plan, components: Sequence[str], view: _View) -> list[str]:
    """Draw the locations of projects, by the component that has most of the project's money."""
    sums = plan.spending.groupby(["project", "component"])["amount"].sum().reset_index()
    sums = sums.sort_values(["project", "amount", "component"], ascending=[True, False, True])
    of_project = sums.drop_duplicates("project").set_index("project")["component"]
    coarse = plan.locations["precision"].astype(float) >= PRECISION_PROVINCE
    marks: dict[int, list[str]] = {0: [], 1: [], 2: []}
    sites = plan.locations[~coarse.to_numpy()].sort_values(["project", "location"])
    for project, shape in zip(sites["project"], sites.geometry, strict=True):
        if shape is None or shape.is_empty:
            continue
        component = of_project.get(project)
        at = components.index(component) if component in components else len(components)
        colour = _STANDING_OUT[at] if at < _MOST_COMPONENTS else _SOFT
        for part in shapely.get_parts(shape):
            kind = int(shapely.get_dimensions(part))
            if kind == 0:
                ((x, y),) = view.place(np.array([[part.x, part.y]]))
                marks[0].append(_mark(x, y, at, colour))
            elif kind == 1:
                path = _path(part, view)
                marks[1] += [
                    f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>'
                    for ink, width in (("#ffffff", 6), (_INK, 4.2), (colour, 2.6))
                ]
            else:
                marks[2].append(
                    f'<path d="{_path(part, view)}" fill="{colour}" fill-opacity="0.6" stroke="{_INK}" stroke-width="0.8"/>'
                )
    return [*marks[2], *marks[1], *marks[0]]


def _mark(x: float, y: float, at: int, colour: str) -> str:
    """Return a mark whose shape, too, tells its component."""
    shapes = (
        f'circle cx="{x:.1f}" cy="{y:.1f}" r="4.2"',
        f'rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"',
        f'path d="M{x:.1f},{y - 5:.1f}L{x + 5:.1f},{y + 4:.1f}L{x - 5:.1f},{y + 4:.1f}Z"',
    )
    shape = shapes[at % 3]
    # A white halo and a dark outline make any colour stand out, on any ground.
    return (
        f'<{shape} fill="#ffffff" stroke="#ffffff" stroke-width="3.4"/>'
        f'<{shape} fill="{colour}" stroke="{_INK}" stroke-width="0.9"/>'
    )


def _labels(
    districts: gpd.GeoDataFrame, amounts: NDArray[np.float64], view: _View, names: Mapping[str, str]
) -> list[str]:
    """Name the districts, largest first, leaving out names that would lie over another."""
    shapes = districts.geometry.to_numpy()
    taken: list[tuple[float, float, float, float]] = []
    drawn = []
    for at in np.argsort(-np.nan_to_num(shapely.area(shapes)), kind="stable"):
        if shapes[at] is None or shapes[at].is_empty:
            continue
        spot = shapely.point_on_surface(shapes[at])
        ((x, y),) = view.place(np.array([[spot.x, spot.y]]))
        name = _plain(names[districts["district"].iloc[at]])
        wide = 3.6 * len(name) + 4
        box = (x - wide, y - 14, x + wide, y + 18)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        halo = 'paint-order="stroke" stroke="#ffffff" stroke-width="3.5" stroke-linejoin="round" text-anchor="middle"'
        drawn.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="12.5" font-weight="700" {halo}>{html.escape(name)}</text>'
        )
        shown = _amount(amounts[at])
        drawn.append(f'<text x="{x:.1f}" y="{y + 14:.1f}" font-size="11" {halo}>{shown}</text>')
    return drawn


def _amount(value: float) -> str:
    return f"{round(float(value)):,}".replace(",", "\u202f").replace("-", "\u2212")


def _north_and_scale(view: _View, frame: tuple[int, int, int, int], words: dict[str, str]) -> list[str]:
    pixels = view.scale / math.radians(1) / _EARTH * 1000  # for a kilometre
    kilometres = next(
        (length for length in (500, 200, 100, 50, 20, 10, 5, 2, 1) if length * pixels <= 160), 1
    )
    length, x, y = kilometres * pixels, frame[0] + frame[2] - 16, frame[1] + frame[3] - 16
    return [
        f'<path d="M{x - length:.1f},{y - 5}v5h{length:.1f}v-5" fill="none" stroke="{_INK}" stroke-width="1.5"/>',
        f'<text x="{x - length / 2:.1f}" y="{y - 8}" font-size="11" text-anchor="middle">{kilometres} km</text>',
        f'<path d="M{x - 6},{y - 52}l6,-14l6,14l-6,-4z" fill="{_INK}"/>',
        f'<text x="{x}" y="{y - 38}" font-size="11" font-weight="700" text-anchor="middle">{html.escape(words["north"])}</text>',
    ]


# --- what stands around the map -----------------------------------------------------------------------------


def _head(plan: Plan, ledger: Ledger, words: dict[str, str]) -> list[str]:
    lines = [
        f'<text x="{_MARGIN}" y="47" font-size="24" font-weight="700">{_cut(plan.title or words["untitled"], 80)}</text>'
    ]
    if plan.subtitle:
        lines.append(
            f'<text x="{_MARGIN}" y="67" font-size="12.5" fill="{_SOFT}">{_cut(plan.subtitle, 160)}</text>'
        )
    if ledger.illustrative:
        said = f"{words['illustrative_colon']} {ledger.illustrative}"
        for number, line in enumerate(_wrap(_plain(said), 175, 2)):
            lines.append(
                f'<text x="{_MARGIN}" y="{83 + 13 * number}" font-size="10.5" fill="#8a3b00">{html.escape(line)}</text>'
            )
    return lines


def _legend(
    ledger: Ledger,
    words: dict[str, str],
    breaks: Sequence[float],
    amounts: NDArray[np.float64],
    hatched: Sequence[bool],
    components: Sequence[str],
    say: Callable[[str], str],
    language: str,
) -> list[str]:
    x, y = _WIDTH - _MARGIN - _SIDE + 24, _TOP + 14
    currency = ledger.currencies[0] if ledger.currencies else ""
    kinds = ", ".join(
        words.get(f"kind.{kind}", kind) for kind in sorted(set(ledger.entries["kind"].astype(object)))
    )
    lines = [
        _heading(x, y, f"{words['measure.amount']}"),
        _small(x, y + 15, f"{currency}, {kinds}" if currency else ""),
    ]
    y += 34
    bounds = [0.0, *breaks]
    counts = [
        int(sum(_class_of(amount, breaks) == at for amount in amounts)) for at in range(-1, len(bounds))
    ]
    if amounts.max(initial=0.0) > 0:
        for at in reversed(range(len(bounds))):
            low, high = _amount(bounds[at]), _amount(breaks[at]) if at < len(breaks) else ""
            if at == 0:
                said = words["class.under"].replace("{to}", high) if high else words["class.any"]
            elif high:
                said = words["class.between"].replace("{from}", low).replace("{to}", high)
            else:
                said = words["class.from"].replace("{from}", low)
            lines += _key(x, y, _shades(len(bounds))[at], said, counts[at + 1])
            y += 20
    if counts[0]:
        lines += _key(x, y, _NO_MONEY, words["class.zero"], counts[0])
        y += 20
    if any(hatched):
        poor = str(
            ledger.districts.set_index("district")["poverty_class"]
            .reindex(sorted(ledger.districts["district"]))
            .to_numpy()[list(hatched).index(True)]
        )
        lines += [
            *_key(x, y, "#ffffff", say(poor), sum(hatched)),
            f'<rect x="{x}" y="{y - 11}" width="26" height="14" fill="url(#hatch)"/>',
        ]
        y += 20
    y += 14
    lines.append(_heading(x, y, words["projects_by.component"]))
    y += 20
    for at, name in enumerate(components[:_MOST_COMPONENTS]):
        lines.append(_mark(x + 13, y - 4, at, _STANDING_OUT[at]))
        for line in _wrap(_plain(say(name)), 38, 2):
            lines.append(f'<text x="{x + 36}" y="{y}" font-size="11.5">{html.escape(line)}</text>')
            y += 15
        y += 4
    return lines + _elsewhere(ledger, Catalogue(language, words), x, y + 14)


def _class_of(amount: float, breaks: Sequence[float]) -> int:
    return sum(amount >= bound for bound in breaks) if amount > 0 else -1


def _elsewhere(ledger: Ledger, words: Catalogue, x: float, y: float) -> list[str]:
    """List the money that is not on the map, and the total."""
    sums = summarize_buckets(ledger)
    lines = [_heading(x, y, words.say("elsewhere"))]
    right = _WIDTH - _MARGIN
    for place, currency, minor in zip(
        sums["place"], sums["currency"], sums["amount_minor"].tolist(), strict=True
    ):
        y += 18
        shown = words.decimal(from_minor(minor, minor_digits(currency)), minor_digits(currency))
        lines.append(f'<text x="{x}" y="{y}" font-size="11.5">{_cut(words.say(f"place.{place}"), 34)}</text>')
        lines.append(f'<text x="{right}" y="{y}" font-size="11.5" text-anchor="end">{shown}</text>')
    for currency in ledger.currencies:
        y += 22
        total = int(ledger.entries.loc[ledger.entries["currency"] == currency, "amount"].sum())
        lines.append(
            f'<text x="{x}" y="{y}" font-size="12" font-weight="700">{html.escape(words.say("total"))}, {html.escape(currency)}</text>'
        )
        shown = words.decimal(from_minor(total, minor_digits(currency)), minor_digits(currency))
        lines.append(
            f'<text x="{right}" y="{y}" font-size="12" font-weight="700" text-anchor="end">{shown}</text>'
        )
    return lines


def _foot(plan: Plan, words: dict[str, str]) -> list[str]:
    said = []
    for table in (plan.districts, plan.profile, plan.locations, plan.spending):
        if "source" in table:
            said += [str(text) for text in table["source"].dropna().unique()]
    sources = " · ".join(dict.fromkeys(said))
    y = _HEIGHT - _FOOT
    lines = [
        f'<text x="{_MARGIN}" y="{y}" font-size="10" font-weight="700">{html.escape(words["about"])}</text>'
    ]
    for number, line in enumerate(_wrap(_plain(sources), 190, 3)):
        lines.append(
            f'<text x="{_MARGIN}" y="{y + 14 * (number + 1)}" font-size="9.5" fill="{_SOFT}">{html.escape(line)}</text>'
        )
    return lines


def _wrap(text: str, width: int, most: int) -> list[str]:
    """Return a text in lines, no more than there is room for."""
    import textwrap

    return textwrap.wrap(text, width, max_lines=most, placeholder="…")


def _heading(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="13" font-weight="700">{html.escape(text)}</text>'


def _small(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="11" fill="{_SOFT}">{_cut(text, 46)}</text>'


def _key(x: float, y: float, colour: str, said: str, count: int) -> Iterable[str]:
    return (
        f'<rect x="{x}" y="{y - 11}" width="26" height="14" fill="{colour}" stroke="{_SOFT}" stroke-width="0.8"/>',
        f'<text x="{x + 36}" y="{y}" font-size="11.5">{_cut(said, 36)}</text>',
        f'<text x="{_WIDTH - _MARGIN}" y="{y}" font-size="11.5" fill="{_SOFT}" text-anchor="end">{count}</text>',
    )


def _plain(text: str) -> str:
    """Return text that XML can hold, on one line."""
    return escape_controls(" ".join(str(text).split()))


def _cut(text: str, longest: int) -> str:
    """Return text that XML can hold, of so many letters at most; marks above and below a letter take no room."""
    plain = _plain(text)
    letters = [at for at, sign in enumerate(plain) if not unicodedata.category(sign).startswith("M")]
    return html.escape(plain if len(letters) <= longest else plain[: letters[longest - 1]] + "…")
