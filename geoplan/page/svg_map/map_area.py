"""The map area of the SVG map: background, districts, projects, names and scale bar."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.placement import PRECISION_PROVINCE
from geoplan.ledger.poverty_classes import order_classes
from geoplan.model.schema import CRS
from geoplan.page.svg_map.look import (
    DARK,
    FOOT,
    HEIGHT,
    INK,
    MARGIN,
    MOST_COMPONENTS,
    NO_AMOUNT,
    OTHERS,
    SIDE,
    TOP,
    WIDTH,
    draw_dot,
    draw_mark,
    letters_of,
    mark_colour,
    plain,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""

_EARTH = 6_371_008.8  # metres, mean radius: for the scale bar


@dataclass(frozen=True)
class View:
    """The projection from degrees to pixels: equirectangular, true to scale at the middle latitude."""

    west: float
    north: float
    scale: float  # pixels per degree of latitude
    narrow: float  # cosine of the middle latitude
    left: float
    top: float

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return positions in pixels, (n, 2)."""
        x = self.left + (xy[:, 0] - self.west) * self.narrow * self.scale
        y = self.top + (self.north - xy[:, 1]) * self.scale
        return np.column_stack((x, y))

    def degrees(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return longitudes and latitudes of positions in pixels, (n, 2)."""
        x = self.west + (xy[:, 0] - self.left) / (self.narrow * self.scale)
        y = self.north - (xy[:, 1] - self.top) / self.scale
        return np.column_stack((x, y))


def fit_view(shapes: Any) -> View:
    """Return the view that shows all districts as large as possible; shapes (n,) in EPSG:4326."""
    bounds = shapely.total_bounds(shapes)
    west, south, east, north = (0.0, 0.0, 1.0, 1.0) if np.isnan(bounds).any() else map(float, bounds)
    narrow = max(0.05, math.cos(math.radians((south + north) / 2)))
    width, height = WIDTH - SIDE - 2 * MARGIN, HEIGHT - TOP - FOOT - MARGIN
    wide, high = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = 0.9 * min(width / wide, height / high)
    left = MARGIN + (width - wide * scale) / 2
    return View(west, north, scale, narrow, left, TOP + (height - high * scale) / 2)


def _path(shape: Any, view: View) -> str:
    """Return the outline of a line or an area as path data."""
    parts = []
    for ring in shapely.get_rings(shape) if shapely.get_dimensions(shape) == 2 else shapely.get_parts(shape):
        points = view.place(
            shapely.get_coordinates(shapely.simplify(ring, 0.3 / view.scale, preserve_topology=True))
        )
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f"M{steps}" + ("Z" if ring.geom_type == "LinearRing" else ""))
    return "".join(parts)


def draw_ground(plan: Plan, view: View) -> list[str]:
    """Draw the layers around the districts: neighbours, rivers, water."""
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


def draw_districts(shapes: Any, colours: Sequence[str], hatched: Sequence[bool], view: View) -> list[str]:
    """Draw the districts in their colours; the poorest class is hatched, in ink that shows on the colour."""
    drawn = []
    for shape, colour, is_poor in zip(shapes, colours, hatched, strict=True):
        if shape is None or shape.is_empty:
            continue
        path = _path(shape, view)
        drawn.append(f'<path d="{path}" fill="{colour}" stroke="#ffffff" stroke-width="2"/>')
        if is_poor:
            hatch = "hatch-on-dark" if colour in DARK else "hatch"
            drawn.append(f'<path d="{path}" fill="url(#{hatch})"/>')
        drawn.append(f'<path d="{path}" fill="none" stroke="#57606a" stroke-width="0.8"/>')
    return drawn


def find_poorest_class(ledger: Ledger, districts: gpd.GeoDataFrame) -> list[bool]:
    """Return which districts are of the poorest class, if the order of the classes is known and there are several."""
    complete = complete_figures(ledger.districts)
    names, known = order_classes(complete)
    poorest = names[-1] if known and len(names) > 1 else ""
    classes = complete.set_index("district").reindex(districts["district"])["poverty_class"]
    return [name == poorest and bool(poorest) for name in classes]


def list_components(plan: Plan) -> list[str]:
    """List the components as the page does: the largest ones by name, then the others."""
    sums = plan.spending.groupby("component")["amount_minor"].sum()
    names = [str(name) for name in sorted(sums.index, key=lambda name: (-int(sums[name]), str(name)))]
    return [*sorted(names[:MOST_COMPONENTS]), *names[MOST_COMPONENTS:]]


def mark_projects(plan: Plan, components: Sequence[str]) -> pd.Series[int]:
    """Return the mark of each project on the map: that of the component with most of its money."""
    sums = plan.spending.groupby(["project", "component"])["amount_minor"].sum().reset_index()
    sums = sums.sort_values(["project", "amount_minor", "component"], ascending=[True, False, True])
    number = {name: min(at, OTHERS) for at, name in enumerate(components)}
    of_project = sums.drop_duplicates("project").set_index("project")["component"].map(number)
    located = _sites(plan)["project"].unique()
    return of_project.reindex(located).fillna(NO_AMOUNT).astype(int)


def _sites(plan: Plan) -> gpd.GeoDataFrame:
    """Return the locations that have a mark on the map."""
    coarse = plan.locations["precision"].astype(float) >= PRECISION_PROVINCE
    drawn = plan.locations[~coarse.to_numpy()]
    return drawn[drawn.geometry.notna() & ~drawn.geometry.is_empty].sort_values(["project", "location"])


_MOST_FULL_MARKS = 600
"""With more points than this, each place is drawn once, as a dot."""


def draw_projects(plan: Plan, marks: pd.Series[int], view: View) -> list[str]:
    """Draw the locations of projects with the marks of their components."""
    sites = _sites(plan)
    drawn: dict[int, list[str]] = {0: [], 1: [], 2: []}
    parts, row_of = shapely.get_parts(sites.geometry.to_numpy(), return_index=True)
    kinds = shapely.get_dimensions(parts)
    draw_point = draw_dot if int((kinds == 0).sum()) > _MOST_FULL_MARKS else draw_mark
    numbers = marks.reindex(sites["project"]).to_numpy()[row_of]
    for part, kind, at in zip(parts, kinds.tolist(), numbers.tolist(), strict=True):
        if kind == 0:
            ((x, y),) = view.place(np.array([[part.x, part.y]]))
            drawn[0].append(draw_point(x, y, at))
        elif kind == 1:
            path = _path(part, view)
            drawn[1] += [
                f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>'
                for ink, width in (("#ffffff", 6), (INK, 4.2), (mark_colour(at), 2.6))
            ]
        else:
            drawn[2].append(
                f'<path d="{_path(part, view)}" fill="{mark_colour(at)}" fill-opacity="0.6" stroke="{INK}" stroke-width="0.8"/>'
            )
    return [*drawn[2], *drawn[1], *dict.fromkeys(drawn[0])]


def draw_labels(
    plan: Plan,
    districts: gpd.GeoDataFrame,
    figures: Sequence[str],
    view: View,
    names: Mapping[str, str],
) -> list[str]:
    """Write the names of the districts, largest first, away from marks where possible and never over each other.

    The figure stands below the name, unless there are too many districts to have room for it.
    """
    shapes = districts.geometry.to_numpy()
    marks = _marks(plan, view)
    many = len(shapes) > _MANY_DISTRICTS
    size, below = (10.0, 4) if many else (12.5, 18)
    taken: list[Box] = []
    drawn = []
    for at in np.argsort(-np.nan_to_num(shapely.area(shapes)), kind="stable"):
        if shapes[at] is None or shapes[at].is_empty:
            continue
        name = plain(names[districts["district"].iloc[at]])
        shown = "" if many else figures[at]
        wide = max(0.288 * size * letters_of(name), 3.2 * len(shown)) + 4
        spot = _label_spot(shapes[at], (-wide, -14, wide, below), marks, taken, view)
        if spot is None:
            continue
        x, y = spot
        taken.append((x - wide, y - 14, x + wide, y + below))
        halo = 'paint-order="stroke" stroke="#ffffff" stroke-width="3.5" stroke-linejoin="round" text-anchor="middle"'
        drawn.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" font-weight="700" {halo}>{html.escape(name)}</text>'
        )
        if shown:
            drawn.append(f'<text x="{x:.1f}" y="{y + 14:.1f}" font-size="11" {halo}>{shown}</text>')
    return drawn


_MANY_DISTRICTS = 30
_SHIFTS = [(dx, dy) for dy in (0, -16, 16, -32, 32, -48, 48) for dx in (0, -24, 24, -48, 48)]
_MOST_MARKS = 3_000  # names cannot avoid more than this


def _marks(plan: Plan, view: View) -> NDArray[np.float64]:
    """Return the positions of marks in pixels (n, 2): points, and points every few pixels along lines."""
    shapes = _sites(plan).geometry.to_numpy()
    if len(shapes) > _MOST_MARKS:
        return np.empty((0, 2))
    return view.place(shapely.get_coordinates(shapely.segmentize(shapes, 6 / view.scale)))


def _label_spot(
    shape: Any, label: Box, marks: NDArray[np.float64], taken: Sequence[Box], view: View
) -> tuple[float, float] | None:
    """Return the position where a name covers the fewest marks, crosses the border least and moves least, or None."""
    spot = shapely.point_on_surface(shape)
    ((x, y),) = view.place(np.array([[spot.x, spot.y]]))
    shapely.prepare(shape)
    best = None
    for dx, dy in _SHIFTS:
        left, top, right, bottom = label
        box = (x + dx + left, y + dy + top, x + dx + right, y + dy + bottom)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        corners = np.array([(at, to) for at in (box[0], x + dx, box[2]) for to in (box[1], y + dy, box[3])])
        outside = int((~shapely.contains_xy(shape, view.degrees(corners))).sum())
        near = (
            (marks[:, 0] > box[0] - 4) & (marks[:, 0] < box[2] + 4)
            & (marks[:, 1] > box[1] - 4) & (marks[:, 1] < box[3] + 4)
        )  # fmt: skip
        cost = (20 * int(near.sum()) + 12 * outside + abs(dx) / 8 + abs(dy) / 8, dy, dx)
        if (dx, dy) == (0, 0) or outside < 5:
            best = min(best, (*cost, x + dx, y + dy)) if best else (*cost, x + dx, y + dy)
    return None if best is None else (best[3], best[4])


def draw_north_and_scale(view: View, frame: tuple[int, int, int, int], words: dict[str, str]) -> list[str]:
    """Draw a north arrow, and a scale bar of whole kilometres that is true at the middle latitude."""
    pixels = view.scale / math.radians(1) / _EARTH * 1000  # per kilometre
    kilometres = next(
        (length for length in (500, 200, 100, 50, 20, 10, 5, 2, 1) if length * pixels <= 160), 1
    )
    length, x, y = kilometres * pixels, frame[0] + frame[2] - 16, frame[1] + frame[3] - 16
    return [
        f'<path d="M{x - length:.1f},{y - 5}v5h{length:.1f}v-5" fill="none" stroke="{INK}" stroke-width="1.5"/>',
        f'<text x="{x - length / 2:.1f}" y="{y - 8}" font-size="11" text-anchor="middle">{kilometres} km</text>',
        f'<path d="M{x - 6},{y - 52}l6,-14l6,14l-6,-4z" fill="{INK}"/>',
        f'<text x="{x}" y="{y - 38}" font-size="11" font-weight="700" text-anchor="middle">{html.escape(words["north"])}</text>',
    ]
