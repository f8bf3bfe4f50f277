"""Boundary layers: are they one coverage, mend them, generalise them, carry one vintage to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from geoplan.errors import GeoplanError, InputError, Problem, raise_if
from geoplan.schema import CRS

SLIVER_WIDTH = 50.0
"""Mean width in metres below which a detached part or an open strip between two districts is a sliver."""

LARGEST_GAP = 1_000_000.0
"""Area in m² up to which `repair` fills a gap; a larger one may be a lake or a district left out."""

CRUMB = 0.001
"""Part of an old district below which `crosswalk` takes an intersection for a difference of drawing."""

FINDING_COLUMNS = ("kind", "districts", "area_m2", "width_m", "lon", "lat", "note")
CHANGE_COLUMNS = ("change", "district", "from", "area_m2", "lon", "lat")

INEXACT_KINDS = ("overlap", "gap", "unmatched edge", "invalid geometry")
"""Findings without which a layer is one exact coverage."""

FINDING_KINDS = (*INEXACT_KINDS, "sliver", "empty geometry", "duplicate code", "duplicate name")

_ELLIPSOID = Geod(ellps="WGS84")
_METRES_PER_DEGREE = 111_195.0
_SNAP_GRIDS = (0.0, 1e-9, 1e-7)
_NOBODY = -1
_WEIGHT_UNITS = 2**40

Shapes: TypeAlias = "npt.NDArray[Any]"
Floats: TypeAlias = "npt.NDArray[np.float64]"
Integers: TypeAlias = "npt.NDArray[np.int64]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"


# --- the arrangement -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Arrangement:
    """All boundaries of a layer cut where they meet: the faces between them and who claims each.

    Parameters
    ----------
    faces : array of Polygon
        They share whole edges and do not overlap.
    face, district : arrays of int
        Pairs of a face and a district that covers it.
    claims : array of int
        Number of districts that cover each face: 1 sound, more an overlap, 0 a gap.
    """

    faces: Shapes
    face: Integers
    district: Integers
    claims: Integers


def _arrange(shapes: Shapes, grid: float = 0.0) -> _Arrangement:
    """Cut the boundaries of all districts where they meet and see which district covers each face."""
    lines = shapely.union_all(shapely.boundary(shapes), grid_size=grid or None)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    face, district = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    order = np.lexsort((district, face))
    return _Arrangement(faces, face[order], district[order], np.bincount(face, minlength=len(faces)))


@dataclass(frozen=True)
class _Edges:
    """Edges that two faces share, each once.

    Parameters
    ----------
    face, neighbour : arrays of int
    starts, ends : arrays of float, shape (n, 2)
    """

    face: Integers
    neighbour: Integers
    starts: Floats
    ends: Floats


def _shared_edges(faces: Shapes) -> _Edges:
    """Find the edges that two faces have in common, to the last digit."""
    rings, ring_face = shapely.get_parts(shapely.boundary(faces), return_index=True)
    lines, line_ring = shapely.get_parts(rings, return_index=True)
    points, point_line = shapely.get_coordinates(lines, return_index=True)
    inside = point_line[1:] == point_line[:-1]
    starts, ends = points[:-1][inside], points[1:][inside]
    backwards = (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))
    starts[backwards], ends[backwards] = ends[backwards], starts[backwards].copy()
    face = ring_face[line_ring][point_line[:-1][inside]]
    edges = np.column_stack([starts, ends])
    order = np.lexsort((face, *edges.T))
    twice = (edges[order][1:] == edges[order][:-1]).all(axis=1)
    first, second = order[:-1][twice], order[1:][twice]
    return _Edges(face[first], face[second], starts[first], ends[first])


def _borders(faces: Shapes) -> pd.DataFrame:
    """List which faces share edges: columns ``face, neighbour, length`` (m), each pair in both directions."""
    edges = _shared_edges(faces)
    steps = (edges.ends - edges.starts) * _narrowing(edges.starts)
    length = _METRES_PER_DEGREE * np.hypot(steps[:, 0], steps[:, 1])
    pairs = pd.DataFrame({"face": edges.face, "neighbour": edges.neighbour, "length": length})
    both = pd.concat([pairs, pairs.rename(columns={"face": "neighbour", "neighbour": "face"})])
    return both.groupby(["face", "neighbour"], as_index=False).agg(length=("length", "sum"))


def _narrowing(points: Floats) -> Floats:
    """Return factors that make degrees of longitude as long as degrees of latitude."""
    return np.column_stack([np.cos(np.radians(points[:, 1])), np.ones(len(points))])


def geodesic_area(shapes: Shapes) -> Floats:
    """Return the area of each polygon on the WGS 84 ellipsoid.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        EPSG:4326.

    Returns
    -------
    array of float
        m², 0 for empty and missing geometries.
    """
    return _area_and_perimeter(shapes)[0]


def _area_and_perimeter(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return geodesic area (m²) and perimeter (m) of each polygon."""
    measured = [
        (0.0, 0.0) if shape is None or shape.is_empty else _ELLIPSOID.geometry_area_perimeter(shape)
        for shape in shapely.orient_polygons(np.asarray(shapes, dtype=object))
    ]
    both = np.array(measured, dtype=np.float64).reshape(-1, 2)
    return np.abs(both[:, 0]), both[:, 1]


def _shapes_of(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries as an array, in degrees, with the axis Z left out."""
    _check_layer(districts)
    return _in_degrees(_own_shapes(districts), districts.crs)


def _own_shapes(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries as an array, in the coordinates they have, with the axis Z left out."""
    return cast(Shapes, shapely.force_2d(np.asarray(districts.geometry.array, dtype=object)))


def _in_degrees(shapes: Shapes, crs: Any) -> Shapes:
    return shapes if crs == CRS else np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs(CRS), dtype=object)


def _check_layer(districts: gpd.GeoDataFrame) -> None:
    problems = []
    if "district" not in districts:
        problems.append(
            Problem(
                "districts", "a column is missing", column="district", way_out="give each district its code"
            )
        )
    if districts.crs is None:
        problems.append(
            Problem(
                "districts", "the layer does not say its CRS", way_out='set it, such as set_crs("EPSG:4326")'
            )
        )
    raise_if(problems)


def _polygons_only(shapes: Shapes) -> Shapes:
    """Make geometries valid; what is not an area (a spike, a stray point) goes."""
    valid = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    kept = [
        shape if shape is None or shape.geom_type in ("Polygon", "MultiPolygon") else _areas_of(shape)
        for shape in valid
    ]
    return np.array([shapely.Polygon() if shape is None else shape for shape in kept], dtype=object)


def _areas_of(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


# --- check ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoverageReport:
    """What keeps a boundary layer from being one exact coverage, and what else is doubtful in it.

    ============================ ====================================================================
    kind                         a finding is
    ============================ ====================================================================
    ``overlap``                  two districts that claim the same ground, all pieces together
    ``gap``                      ground inside the layer that no district claims
    ``sliver``                   a detached part of a district, or a strip between two districts that
                                 is open to the outside, narrower than ``sliver_width``
    ``unmatched edge``           two districts on a common line, of which one lacks vertices there
    ``invalid geometry``         a boundary that crosses itself, say
    ``empty geometry``           a district with no area at all
    ``duplicate code``           one code in several rows
    ``duplicate name``           one name in several rows (of one province, where the layer has a column
                                 ``province``: names do repeat across provinces)
    ============================ ====================================================================

    Parameters
    ----------
    findings : DataFrame
        Columns ``kind``, ``districts`` (codes, ``|`` between them), ``area_m2`` (geodesic),
        ``width_m`` (mean width: twice the area over the perimeter), ``lon``, ``lat`` (a point in
        the finding) and ``note``. Ordered by kind, the largest first.
    """

    findings: pd.DataFrame

    @property
    def is_exact(self) -> bool:
        """Whether every edge is shared to the last digit, with no overlap and no gap inside."""
        return not self.findings["kind"].isin(INEXACT_KINDS).any()

    def of_kind(self, kind: str) -> pd.DataFrame:
        """Return the findings of one kind."""
        return self.findings[self.findings["kind"] == kind].reset_index(drop=True)

    def __str__(self) -> str:
        counts = self.findings["kind"].value_counts()
        return (
            ", ".join(f"{counts[kind]:,} {kind}" for kind in FINDING_KINDS if kind in counts)
            or "one exact coverage"
        )


def check_coverage(districts: gpd.GeoDataFrame, *, sliver_width: float = SLIVER_WIDTH) -> CoverageReport:
    """Look for what is wrong with a boundary layer, with sizes and where.

    Boundaries are cut where they meet in the coordinates the layer has: reprojection rounds them,
    and a vertex that lay on an edge then lies a hair beside it.

    Parameters
    ----------
    districts : GeoDataFrame
        With columns ``district`` and, if there, ``name`` and ``province``; polygons in any CRS.
    sliver_width : float
        Metres.

    Returns
    -------
    CoverageReport
        Its documentation lists the kinds of findings.
    """
    _check_layer(districts)
    codes = districts["district"].astype(str).to_numpy(dtype=object)
    shapes = _own_shapes(districts)
    valid = _polygons_only(shapes)
    arrangement = _arrange(valid)
    faces = _in_degrees(arrangement.faces, districts.crs)
    findings = [
        _overlaps(arrangement, faces, codes),
        _gaps(arrangement, faces, codes),
        _detached_slivers(_in_degrees(valid, districts.crs), codes, sliver_width),
        _open_slivers(arrangement, faces, codes, sliver_width),
        _unmatched_edges(arrangement, valid, codes, districts.crs),
        _invalid(shapes, _in_degrees(valid, districts.crs), codes),
        _empty(shapes, codes),
        _duplicates(districts, codes, "district"),
        _duplicates(districts, codes, "name"),
    ]
    return CoverageReport(_stack(findings, FINDING_COLUMNS))


def _findings(
    kind: str,
    districts: Any,
    shapes: Shapes,
    notes: Any = "",
    *,
    measured: tuple[Floats, Floats] | None = None,
) -> pd.DataFrame:
    """Make rows of one kind, the largest first; ``measured`` is area and perimeter if not the shapes' own."""
    area, perimeter = measured or _area_and_perimeter(shapes)
    lon, lat = _where(shapes)
    frame = pd.DataFrame(
        {
            "kind": np.full(len(shapes), kind, dtype=object),
            "districts": np.asarray(districts, dtype=object),
            "area_m2": area,
            "width_m": np.divide(2 * area, perimeter, out=np.zeros(len(area)), where=perimeter > 0),
            "lon": lon,
            "lat": lat,
            "note": notes,
        },
        columns=list(FINDING_COLUMNS),
    )
    return frame.sort_values(["area_m2", "districts"], ascending=[False, True], kind="stable")


def _where(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return longitude and latitude of a point in each geometry, NaN where it is empty."""
    points = shapely.point_on_surface(shapes)
    points = np.where(shapely.is_empty(points), None, points)
    return shapely.get_x(points), shapely.get_y(points)


def _overlaps(arrangement: _Arrangement, faces: Shapes, codes: Shapes) -> pd.DataFrame:
    several = arrangement.claims[arrangement.face] > 1
    claims = pd.DataFrame({"face": arrangement.face[several], "row": arrangement.district[several]})
    pairs = claims.merge(claims, on="face", suffixes=("", "_other"))
    pairs = pairs[pairs["row"] < pairs["row_other"]]
    area, perimeter = _area_and_perimeter(faces)
    pairs = pairs.assign(area=area[pairs["face"]], perimeter=perimeter[pairs["face"]])
    pairs = pairs.sort_values(["row", "row_other", "area", "face"], ascending=[True, True, False, True])
    sums = pairs.groupby(["row", "row_other"], as_index=False).agg(
        area=("area", "sum"), perimeter=("perimeter", "sum"), face=("face", "first"), pieces=("face", "size")
    )
    named = [
        "|".join(sorted([codes[row], codes[other]]))
        for row, other in zip(sums["row"], sums["row_other"], strict=True)
    ]
    notes = ["1 piece" if pieces == 1 else f"{pieces:,} pieces" for pieces in sums["pieces"]]
    measured = (sums["area"].to_numpy(), sums["perimeter"].to_numpy())
    return _findings("overlap", named, faces[sums["face"].to_numpy()], notes, measured=measured)


def _gaps(arrangement: _Arrangement, faces: Shapes, codes: Shapes) -> pd.DataFrame:
    gaps = np.flatnonzero(arrangement.claims == 0)
    borders = _borders(faces)
    borders = borders[arrangement.claims[borders["face"].to_numpy()] == 0][["face", "neighbour"]]
    claims = pd.DataFrame({"neighbour": arrangement.face, "code": codes[arrangement.district]})
    beside = (
        borders.merge(claims, on="neighbour")
        .groupby("face")["code"]
        .agg(lambda found: "|".join(sorted(set(found))))
    )
    return _findings("gap", beside.reindex(gaps, fill_value="").to_numpy(), faces[gaps])


def _detached_slivers(shapes: Shapes, codes: Shapes, width: float) -> pd.DataFrame:
    """Find narrow parts of a district beside its largest part."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    several = np.bincount(row, minlength=len(shapes))[row] > 1
    parts, row = parts[several], row[several]
    area, perimeter = _area_and_perimeter(parts)
    largest = pd.Series(area).groupby(row).transform("max").to_numpy()
    narrow = (2 * area < width * perimeter) & (area < largest)
    return _findings("sliver", codes[row[narrow]], parts[narrow], "detached part")


def _open_slivers(arrangement: _Arrangement, faces: Shapes, codes: Shapes, width: float) -> pd.DataFrame:
    """Find narrow strips between two districts that are open to the outside.

    With overlaps and gaps as elements of their own the faces are an exact coverage, so that the
    only edges GEOS still finds near each other without touching are those of open strips.
    """
    if not len(faces):
        return pd.DataFrame(columns=list(FINDING_COLUMNS))
    degrees = width / _METRES_PER_DEGREE
    # Degrees of longitude made as long as those of latitude, so that a width is one in all directions.
    even = _narrowing(np.array([[0.0, np.mean(shapely.total_bounds(faces)[[1, 3]])]]))
    faces = shapely.transform(faces, lambda points: points * even)
    edges = shapely.coverage_invalid_edges(faces, gap_width=degrees)
    zones = shapely.get_parts(shapely.union_all(shapely.buffer(edges[~shapely.is_empty(edges)], 2 * degrees)))
    tree = shapely.STRtree(faces)
    strips, named = [], []
    for zone in zones[~shapely.is_empty(zones)]:
        near = np.sort(tree.query(zone, predicate="intersects"))
        for strip in _strips(faces[near], zone, degrees):
            rows = _rows_beside(strip, near, arrangement, faces, degrees)
            if len(rows) > 1:
                strips.append(shapely.transform(strip, lambda points: points / even))
                named.append("|".join(sorted(set(codes[rows]))))
    return _findings("sliver", named, np.array(strips, dtype=object), "open strip")


def _strips(faces: Shapes, zone: Any, width: float) -> Shapes:
    """Return the ground in a zone that no face covers and that is too narrow for a disc of this width."""
    ground = shapely.union_all(shapely.intersection(faces, zone))
    closed = shapely.buffer(shapely.buffer(ground, width / 2), -width / 2)
    strips = shapely.get_parts(shapely.intersection(shapely.difference(closed, ground), zone))
    return cast(Shapes, strips[shapely.area(strips) > 0])


def _rows_beside(
    part: Any, near: Integers, arrangement: _Arrangement, faces: Shapes, degrees: float
) -> Integers:
    """Return the districts that a strip lies along (more than half of its width, so not in one point)."""
    along = shapely.length(
        shapely.intersection(shapely.boundary(part), shapely.buffer(faces[near], degrees / 1000))
    )
    touching = near[along > degrees / 2]
    return np.unique(arrangement.district[np.isin(arrangement.face, touching)])


def _unmatched_edges(arrangement: _Arrangement, shapes: Shapes, codes: Shapes, crs: Any) -> pd.DataFrame:
    """Find common lines of two districts on which one has no vertex where the other has."""
    edges = _shared_edges(arrangement.faces)
    row_of = np.full(len(arrangement.faces), _NOBODY, dtype=np.int64)
    sole = arrangement.claims[arrangement.face] == 1
    row_of[arrangement.face[sole]] = arrangement.district[sole]
    one, other = row_of[edges.face], row_of[edges.neighbour]
    between = (one != other) & (one != _NOBODY) & (other != _NOBODY)
    ends = np.vstack([edges.starts[between], edges.ends[between]])
    pairs = np.sort(np.column_stack([one[between], other[between]]), axis=1)
    points = pd.DataFrame(
        {"x": ends[:, 0], "y": ends[:, 1], "a": np.tile(pairs[:, 0], 2), "b": np.tile(pairs[:, 1], 2)}
    )
    # The corners of overlaps and gaps are told already.
    told = shapely.get_coordinates(arrangement.faces[arrangement.claims != 1])
    corner = pd.MultiIndex.from_frame(points[["x", "y"]]).isin(
        pd.MultiIndex.from_arrays([told[:, 0], told[:, 1]])
    )
    points = points[~corner].drop_duplicates()
    vertices, row = shapely.get_coordinates(shapes, return_index=True)
    known = pd.MultiIndex.from_arrays([row, vertices[:, 0], vertices[:, 1]])
    lacking = np.zeros(len(points), dtype=bool)
    for side in ("a", "b"):
        lacking |= ~pd.MultiIndex.from_frame(points[[side, "x", "y"]]).isin(known)
    found = (
        points[lacking]
        .groupby(["a", "b"], as_index=False)
        .agg(x=("x", "first"), y=("y", "first"), n=("x", "size"))
    )
    named = ["|".join(sorted([codes[a], codes[b]])) for a, b in zip(found["a"], found["b"], strict=True)]
    notes = ["1 vertex" if count == 1 else f"{count:,} vertices" for count in found["n"]]
    where = _in_degrees(np.asarray(shapely.points(found[["x", "y"]].to_numpy()), dtype=object), crs)
    nothing = np.zeros(len(found))
    return _findings("unmatched edge", named, where, notes, measured=(nothing, nothing))


def _invalid(shapes: Shapes, valid: Shapes, codes: Shapes) -> pd.DataFrame:
    wrong = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    return _findings("invalid geometry", codes[wrong], valid[wrong], shapely.is_valid_reason(shapes[wrong]))


def _empty(shapes: Shapes, codes: Shapes) -> pd.DataFrame:
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) < 2)
    notes = ["no geometry" if shape is None else shape.geom_type for shape in shapes[empty]]
    return _findings(
        "empty geometry", codes[empty], np.array([shapely.Polygon()] * int(empty.sum()), dtype=object), notes
    )


def _duplicates(districts: gpd.GeoDataFrame, codes: Shapes, column: str) -> pd.DataFrame:
    """Find codes, or names within a province, that stand in several rows."""
    if column not in districts:
        return pd.DataFrame(columns=list(FINDING_COLUMNS))
    frame = pd.DataFrame({"code": codes, "value": districts[column].to_numpy(), "row": np.arange(len(codes))})
    frame["province"] = (
        districts["province"].to_numpy() if column == "name" and "province" in districts else ""
    )
    frame = frame[frame["value"].notna()]
    groups = [rows for _, rows in frame.groupby(["province", "value"], dropna=False) if len(rows) > 1]
    named = ["|".join(sorted(set(rows["code"]))) for rows in groups]
    notes = [f"{rows['value'].iloc[0]}, {len(rows)} times" for rows in groups]
    first = np.array([rows["row"].to_numpy()[0] for rows in groups], dtype=np.int64)
    shapes = _polygons_only(_in_degrees(_own_shapes(districts), districts.crs)[first])
    nothing = np.zeros(len(groups))
    kind = "duplicate code" if column == "district" else "duplicate name"
    return _findings(kind, named, shapes, notes, measured=(nothing, nothing))


# --- repair ----------------------------------------------------------------------------------


def repair(
    districts: gpd.GeoDataFrame, *, largest_gap: float = LARGEST_GAP
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Make a boundary layer one coverage: no overlap, no small gap, shared edges equal to the last digit.

    Invalid geometries are made valid first. Then all boundaries are cut where they meet, and every
    face between them gets one owner: an overlap goes to the one of its claimants it has the
    longest border with, an interior gap of at most ``largest_gap`` to the neighbour it has the
    longest border with; when equal, or one shape is there twice, to the lowest code. Gaps open to
    the outside stay.

    Parameters
    ----------
    districts : GeoDataFrame
        With a column ``district``; polygons in any CRS.
    largest_gap : float
        m².

    Returns
    -------
    districts : GeoDataFrame
        The same rows and columns with mended geometries, EPSG:4326, no Z. A district that loses
        its whole area keeps its row, with an empty geometry.
    changes : DataFrame
        Columns ``change`` (``made valid``, ``overlap given``, ``gap filled``, ``gap left``,
        ``no area left``), ``district`` (who has it now), ``from`` (who claimed it, ``|`` between
        codes), ``area_m2`` (geodesic), ``lon``, ``lat``.

    Raises
    ------
    GeoplanError
        No exact coverage came out of it.
    """
    before = _shapes_of(districts)
    codes = districts["district"].astype(str).to_numpy(dtype=object)
    valid = _polygons_only(before)
    changes = [_made_valid(before, valid, codes)]
    for grid in _SNAP_GRIDS:
        arrangement = _arrange(valid, grid)
        owner = _find_owners(arrangement, codes, largest_gap)
        after = _join_faces(arrangement.faces, owner, len(codes))
        if shapely.coverage_is_valid(after):
            changes += [_decisions(arrangement, owner, codes), _emptied(valid, after, codes)]
            return _with_shapes(districts, after), _stack(changes, CHANGE_COLUMNS)
    raise GeoplanError("the boundaries could not be made one coverage; look at them with check_coverage")


def _find_owners(arrangement: _Arrangement, codes: Shapes, largest_gap: float) -> Integers:
    """Give each face one district, or `_NOBODY`."""
    rank = np.empty(len(codes), dtype=np.int64)
    rank[np.argsort(codes, kind="stable")] = np.arange(len(codes))
    owner = np.full(len(arrangement.faces), _NOBODY, dtype=np.int64)
    sole = arrangement.claims[arrangement.face] == 1
    owner[arrangement.face[sole]] = arrangement.district[sole]
    borders = _borders(arrangement.faces)
    claimed = set(zip(arrangement.face.tolist(), arrangement.district.tolist(), strict=True))
    overlap = arrangement.claims > 1
    owner = _spread(owner, overlap, borders, rank, claimed)
    for face in np.flatnonzero(overlap & (owner == _NOBODY)):
        claimants = arrangement.district[arrangement.face == face]
        owner[face] = claimants[np.argmin(rank[claimants])]
    gap = arrangement.claims == 0
    gap[gap] = geodesic_area(arrangement.faces[gap]) <= largest_gap
    return _spread(owner, gap, borders, rank, None)


def _spread(
    owner: Integers,
    wanted: Flags,
    borders: pd.DataFrame,
    rank: Integers,
    claimed: set[tuple[int, int]] | None,
) -> Integers:
    """Give the wanted faces to the owner of most of their border, from the edges inwards."""
    owner = owner.copy()
    borders = borders[wanted[borders["face"].to_numpy()]]
    while True:
        open_faces = owner[borders["face"].to_numpy()] == _NOBODY
        known = borders.assign(owner=owner[borders["neighbour"].to_numpy()])[open_faces]
        known = known[known["owner"] != _NOBODY]
        if claimed is not None:
            pairs = zip(known["face"].tolist(), known["owner"].tolist(), strict=True)
            known = known[[pair in claimed for pair in pairs]]
        if known.empty:
            return owner
        sums = known.groupby(["face", "owner"], as_index=False).agg(length=("length", "sum"))
        # Tenths of a millimetre: equal borders must not be told apart by the last bit of a sum.
        sums["length"] = sums["length"].round(4)
        sums["rank"] = rank[sums["owner"].to_numpy()]
        best = sums.sort_values(["face", "length", "rank"], ascending=[True, False, True]).drop_duplicates(
            "face"
        )
        owner[best["face"].to_numpy()] = best["owner"].to_numpy()


def _join_faces(faces: Shapes, owner: Integers, count: int) -> Shapes:
    return np.array(
        [shapely.coverage_union_all(faces[owner == district]) for district in range(count)], dtype=object
    )


def _with_shapes(districts: gpd.GeoDataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    frame = districts if districts.crs == CRS else districts.to_crs(CRS)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=districts.index, crs=CRS))


def _made_valid(before: Shapes, after: Shapes, codes: Shapes) -> pd.DataFrame:
    changed = ~shapely.is_valid(before) & ~shapely.is_missing(before)
    area = np.abs(geodesic_area(after[changed]) - geodesic_area(before[changed]))
    return _rows("made valid", codes[changed], codes[changed], area, after[changed])


def _emptied(before: Shapes, after: Shapes, codes: Shapes) -> pd.DataFrame:
    gone = shapely.is_empty(after) & ~shapely.is_empty(before)
    return _rows("no area left", codes[gone], codes[gone], geodesic_area(before[gone]), before[gone])


def _decisions(arrangement: _Arrangement, owner: Integers, codes: Shapes) -> pd.DataFrame:
    """Say of every overlap and gap who has it now."""
    decided = np.flatnonzero(arrangement.claims != 1)
    gap, left = arrangement.claims[decided] == 0, owner[decided] == _NOBODY
    now = np.where(left, "", codes[owner[decided]])
    before = _claimants(arrangement, codes).reindex(decided, fill_value="").to_numpy(dtype=object)
    shapes = arrangement.faces[decided]
    frame = _rows("overlap given", now, before, geodesic_area(shapes), shapes)
    frame["change"] = np.select([gap & left, gap], ["gap left", "gap filled"], "overlap given")
    return frame.sort_values(["change", "area_m2"], ascending=[False, False], kind="stable")


def _claimants(arrangement: _Arrangement, codes: Shapes) -> pd.Series[str]:
    """Return the codes of the districts that claim each face that more than one claims, by face."""
    several = arrangement.claims[arrangement.face] > 1
    pairs = pd.DataFrame({"face": arrangement.face[several], "code": codes[arrangement.district[several]]})
    return pairs.groupby("face")["code"].agg(lambda codes: "|".join(sorted(codes)))


def _rows(change: str, district: Shapes, origin: Shapes, area: Floats, shapes: Shapes) -> pd.DataFrame:
    lon, lat = _where(shapes)
    return pd.DataFrame(
        {
            "change": np.full(len(district), change, dtype=object),
            "district": district,
            "from": origin,
            "area_m2": area,
            "lon": lon,
            "lat": lat,
        },
        columns=list(CHANGE_COLUMNS),
    )


def _stack(frames: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Put frames under each other; empty ones would blur the types of the columns."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))


# --- generalise ------------------------------------------------------------------------------


def simplify(districts: gpd.GeoDataFrame, *, tolerance: float) -> gpd.GeoDataFrame:
    """Take vertices out of a coverage so that neighbours keep exactly the same edge.

    Visvalingam & Whyatt (1993) on the coverage: a vertex goes when the triangle it makes with its
    neighbours is smaller than ``tolerance``², and it goes from both districts. The vertices that
    stay are the ones that were there, to the last digit.

    The tolerance in degrees is ``tolerance`` / √(metres in a degree of longitude × metres in a
    degree of latitude) at the middle latitude of the layer. Areas in square degrees and in m²
    have that one ratio there; at the ends of a country that reaches from 14° to 22° north the
    tolerance is 2 % off.

    Parameters
    ----------
    districts : GeoDataFrame
        An exact coverage, any CRS.
    tolerance : float
        Metres. On a map 1 : N, what can not be drawn is about 0.0002 N metres.

    Returns
    -------
    GeoDataFrame
        EPSG:4326.

    Raises
    ------
    InputError
        The layer is no exact coverage, so that edges could not stay shared.
    """
    shapes = _shapes_of(districts)
    if tolerance < 0:
        raise InputError(Problem("simplify", "a tolerance is 0 or more", values=(tolerance,)))
    if not shapely.coverage_is_valid(shapes):
        raise InputError(
            Problem("districts", "the boundaries are no exact coverage", way_out="repair them first")
        )
    south, north = shapely.total_bounds(shapes)[[1, 3]]
    degree = _METRES_PER_DEGREE * np.sqrt(np.cos(np.radians((south + north) / 2)))
    return _with_shapes(districts, shapely.coverage_simplify(shapes, tolerance / degree))


# --- vintages --------------------------------------------------------------------------------


def crosswalk(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    points: gpd.GeoDataFrame | None = None,
    persons: str | None = None,
    crumb: float = CRUMB,
) -> pd.DataFrame:
    """Say which part of each old district belongs to which new one.

    The weights of an old district are its points in each new district, over all its points;
    where it has none, or none are given, areas are used instead. Parts below ``crumb`` come from
    borders drawn differently and are dropped; they, and what lies in no new district, are told in
    ``left_out``, and the rest is scaled up to 1. A point on a border counts once, in the lowest code.

    Parameters
    ----------
    old, new, points : GeoDataFrame
        Two vintages with a column ``district``, and villages, say; any CRS.
    persons : str, optional
        Column of ``points`` to sum instead of counting them.
    crumb : float
        Part of an old district, 0 to 1.

    Returns
    -------
    DataFrame
        Columns ``old, new, weight`` (0 to 1), ``basis`` (``points`` or ``area``), ``left_out`` (part of
        the old district), ordered by code. Weights are multiples of 2⁻⁴⁰: those of an old district
        add up to exactly 1, in any order.

    Raises
    ------
    InputError
        An old district lies in no new one.
    """
    parts = _shared_areas(old, new).assign(basis="area")
    if points is not None:
        by_points = _shared_points(old, new, points, persons).assign(basis="points")
        reached = (by_points["new"] != "") & (by_points["amount"] > 0)
        peopled = by_points.loc[reached, "old"].unique()
        by_area = parts[~parts["old"].isin(peopled)]
        parts = pd.concat([by_points[by_points["old"].isin(peopled)], by_area], ignore_index=True)
    return _weigh(parts, old, crumb)


def _weigh(parts: pd.DataFrame, old: gpd.GeoDataFrame, crumb: float) -> pd.DataFrame:
    """Turn amounts (``old, new, amount, basis``; ``new`` empty for outside) into weights that sum to 1."""
    parts = parts.assign(part=parts["amount"] / parts.groupby("old")["amount"].transform("sum"))
    kept = parts[(parts["new"] != "") & (parts["part"] >= crumb)]
    lost = sorted(set(old["district"].astype(str)) - set(kept["old"]))
    if lost:
        way_out = "give a newer layer that covers them, or take them out of the older one"
        raise InputError(
            Problem(
                "crosswalk",
                "old districts lie in no new district",
                "district",
                values=tuple(lost),
                way_out=way_out,
            )
        )
    kept = kept.sort_values(["old", "new"], kind="stable").reset_index(drop=True)
    total = kept.groupby("old")["part"].transform("sum")
    kept["left_out"] = (1 - total).clip(lower=0).round(9)
    kept["weight"] = kept.groupby("old")["part"].transform(lambda part: _exact_weights(part.to_numpy()))
    return kept[["old", "new", "weight", "basis", "left_out"]]


def _exact_weights(parts: Floats) -> Floats:
    """Scale parts to weights that add up to exactly 1, by largest remainder on a binary grid."""
    wanted = parts / parts.sum() * _WEIGHT_UNITS
    units = np.floor(wanted).astype(np.int64)
    short = int(_WEIGHT_UNITS - units.sum())
    order = np.argsort(-(wanted - units), kind="stable")
    units[order[:short]] += 1
    return cast(Floats, units / _WEIGHT_UNITS)


def _shared_areas(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure what each old district shares with each new one and, with ``new`` empty, with none."""
    before, after = _polygons_only(_shapes_of(old)), _polygons_only(_shapes_of(new))
    old_codes, new_codes = (layer["district"].astype(str).to_numpy(dtype=object) for layer in (old, new))
    i, j = shapely.STRtree(after).query(before, predicate="intersects")
    shared = geodesic_area(shapely.intersection(before[i], after[j]))
    rest = np.maximum(geodesic_area(before) - np.bincount(i, weights=shared, minlength=len(before)), 0)
    outside = pd.DataFrame({"old": old_codes, "new": "", "amount": rest})
    inside = pd.DataFrame({"old": old_codes[i], "new": new_codes[j], "amount": shared})
    return pd.concat([inside, outside]).groupby(["old", "new"], as_index=False).agg(amount=("amount", "sum"))


def _shared_points(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, points: gpd.GeoDataFrame, persons: str | None
) -> pd.DataFrame:
    """Count the points of each old district in each new one and, with ``new`` empty, in none."""
    if points.crs is None:
        raise InputError(
            Problem("points", "the layer does not say its CRS", way_out="set it, such as set_crs(4326)")
        )
    places = _in_degrees(_own_shapes(points), points.crs)
    amount = np.ones(len(points)) if persons is None else points[persons].to_numpy(dtype=np.float64)
    frame = pd.DataFrame(
        {"old": _district_of(places, old), "new": _district_of(places, new), "amount": amount}
    )
    return frame[frame["old"] != ""].groupby(["old", "new"], as_index=False).agg(amount=("amount", "sum"))


def _district_of(places: Shapes, districts: gpd.GeoDataFrame) -> Shapes:
    """Return the code of the district each point is in, the lowest on a border, empty outside."""
    shapes = _shapes_of(districts)
    codes = districts["district"].astype(str).to_numpy(dtype=object)
    place, row = shapely.STRtree(shapes).query(places, predicate="intersects")
    found = pd.Series(codes[row]).groupby(place).min()
    return cast(Shapes, found.reindex(range(len(places)), fill_value="").to_numpy(dtype=object))
