"""Whether a boundary layer is one exact coverage, and what keeps it from being one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.arrangement import NOBODY, Arrangement, arrange, border_lengths, shared_edges
from geoplan.geo.boundaries.change_records import count, join_codes, stack
from geoplan.geo.boundaries.coverage_findings import FINDING_COLUMNS, make_findings
from geoplan.geo.boundaries.layer import check_layer, codes_of, in_degrees, own_shapes
from geoplan.geo.boundaries.slivers import detached_slivers, open_slivers
from geoplan.geo.geodesy import area_and_perimeter
from geoplan.geo.polygons import Shapes, polygons_only

SLIVER_WIDTH = 50.0
"""Mean width in metres below which a detached part or an open strip between two districts is a sliver."""

INEXACT_KINDS = ("overlap", "gap", "unmatched edge", "invalid geometry")
"""Findings without which a layer is one exact coverage."""

FINDING_KINDS = (*INEXACT_KINDS, "sliver", "empty geometry", "duplicate code", "duplicate name")


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
    check_layer(districts)
    codes = codes_of(districts)
    shapes = own_shapes(districts)
    valid = polygons_only(shapes)
    arrangement = arrange(valid)
    faces, areas = (in_degrees(each, districts.crs) for each in (arrangement.faces, valid))
    findings = [
        _overlaps(arrangement, faces, codes),
        _gaps(arrangement, faces, codes),
        detached_slivers(areas, codes, sliver_width),
        open_slivers(arrangement, faces, codes, sliver_width),
        _unmatched_edges(arrangement, valid, codes, districts.crs),
        _invalid(shapes, areas, codes),
        _empty(shapes, codes),
        _duplicates(districts, codes, "district"),
        _duplicates(districts, codes, "name"),
    ]
    return CoverageReport(stack(findings, FINDING_COLUMNS))


def _overlaps(arrangement: Arrangement, faces: Shapes, codes: Shapes) -> pd.DataFrame:
    several = arrangement.claims[arrangement.face] > 1
    claims = pd.DataFrame({"face": arrangement.face[several], "row": arrangement.district[several]})
    pairs = claims.merge(claims, on="face", suffixes=("", "_other"))
    pairs = pairs[pairs["row"] < pairs["row_other"]]
    area, perimeter = area_and_perimeter(faces)
    pairs = pairs.assign(area=area[pairs["face"]], perimeter=perimeter[pairs["face"]])
    pairs = pairs.sort_values(["row", "row_other", "area", "face"], ascending=[True, True, False, True])
    sums = pairs.groupby(["row", "row_other"], as_index=False).agg(
        area=("area", "sum"), perimeter=("perimeter", "sum"), face=("face", "first"), pieces=("face", "size")
    )
    named = [
        join_codes([codes[row], codes[other]])
        for row, other in zip(sums["row"], sums["row_other"], strict=True)
    ]
    notes = [count(number, "piece", "pieces") for number in sums["pieces"]]
    measured = (sums["area"].to_numpy(), sums["perimeter"].to_numpy())
    return make_findings("overlap", named, faces[sums["face"].to_numpy()], notes, measured=measured)


def _gaps(arrangement: Arrangement, faces: Shapes, codes: Shapes) -> pd.DataFrame:
    gaps = np.flatnonzero(arrangement.claims == 0)
    borders = border_lengths(faces)
    borders = borders[arrangement.claims[borders["face"].to_numpy()] == 0][["face", "neighbour"]]
    claims = pd.DataFrame({"neighbour": arrangement.face, "code": codes[arrangement.district]})
    beside = (
        borders.merge(claims, on="neighbour")
        .groupby("face")["code"]
        .agg(lambda found: join_codes(set(found)))
    )
    return make_findings("gap", beside.reindex(gaps, fill_value="").to_numpy(), faces[gaps])


def _unmatched_edges(arrangement: Arrangement, shapes: Shapes, codes: Shapes, crs: Any) -> pd.DataFrame:
    """Find common lines of two districts on which one has no vertex where the other has."""
    edges = shared_edges(arrangement.faces)
    row_of = arrangement.sole_claimants()
    one, other = row_of[edges.face], row_of[edges.neighbour]
    between = (one != other) & (one != NOBODY) & (other != NOBODY)
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
    named = [join_codes([codes[a], codes[b]]) for a, b in zip(found["a"], found["b"], strict=True)]
    notes = [count(number, "vertex", "vertices") for number in found["n"]]
    where = in_degrees(np.asarray(shapely.points(found[["x", "y"]].to_numpy()), dtype=object), crs)
    nothing = np.zeros(len(found))
    return make_findings("unmatched edge", named, where, notes, measured=(nothing, nothing))


def _invalid(shapes: Shapes, valid: Shapes, codes: Shapes) -> pd.DataFrame:
    wrong = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    return make_findings(
        "invalid geometry", codes[wrong], valid[wrong], shapely.is_valid_reason(shapes[wrong])
    )


def _empty(shapes: Shapes, codes: Shapes) -> pd.DataFrame:
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) < 2)
    notes = ["no geometry" if shape is None else shape.geom_type for shape in shapes[empty]]
    return make_findings(
        "empty geometry", codes[empty], np.array([shapely.Polygon()] * int(empty.sum()), dtype=object), notes
    )


def _duplicates(districts: gpd.GeoDataFrame, codes: Shapes, column: str) -> pd.DataFrame:
    """Find codes, or names within a province, that stand in several rows."""
    if column not in districts:
        return stack([], FINDING_COLUMNS)
    frame = pd.DataFrame({"code": codes, "value": districts[column].to_numpy(), "row": np.arange(len(codes))})
    frame["province"] = (
        districts["province"].to_numpy() if column == "name" and "province" in districts else ""
    )
    frame = frame[frame["value"].notna()]
    groups = [rows for _, rows in frame.groupby(["province", "value"], dropna=False) if len(rows) > 1]
    named = [join_codes(set(rows["code"])) for rows in groups]
    notes = [f"{rows['value'].iloc[0]}, {len(rows)} times" for rows in groups]
    first = np.array([rows["row"].to_numpy()[0] for rows in groups], dtype=np.int64)
    shapes = polygons_only(in_degrees(own_shapes(districts), districts.crs)[first])
    nothing = np.zeros(len(groups))
    kind = "duplicate code" if column == "district" else "duplicate name"
    return make_findings(kind, named, shapes, notes, measured=(nothing, nothing))
