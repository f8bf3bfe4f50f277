"""Placement: which district, or which named bucket, each project location is in, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from geoplan.geo.district_index import DistrictIndex
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.overlay import overlay_shares
from geoplan.ledger.gathered_placements import Array, Placements, as_objects
from geoplan.model.money import share_units
from geoplan.model.placement_rules import PlacementRule, has_rule
from geoplan.model.schema import DISTRICT
from geoplan.plan.name_decisions import parse_decision
from geoplan.plan.named_units import find_area_points
from geoplan.text.names import ColumnHabits, Gazetteer, Match
from geoplan.text.spelling import normalise

if TYPE_CHECKING:
    import geopandas as gpd

_PRECISION_NEAR = 2
PRECISION_DISTRICT = 3
PRECISION_PROVINCE = 4

POINT, LINE = 0, 1

_SURELY_IN = 0.9
"""Share of a unit's area from which it is of a province: boundaries of two sources never agree exactly."""

_PRECISION_RULES = np.array(
    [0, 0, 0, 0, *(PlacementRule[f"PRECISION_{code}"] for code in range(PRECISION_PROVINCE, 10))], np.int64
)
"""Rule by precision code."""


def place_locations(
    locations: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    *,
    reviewed: Mapping[tuple[str, str], str] | None = None,
    index: DistrictIndex | None = None,
    distances: bool = True,
    habits: ColumnHabits | None = None,
) -> pd.DataFrame:
    """Place every location in districts or in a named bucket.

    The first rule that fits wins: district code, district name (with its province), a precision
    coarser than a district, point in district, length of a line or area of a polygon by district,
    outside the area. A location that gives only its province is ``province-wide``. A location with
    nothing to place it by is ``unlocated``; one with only a name that means no district, or more than
    one, is ``unmatched``.

    Parameters
    ----------
    locations : GeoDataFrame
        EPSG:4326, columns of `geoplan.model.schema.LOCATIONS`.
    districts : GeoDataFrame
        EPSG:4326, columns of `geoplan.model.schema.DISTRICTS`.
    reviewed : mapping of (name, province) to str, optional
        Decisions about names, as `geoplan.plan.name_decisions.parse_decision` reads them; they come before
        all matching.
    index : DistrictIndex, optional
        Over the districts in the order of their codes, when there is one already; else it is made.
    distances : bool
        Whether to fill in ``distance_m``: measuring takes longer than placing.
    habits : ColumnHabits, optional
        What the whole columns of names tell, where these are not all locations; else it is learned from these.

    Returns
    -------
    DataFrame
        One row per location and place: ``location_row`` (position in ``locations``), ``place``,
        ``district`` (code, None unless place is district), ``share`` (whole billionths, int64,
        one billion per location), ``rule`` (flags of `PlacementRule`, int64), ``carried_from`` (empty),
        ``distance_m`` (geodesic, to the nearest district, of
        points outside), ``province`` (code, of what is province-wide, where it is known). Ordered by
        location, then district code.
    """
    ordered = districts.sort_values("district", ignore_index=True)
    index = DistrictIndex(ordered.geometry.to_numpy()) if index is None else index
    return _Placement(locations.reset_index(drop=True), ordered, reviewed or {}, index, habits).run(distances)


def layer_precision(locations: pd.DataFrame, districts: pd.DataFrame) -> Array:
    """Return the precision codes of locations as they are seen from the boundary layer, NaN where none is given.

    Codes name levels: 3 a unit of the second level, 4 one of the first. In a layer of the first level, a unit of that level
    is a district, and a unit of the second one is a place in a district.
    """
    codes = locations["precision"].to_numpy(dtype=np.float64, na_value=np.nan)
    levels = districts["district_level"].dropna().unique() if "district_level" in districts else ()
    if list(levels) != [1]:
        return codes
    return np.select(
        [codes == PRECISION_PROVINCE, codes == PRECISION_DISTRICT],
        [PRECISION_DISTRICT, _PRECISION_NEAR],
        codes,
    )


def asked_names(locations: gpd.GeoDataFrame, districts: pd.DataFrame) -> pd.DataFrame:
    """Return the name of a district that each location gives, with its province; rows without one are left out.

    A location's own name counts as a district's only where its precision says so, or where it has
    nothing else to be placed by.

    Returns
    -------
    DataFrame
        ``name`` and ``province`` (empty where none is given), indexed as ``locations``.
    """
    precision = layer_precision(locations, districts)
    shapes = locations.geometry.to_numpy()
    bare = np.isnan(precision) & (shapely.is_missing(shapes) | shapely.is_empty(shapes))
    own = locations["name"].where((precision == PRECISION_DISTRICT) | bare)
    names = locations["district"].where(locations["district"].notna(), own)
    asked = pd.DataFrame({"name": names, "province": locations["province"].astype(object).fillna("")})
    return asked[asked["name"].notna()]


@dataclass(frozen=True)
class _Placement:
    """One run over the rules. A rule is given the locations still open, and returns those it placed."""

    locations: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    reviewed: Mapping[tuple[str, str], str]
    index: DistrictIndex
    habits: ColumnHabits | None = None

    def run(self, distances: bool) -> pd.DataFrame:
        placed = Placements.empty()
        is_open = np.ones(len(self.locations), dtype=bool)
        for rule in self._rules:
            is_open &= ~rule(placed, is_open.copy())
        frame = placed.frame()
        rows = frame["location_row"].to_numpy()
        frame["share"] = share_units(frame["share"].to_numpy(), rows, len(self.locations))
        frame["carried_from"] = ""
        frame["distance_m"] = self._distances(frame) if distances else np.nan
        frame["province"] = self._provinces(frame)
        return frame

    @property
    def _rules(self) -> tuple[Callable[[Placements, Array], Array], ...]:
        return (
            self._by_review,
            self._by_name,
            self._by_province,
            self._by_precision,
            self._by_larger_unit,
            self._by_area_name,
            self._by_point,
            self._by_shape,
            self._by_nothing,
        )

    # --- what the locations are -----------------------------------------------------------

    @cached_property
    def codes(self) -> Array:
        """District codes, ascending, as the index knows the districts."""
        return as_objects(self.districts["district"].to_numpy(), len(self.districts))

    @cached_property
    def geometries(self) -> Array:
        """Geometry of each location; empty ones are none, invalid ones are made valid."""
        found = as_objects(np.asarray(self.locations.geometry), len(self.locations)).copy()
        found[shapely.is_empty(found)] = None
        invalid = ~shapely.is_missing(found) & ~shapely.is_valid(found)
        found[invalid] = shapely.make_valid(found[invalid])
        return found

    @cached_property
    def dimension(self) -> Array:
        """0 for points, 1 for lines, 2 for polygons, -1 for none."""
        return np.asarray(shapely.get_dimensions(self.geometries))

    @cached_property
    def precision(self) -> Array:
        """Precision code of each location, as seen from the layer."""
        return layer_precision(self.locations, self.districts)

    @cached_property
    def located(self) -> tuple[Array, Array]:
        """For single points the position of their district, -1 outside; -2 for all else; and whether on a border."""
        is_point = shapely.get_type_id(self.geometries) == 0
        found, border = np.full(len(self.locations), -2), np.zeros(len(self.locations), dtype=bool)
        points = self.geometries[is_point]
        found[is_point], border[is_point] = self.index.locate(shapely.get_x(points), shapely.get_y(points))
        return found, border

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The names of the districts."""
        return Gazetteer(self.districts)

    @cached_property
    def asked(self) -> tuple[Array, list[tuple[str, str]]]:
        """Rows of the locations that name a district, and the name and province of each."""
        asked = asked_names(self.locations, self.districts)
        return asked.index.to_numpy(), list(zip(asked["name"], asked["province"], strict=True))

    @cached_property
    def matches(self) -> dict[tuple[str, str], Match]:
        """What each distinct name and province means."""
        distinct = list(dict.fromkeys(self.asked[1]))
        pairs = [(name, province or None) for name, province in distinct]
        found = self.gazetteer.match_all(pairs, self.habits)
        return dict(zip(distinct, found, strict=True))

    @cached_property
    def matched(self) -> tuple[Array, Array]:
        """District that each location names (None if it names none), and the rule of the match (0 without a name)."""
        districts = np.full(len(self.locations), None, dtype=object)
        rules = np.zeros(len(self.locations), dtype=np.int64)
        for row, pair in zip(*self.asked, strict=True):
            districts[row], rules[row] = self.matches[pair].district, self.matches[pair].rule
        return districts, rules

    @cached_property
    def has_nothing_else(self) -> Array:
        """Whether a location has neither a shape nor a precision."""
        return np.isnan(self.precision) & (self.dimension < 0)

    # --- the rules, in order --------------------------------------------------------------

    def _by_review(self, placed: Placements, is_open: Array) -> Array:
        """Place the names that a planner has decided, in one place or several."""
        decided = {pair: parse_decision(text) for pair, text in self.reviewed.items()}
        by_pair: dict[tuple[str, str], list[int]] = {}
        for row, pair in zip(*self.asked, strict=True):
            if pair in decided and is_open[row]:
                by_pair.setdefault(pair, []).append(row)
        for pair, listed in by_pair.items():
            rows = np.array(listed, dtype=np.int64)
            for part in decided[pair]:
                noticed = np.where(self._is_against(rows, part.district), PlacementRule.AGAINST_POINT, 0)
                rule = PlacementRule.REVIEWED_NAME | noticed
                placed.add(rows, part.place, part.district, float(part.share), rule)
        return np.isin(np.arange(len(self.locations)), [row for rows in by_pair.values() for row in rows])

    def _is_against(self, rows: Array, districts: Any) -> Array:
        """Tell whether a location has a point, and it lies in another district than this."""
        at = self.located[0][rows]
        of_point = np.append(self.codes, [None, None])[at]  # -1 (outside) and -2 (no point) are none
        return np.asarray((at != -2) & (of_point != districts))

    def _by_name(self, placed: Placements, is_open: Array) -> Array:
        districts, rules = self.matched
        named = is_open & ~pd.isna(districts)
        rows = np.flatnonzero(named)
        noticed = np.where(self._is_against(rows, districts[rows]), PlacementRule.AGAINST_POINT, 0)
        wide = self._are_provinces(rows, districts[rows])
        placed.add(
            rows[wide], "province-wide", None, 1.0, PlacementRule.PROVINCE_NAME | PlacementRule.COARSER_UNIT
        )
        placed.add(rows[~wide], DISTRICT, districts[rows[~wide]], 1.0, (rules[rows] | noticed)[~wide])
        names_province = has_rule(rules, PlacementRule.PROVINCE_NAME | PlacementRule.PROVINCE_CODE)
        # An area with the name of a province may be one of its districts; a point only marks the middle of the unit.
        vouched = (self.precision == PRECISION_DISTRICT) & (self.dimension >= LINE)
        of_province = is_open & names_province & pd.isna(districts) & ~vouched
        is_unit = (self.precision == PRECISION_DISTRICT) & (self.dimension == POINT)
        coarser = np.where(is_unit, PlacementRule.COARSER_UNIT, 0)
        placed.add(np.flatnonzero(of_province), "province-wide", None, 1.0, (rules | coarser)[of_province])
        return np.asarray(named | of_province)

    def _are_provinces(self, rows: Array, districts: Any) -> Array:
        """Tell which units of precision 3 are the province of a district that bears its name.

        In a layer of the third level the provinces are units of precision 3. Their centre lies in them, and mostly in
        another district than the one with their name.
        """
        province_of = self.districts.set_index("district")["province"].to_dict()
        by_name = has_rule(self.matched[1][rows], PlacementRule.DISTRICT_NAME)
        units = by_name & (self.precision[rows] == PRECISION_DISTRICT) & self._is_against(rows, districts)
        around = np.append(self.codes, [None, None])[self.located[0][rows]]
        cells = self.locations[["district", "name"]].to_numpy(dtype=object)[rows]
        found: Array = units.copy()
        for at in np.flatnonzero(units).tolist():
            home = province_of.get(districts[at])
            named = {self.gazetteer.province(name) for name in cells[at] if isinstance(name, str)}
            found[at] = home is not None and home == province_of.get(around[at]) and home in named
        return found

    def _by_province(self, placed: Placements, is_open: Array) -> Array:
        """Place what gives nothing but its province, or its province and a name that is no district's."""
        cells, rules = self.locations, self.matched[1]
        has_site_name = has_rule(rules, PlacementRule.UNKNOWN_NAME) & cells["district"].isna().to_numpy()
        given = cells["province"].notna().to_numpy() & ((rules == 0) | has_site_name)
        rows = np.flatnonzero(is_open & given & self.has_nothing_else)
        is_known = self._known_provinces(rows, ["province"]) != ""
        known, unknown = rows[is_known], rows[~is_known & (rules[rows] == 0)]
        placed.add(known, "province-wide", None, 1.0, rules[known] | PlacementRule.PROVINCE_NAME)
        placed.add(unknown, "unmatched", None, 1.0, PlacementRule.UNKNOWN_PROVINCE)
        return np.isin(np.arange(len(self.locations)), np.concatenate([known, unknown]))

    def _by_larger_unit(self, placed: Placements, is_open: Array) -> Array:
        """Place named units of precision 3 that are no district of this layer, such as a zone above districts.

        The point of such a unit is its centre: the district around the centre says nothing. A centre outside the area
        stays outside: the unit is a district of another country. An area says by the districts it covers what it is.
        """
        units = np.array(sorted([*self._central_units(is_open), *self.covered_provinces]), dtype=np.int64)
        units = units[is_open[units]]
        provinces = self._known_provinces(units, ["province"], units=True)
        places = np.where(provinces == "", "country-wide", "province-wide")
        placed.add(units, places, None, 1.0, self.matched[1][units] | PlacementRule.COARSER_UNIT)
        return np.isin(np.arange(len(self.locations)), units)

    def _by_area_name(self, placed: Placements, is_open: Array) -> Array:
        """Place points that bear the name of a country or province, as the middle of the whole area.

        Outside every district they stay outside, unless the name is of an area of the layer.
        """
        areas = self.area_points
        rows = areas.index.to_numpy()
        counts = is_open[rows] & (areas["is_own"].to_numpy(dtype=bool) | (self.located[0][rows] >= 0))
        placed.add(rows[counts], areas["place"].to_numpy()[counts], None, 1.0, PlacementRule.AREA_NAME)
        return np.isin(np.arange(len(self.locations)), rows[counts])

    @cached_property
    def area_points(self) -> pd.DataFrame:
        """Points that bear the name of a whole area, by their row."""
        return find_area_points(self.locations, self.districts)

    def _central_units(self, is_open: Array) -> list[int]:
        """Return the points of units whose names are no district's."""
        rows, pairs = self.asked
        centre = self.located[0]
        is_unit = is_open & (self.precision == PRECISION_DISTRICT) & (centre >= 0)
        is_unit &= has_rule(self.matched[1], PlacementRule.UNKNOWN_NAME)
        codes = np.append(self.codes, [None, None])[centre]
        return [
            row
            for row, pair in zip(rows, pairs, strict=True)
            if is_unit[row]
            and not self._may_be_district(pair, codes[row])
            and not self._is_part_of_district(pair[1], codes[row])
        ]

    def _is_part_of_district(self, above: str, around: str) -> bool:
        """Tell whether a unit lies in the district around its centre, as the areas above it say.

        So it is where the districts of the layer are those of the first level. A district with the name of its
        province says nothing: the province may be meant.
        """
        exact = PlacementRule.DISTRICT_CODE | PlacementRule.DISTRICT_NAME | PlacementRule.DISTRICT_ALIAS
        matches = [
            self.gazetteer.match(name)
            for name in above.split("|")
            if name and not self.gazetteer.province(name)
        ]
        return any(match.district == around and match.rule & exact for match in matches)

    @cached_property
    def covered_provinces(self) -> dict[int, str]:
        """Province of each named area of precision 3 that covers most of two districts or more, empty if of several.

        A district that was drawn otherwise, or that was made of parts of others, covers most of one at most.
        """
        names = PlacementRule.UNKNOWN_NAME | PlacementRule.PROVINCE_NAME
        is_area = (self.precision == PRECISION_DISTRICT) & (self.dimension > LINE)
        rows = np.flatnonzero(is_area & has_rule(self.matched[1], names))
        if not len(rows):
            return {}
        feature, district, share = overlay_shares(self.geometries[rows], self.index)
        parts = pd.DataFrame({"row": rows[feature], "district": district, "share": share})[district >= 0]
        at = parts["district"].to_numpy()
        common = parts["share"] * geodesic_area(self.geometries[parts["row"].to_numpy()])
        parts["most"] = common > geodesic_area(self.districts.geometry.to_numpy())[at] / 2
        parts["province"] = self.districts["province"].to_numpy(dtype=object)[at]
        of_units = parts[parts.groupby("row")["most"].transform("sum") > 1]
        shares = of_units.groupby(["row", "province"])["share"].sum()
        known = dict(shares.index[shares >= _SURELY_IN].tolist())
        return {int(row): known.get(row, "") for row in of_units["row"].unique()}

    def _may_be_district(self, pair: tuple[str, str], around: str | None) -> bool:
        """Tell whether a name is that of a district elsewhere, or like that of the district around its point."""
        return around in self.matches[pair].candidates or self.gazetteer.has_district(pair[0])

    def _by_precision(self, placed: Placements, is_open: Array) -> Array:
        coarse = is_open & (self.precision >= PRECISION_PROVINCE)
        rows = np.flatnonzero(coarse)
        codes = self.precision[rows].astype(np.int64)
        places = np.where(codes == PRECISION_PROVINCE, "province-wide", "country-wide")
        placed.add(rows, places, None, 1.0, _PRECISION_RULES[codes])
        return np.asarray(coarse)

    def _by_point(self, placed: Placements, is_open: Array) -> Array:
        found, border = self.located
        points = is_open & (found != -2)
        inside = np.flatnonzero(points & (found >= 0))
        rules = np.where(border[inside], PlacementRule.POINT_ON_BORDER, PlacementRule.POINT)
        placed.add(inside, DISTRICT, self.codes[found[inside]], 1.0, rules | self.matched[1][inside])
        outside = np.flatnonzero(points & (found == -1))
        placed.add(outside, "outside area", None, 1.0, self._why_outside(outside))
        return np.asarray(points)

    def _by_shape(self, placed: Placements, is_open: Array) -> Array:
        shapes = np.flatnonzero(is_open & (self.dimension > POINT))
        feature, district, share = overlay_shares(self.geometries[shapes], self.index)
        is_line = self.dimension[shapes] == LINE
        rules = np.where(is_line, PlacementRule.LINE_LENGTH, PlacementRule.POLYGON_AREA)
        # A name that did not decide stays in the rule.
        self._add_parts(placed, shapes[feature], district, share, (rules | self.matched[1][shapes])[feature])
        many = np.flatnonzero(is_open & (self.dimension == POINT))
        points, part = shapely.get_parts(self.geometries[many], return_index=True)
        at = self.index.find(shapely.get_x(points), shapely.get_y(points))
        counts = (
            pd.DataFrame({"row": many[part], "at": at}).value_counts(sort=False).reset_index(name="count")
        )
        part_of = counts["count"] / counts.groupby("row")["count"].transform("sum")
        self._add_parts(
            placed,
            counts["row"].to_numpy(),
            counts["at"].to_numpy(),
            part_of.to_numpy(),
            PlacementRule.POINTS,
        )
        return np.asarray(is_open & (self.dimension >= POINT))

    def _by_nothing(self, placed: Placements, is_open: Array) -> Array:
        rules = self.matched[1]
        named = np.flatnonzero(is_open & (rules != 0))
        placed.add(named, "unmatched", None, 1.0, rules[named])
        placed.add(np.flatnonzero(is_open & (rules == 0)), "unlocated", None, 1.0, PlacementRule.NO_PLACE)
        return is_open

    # --- parts of rules -------------------------------------------------------------------

    def _add_parts(self, placed: Placements, rows: Array, district: Array, share: Array, rule: Any) -> None:
        """Add the parts of lines, areas and multipoints: those in districts, and the one outside."""
        inside, rules = district >= 0, np.broadcast_to(rule, len(rows))
        placed.add(rows[inside], DISTRICT, self.codes[district[inside]], share[inside], rules[inside])
        placed.add(
            rows[~inside], "outside area", None, share[~inside], rules[~inside] | PlacementRule.PART_OUTSIDE
        )

    def _why_outside(self, rows: Array) -> Array:
        """Name the usual reasons for a point outside: swapped axes, coordinates of zero."""
        x, y = shapely.get_x(self.geometries[rows]), shapely.get_y(self.geometries[rows])
        swapped = self.index.find(y, x) >= 0
        why = np.where(swapped, PlacementRule.AXES_SWAPPED, 0)
        why[(x == 0) & (y == 0)] = PlacementRule.AT_ZERO
        return np.asarray(PlacementRule.POINT_OUTSIDE | why)

    def _provinces(self, frame: pd.DataFrame) -> Array:
        """Find the province of what is province-wide: the one that its location states, or is named after."""
        found = np.full(len(frame), None, dtype=object)
        wide = np.flatnonzero((frame["place"] == "province-wide").to_numpy())
        rows = frame["location_row"].to_numpy()[wide]
        provinces = self._known_provinces(rows, ["province", "district", "name"], units=True)
        of_point = self.area_points["province"]
        found[wide] = [
            province or of_point.get(row) for row, province in zip(rows.tolist(), provinces, strict=True)
        ]
        return found

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Province of each unit above districts that is known by the districts it covers, by its normalised name."""
        if self.habits is not None:
            return self.habits.units
        return self.gazetteer.learn_units(self.matches)

    def _known_provinces(self, rows: Array, columns: list[str], *, units: bool = False) -> Array:
        """Return the province that the first of these columns with one names, empty where none does.

        With ``units``, the name of a unit above districts counts too, if all its districts are in one province.
        """
        cells = self.locations.iloc[rows][columns].to_numpy(dtype=object)
        found = np.full(len(rows), "", dtype=object)
        for row, names in enumerate(cells):
            codes = (self.gazetteer.province(name) for name in names if isinstance(name, str))
            found[row] = next((code for code in codes if code is not None), "")
        if units and (found == "").any():
            names = self.locations.iloc[rows][["district", "name"]].to_numpy(dtype=object)
            for row in np.flatnonzero(found == "").tolist():
                known = (self.units.get(normalise(name)) for name in names[row] if isinstance(name, str))
                found[row] = next(
                    (code for code in known if code), self.covered_provinces.get(int(rows[row]), "")
                )
        return found

    def _distances(self, frame: pd.DataFrame) -> Array:
        """Measure how far points outside lie from the nearest district, in metres along the ellipsoid."""
        distances = np.full(len(frame), np.nan)
        rows = frame["location_row"].to_numpy()
        far = np.flatnonzero((frame["place"] == "outside area").to_numpy() & (self.located[0][rows] == -1))
        if len(far):
            points = self.geometries[rows[far]]
            shapes = self.districts.geometry.to_numpy()
            nearest = shapes[shapely.STRtree(shapes).nearest(points)]
            near = shapely.get_point(shapely.shortest_line(nearest, points), 0)
            ends = [axis(end) for end in (near, points) for axis in (shapely.get_x, shapely.get_y)]
            distances[far] = Geod(ellps="WGS84").inv(*ends)[2]
        return distances
