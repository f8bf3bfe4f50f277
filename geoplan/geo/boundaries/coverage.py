"""Checks whether a boundary layer is one exact coverage, and lists what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.accepted_gaps import Place, accept_gaps
from geoplan.geo.boundaries.arrangement import (
    NO_DISTRICT,
    Arrangement,
    SharedEdges,
    arrange,
    border_lengths,
    shared_edges,
)
from geoplan.geo.boundaries.coverage_findings import FINDING_COLUMNS, make_findings
from geoplan.geo.boundaries.enclaves import Enclaves, find_enclaves
from geoplan.geo.boundaries.finding_tables import count_findings, count_noun, join_codes, stack_frames
from geoplan.geo.boundaries.layer import (
    check_layer,
    district_codes,
    raw_shapes,
    source_rows,
    to_degrees,
)
from geoplan.geo.boundaries.rounding import has_twin, is_rounding
from geoplan.geo.boundaries.slivers import detached_slivers, open_slivers
from geoplan.geo.boundaries.validity import make_valid
from geoplan.geo.geodesy import area_and_perimeter
from geoplan.geo.polygons import Flags, Integers, Shapes, has_no_ground, polygons_of
from geoplan.model.notebook_cells import as_html

SLIVER_WIDTH = 50.0
"""Mean width in metres below which a detached part, or an open strip between two districts, is a sliver."""

ACCEPTED_GAP = "accepted gap"
"""Kind of the gaps that are right."""

ROUNDING = "rounding"
"""Kind of the overlaps and gaps that come from the rounding of coordinates."""

HARMLESS_KINDS = (ACCEPTED_GAP, ROUNDING)
"""Kinds of findings that nobody needs to mend."""

INEXACT_KINDS = ("overlap", "gap", "unmatched edge", "invalid geometry")
"""Kinds of findings that keep a layer from being one exact coverage."""

FINDING_KINDS = (
    *INEXACT_KINDS,
    *HARMLESS_KINDS,
    "sliver",
    "empty geometry",
    "duplicate code",
    "duplicate name",
)


@dataclass(frozen=True)
class CoverageReport:
    """What is wrong with a boundary layer, and what looks wrong.

    ============================ ====================================================================
    kind                         a finding is
    ============================ ====================================================================
    ``overlap``                  two districts that cover the same ground, all pieces together
    ``gap``                      ground inside the layer that no district covers
    ``accepted gap``             a gap that is water, or that was named to be accepted
    ``rounding``                 overlaps and gaps between the same districts that are narrower than 1 mm
                                 everywhere: the same border, with coordinates rounded in two ways
    ``sliver``                   a detached part of a district, or a strip between two districts that
                                 is open to the outside, narrower than ``sliver_width``
    ``unmatched edge``           a common border on which one district lacks vertices of the other
    ``invalid geometry``         for example a boundary that crosses itself
    ``empty geometry``           a district without an area
    ``duplicate code``           one code in several rows
    ``duplicate name``           one name in several rows; within one province, where the layer has a
                                 column ``province``, because names repeat across provinces
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
        """Whether neighbours share every edge to the last digit, without overlaps or gaps."""
        return not self.findings["kind"].isin(INEXACT_KINDS).any()

    def of_kind(self, kind: str) -> pd.DataFrame:
        """Return the findings of one kind."""
        return self.findings[self.findings["kind"] == kind].reset_index(drop=True)

    def __str__(self) -> str:
        counts = self.findings["kind"].value_counts()
        return (
            ", ".join(count_findings(counts[kind], kind) for kind in FINDING_KINDS if kind in counts)
            or "one exact coverage"
        )

    def _repr_html_(self) -> str:
        return as_html([str(self)], self.findings)


def check_coverage(
    districts: gpd.GeoDataFrame,
    *,
    sliver_width: float = SLIVER_WIDTH,
    water: gpd.GeoDataFrame | None = None,
    accepted_gaps: Sequence[Place] = (),
) -> CoverageReport:
    """Find what is wrong with a boundary layer, with sizes and places.

    The check uses the layer's own coordinates. Reprojection would round them, so that a vertex on an edge
    would no longer lie exactly on it.

    Parameters
    ----------
    districts : GeoDataFrame
        With a column ``district``, optional ``name`` and ``province``; polygons in any CRS.
    sliver_width : float
        Metres.
    water : GeoDataFrame, optional
        Lakes and rivers as polygons: a gap that they cover to nine tenths is accepted.
    accepted_gaps : sequence of (float, float)
        Longitude and latitude of a place in each further gap to accept.

    Returns
    -------
    CoverageReport
        Its documentation lists the kinds of findings.
    """
    check_layer(districts)
    codes = district_codes(districts)
    shapes = raw_shapes(districts)
    valid = make_valid(shapes).shapes
    arrangement = arrange(valid)
    edges = shared_edges(arrangement.faces)
    faces, areas = (to_degrees(each, districts.crs) for each in (arrangement.faces, valid))
    beside = _codes_beside(arrangement, edges, codes)
    rounded = _find_rounding(arrangement, faces)
    findings = [
        _overlaps(arrangement, faces, codes, find_enclaves(valid), rounded),
        _gaps(arrangement, faces, beside, rounded, water, accepted_gaps),
        _rounding(faces, beside, rounded),
        detached_slivers(areas, codes, sliver_width),
        open_slivers(arrangement, faces, codes, sliver_width),
        _unmatched_edges(arrangement, edges, valid, codes, districts.crs),
        _invalid(shapes, areas, codes),
        _empty(shapes, codes, source_rows(districts)),
        _duplicates(districts, codes, "district", areas),
        _duplicates(districts, codes, "name", areas),
    ]
    return CoverageReport(stack_frames(findings, FINDING_COLUMNS))


def _codes_beside(arrangement: Arrangement, edges: SharedEdges, codes: Shapes) -> Shapes:
    """Return for each overlap and gap the codes of the districts on its border, ``|`` between them; "" elsewhere."""
    borders = border_lengths(edges)
    borders = borders[arrangement.cover_count[borders["face"].to_numpy()] != 1][["face", "neighbour"]]
    claims = pd.DataFrame({"neighbour": arrangement.face, "code": codes[arrangement.district]})
    beside = (
        borders.merge(claims, on="neighbour")
        .groupby("face")["code"]
        .agg(lambda found: join_codes(set(found)))
    )
    named: Shapes = beside.reindex(range(len(arrangement.faces)), fill_value="").to_numpy(dtype=object)
    return named


def _find_rounding(arrangement: Arrangement, faces: Shapes) -> Flags:
    """Return which faces are overlaps or gaps that come from the rounding of coordinates."""
    rounded: Flags = arrangement.cover_count != 1
    rounded[rounded] = is_rounding(faces[rounded])
    return rounded


def _overlaps(
    arrangement: Arrangement, faces: Shapes, codes: Shapes, enclaves: Enclaves, rounded: Flags
) -> pd.DataFrame:
    several = ((arrangement.cover_count > 1) & ~rounded)[arrangement.face]
    claims = pd.DataFrame({"face": arrangement.face[several], "row": arrangement.district[several]})
    pairs = claims.merge(claims, on="face", suffixes=("", "_other"))
    pairs = pairs[pairs["row"] < pairs["row_other"]]
    face, of_face = np.unique(pairs["face"].to_numpy(dtype=np.int64), return_inverse=True)
    area, perimeter = area_and_perimeter(faces[face])
    pairs = pairs.assign(area=area[of_face], perimeter=perimeter[of_face])
    pairs = pairs.sort_values(["row", "row_other", "area", "face"], ascending=[True, True, False, True])
    sums = pairs.groupby(["row", "row_other"], as_index=False).agg(
        area=("area", "sum"), perimeter=("perimeter", "sum"), face=("face", "first"), pieces=("face", "size")
    )
    named = [
        join_codes([codes[row], codes[other]])
        for row, other in zip(sums["row"], sums["row_other"], strict=True)
    ]
    around = dict(zip(enclaves.inner.tolist(), enclaves.outer.tolist(), strict=True))
    notes = []
    for row, other, pieces in zip(sums["row"], sums["row_other"], sums["pieces"], strict=True):
        note = count_noun(pieces, "piece", "pieces")
        for inner, outer in ((row, other), (other, row)):
            if around.get(inner) == outer:
                note = f"{codes[inner]} lies inside {codes[outer]}"
        notes.append(note)
    measured = (sums["area"].to_numpy(), sums["perimeter"].to_numpy())
    return make_findings("overlap", named, faces[sums["face"].to_numpy()], notes, measured=measured)


def _gaps(
    arrangement: Arrangement,
    faces: Shapes,
    beside: Shapes,
    rounded: Flags,
    water: gpd.GeoDataFrame | None,
    accepted_gaps: Sequence[Place],
) -> pd.DataFrame:
    gaps = np.flatnonzero((arrangement.cover_count == 0) & ~rounded)
    reasons = accept_gaps(faces[gaps], water, accepted_gaps)
    wrong, right = gaps[reasons == ""], gaps[reasons != ""]
    found = make_findings("gap", beside[wrong], faces[wrong])
    accepted = make_findings(ACCEPTED_GAP, beside[right], faces[right], reasons[reasons != ""])
    return stack_frames([found, accepted], FINDING_COLUMNS)


def _rounding(faces: Shapes, beside: Shapes, rounded: Flags) -> pd.DataFrame:
    """Make one finding of all strips between the same districts, at the largest."""
    rows = np.flatnonzero(rounded)
    area, perimeter = area_and_perimeter(faces[rows])
    strips = pd.DataFrame(
        {
            "districts": beside[rows],
            "face": rows,
            "area": area,
            "perimeter": perimeter,
        }
    ).sort_values(["districts", "area", "face"], ascending=[True, False, True])
    sums = strips.groupby("districts", as_index=False).agg(
        area=("area", "sum"),
        perimeter=("perimeter", "sum"),
        face=("face", "first"),
        pieces=("face", "size"),
    )
    notes = [count_noun(pieces, "strip", "strips") for pieces in sums["pieces"]]
    measured = (sums["area"].to_numpy(), sums["perimeter"].to_numpy())
    return make_findings(
        ROUNDING, sums["districts"].to_numpy(), faces[sums["face"].to_numpy()], notes, measured=measured
    )


def _unmatched_edges(
    arrangement: Arrangement, edges: SharedEdges, shapes: Shapes, codes: Shapes, crs: Any
) -> pd.DataFrame:
    """Find common borders on which one district has no vertex where the other has one."""
    row_of = arrangement.sole_districts()
    one, other = row_of[edges.face], row_of[edges.neighbour]
    between = (one != other) & (one != NO_DISTRICT) & (other != NO_DISTRICT)
    ends = np.vstack([edges.starts[between], edges.ends[between]])
    pairs = np.sort(np.column_stack([one[between], other[between]]), axis=1)
    points = pd.DataFrame(
        {"x": ends[:, 0], "y": ends[:, 1], "a": np.tile(pairs[:, 0], 2), "b": np.tile(pairs[:, 1], 2)}
    )
    # The corners of overlaps and gaps are reported already.
    reported = shapely.get_coordinates(arrangement.faces[arrangement.cover_count != 1])
    corner = pd.MultiIndex.from_frame(points[["x", "y"]]).isin(
        pd.MultiIndex.from_arrays([reported[:, 0], reported[:, 1]])
    )
    points = points[~corner].drop_duplicates()
    lacking, rounded = _lacking_vertices(points, shapes, crs)
    kinds = (("unmatched edge", lacking & ~rounded), (ROUNDING, lacking & rounded))
    return stack_frames([_edge_findings(kind, points[of], codes, crs) for kind, of in kinds], FINDING_COLUMNS)


def _lacking_vertices(points: pd.DataFrame, shapes: Shapes, crs: Any) -> tuple[Flags, Flags]:
    """Return at which points district ``a`` or ``b`` has no vertex, and at which of them only by rounding.

    By rounding, a district has its vertex within a millimetre, or two edges cross that are otherwise the same.
    """
    vertices = shapely.get_coordinates(shapes, return_index=True)
    known = pd.MultiIndex.from_arrays([vertices[1], vertices[0][:, 0], vertices[0][:, 1]])
    sides = [points[[side, "x", "y"]].set_axis(["row", "x", "y"], axis="columns") for side in ("a", "b")]
    lacks = [~pd.MultiIndex.from_frame(side).isin(known) for side in sides]
    rounded: Flags = lacks[0] & lacks[1]
    for side, lacking in zip(sides, lacks, strict=True):
        rounded[lacking] |= has_twin(side[lacking], vertices, crs)
    return lacks[0] | lacks[1], rounded


def _edge_findings(kind: str, points: pd.DataFrame, codes: Shapes, crs: Any) -> pd.DataFrame:
    found = points.groupby(["a", "b"], as_index=False).agg(
        x=("x", "first"), y=("y", "first"), n=("x", "size")
    )
    named = [join_codes([codes[a], codes[b]]) for a, b in zip(found["a"], found["b"], strict=True)]
    notes = [count_noun(number, "vertex", "vertices") for number in found["n"]]
    where = to_degrees(np.asarray(shapely.points(found[["x", "y"]].to_numpy()), dtype=object), crs)
    nothing = np.zeros(len(found))
    return make_findings(kind, named, where, notes, measured=(nothing, nothing))


def _invalid(shapes: Shapes, valid: Shapes, codes: Shapes) -> pd.DataFrame:
    wrong = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    return make_findings(
        "invalid geometry", codes[wrong], valid[wrong], shapely.is_valid_reason(shapes[wrong])
    )


def _empty(shapes: Shapes, codes: Shapes, rows: Integers) -> pd.DataFrame:
    empty = shapely.is_empty(polygons_of(shapes)) | has_no_ground(shapes)
    notes = [
        f"row {row}, {'no geometry' if shape is None else shape.geom_type}"
        for row, shape in zip(rows[empty], shapes[empty], strict=True)
    ]
    return make_findings(
        "empty geometry", codes[empty], np.array([shapely.Polygon()] * int(empty.sum()), dtype=object), notes
    )


def _duplicates(districts: gpd.GeoDataFrame, codes: Shapes, column: str, areas: Shapes) -> pd.DataFrame:
    """Find codes, or names within a province, that occur in several rows."""
    if column not in districts:
        return stack_frames([], FINDING_COLUMNS)
    frame = pd.DataFrame({"code": codes, "value": districts[column].to_numpy(), "row": np.arange(len(codes))})
    frame["province"] = (
        districts["province"].to_numpy() if column == "name" and "province" in districts else ""
    )
    frame = frame[frame["value"].notna()]
    groups = [rows for _, rows in frame.groupby(["province", "value"], dropna=False) if len(rows) > 1]
    named = [join_codes(set(rows["code"])) for rows in groups]
    notes = [f"{rows['value'].iloc[0]}, {len(rows)} times" for rows in groups]
    first = np.array([rows["row"].to_numpy()[0] for rows in groups], dtype=np.int64)
    nothing = np.zeros(len(groups))
    kind = "duplicate code" if column == "district" else "duplicate name"
    return make_findings(kind, named, areas[first], notes, measured=(nothing, nothing))
