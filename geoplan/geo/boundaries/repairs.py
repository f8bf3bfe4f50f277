"""Repairs: a boundary layer made one exact coverage, with a list of what was changed.

How this works. Invalid shapes are made valid (`validity`). Then all boundaries are cut where they meet
(`arrangement`), and every face between them gets one owner. A face that one district covers is that district's.
Faces that several or no districts cover are given away from the edges inwards: in each round, every open face
with an owned neighbour goes to the owner of most of its border. Joining the faces of each district gives the
new shapes. Neighbours share edges exactly, because they are made of the same faces.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.accepted_gaps import Place, accept_gaps
from geoplan.geo.boundaries.arrangement import (
    NO_DISTRICT,
    Arrangement,
    arrange,
    border_lengths,
    shared_edges,
)
from geoplan.geo.boundaries.enclaves import Enclaves, Exclaves, find_enclaves, keep_exclaves
from geoplan.geo.boundaries.finding_tables import join_codes, stack_frames
from geoplan.geo.boundaries.layer import district_codes, district_shapes, with_shapes
from geoplan.geo.boundaries.validity import ValidShapes, make_valid
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.polygons import Flags, Floats, Integers, Shapes, inner_points, polygons_of
from geoplan.model.errors import GeoplanError, InputError, Problem

LARGEST_GAP = 1_000_000.0
"""Area in m² up to which `repair` fills a gap. A larger gap may be a lake, or a district that is missing."""

CHANGE_COLUMNS = ("change", "district", "from", "area_m2", "lon", "lat")

_SNAP_GRIDS = (0.0, 1e-9, 1e-7)  # degrees: coarser only where the finer one gives no exact coverage


def repair(
    districts: gpd.GeoDataFrame,
    *,
    largest_gap: float = LARGEST_GAP,
    water: gpd.GeoDataFrame | None = None,
    accepted_gaps: Sequence[Place] = (),
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Make a boundary layer one coverage: no overlap, no small gap, shared edges equal to the last digit.

    1. Invalid shapes are made valid. Where a shape can be read in two ways, it gets the reading that does not
       claim ground of its neighbours.
    2. An overlap that is nearly all of one district, or of a detached part of it, stays with that district (an
       enclave). Any other overlap
       goes to the district with the longest border to it, among those that cover it.
    3. An interior gap of at most ``largest_gap`` goes to the neighbour with the longest border to it. A larger
       gap, or one that is open to the outside, stays.
    4. Ties, and two identical shapes, go to the lowest code.

    Parameters
    ----------
    districts : GeoDataFrame
        With a column ``district``; polygons in any CRS.
    largest_gap : float
        m².
    water, accepted_gaps
        As for `check_coverage`: gaps that stay.

    Returns
    -------
    districts : GeoDataFrame
        The same rows and columns with repaired geometries, EPSG:4326, no Z. A district that loses all of its
        area keeps its row, with an empty geometry.
    changes : DataFrame
        Columns ``change`` (``made valid``, ``overlap given``, ``gap filled``, ``gap left``,
        ``no area left``), ``district`` (the owner after the change), ``from`` (the districts that covered it,
        ``|`` between codes), ``area_m2`` (geodesic; of a shape made valid, the ground on which its two
        readings differ), ``lon``, ``lat``.

    Raises
    ------
    InputError
        ``largest_gap`` is negative or not a number.
    GeoplanError
        The result is not an exact coverage.
    """
    if not largest_gap >= 0:
        raise InputError(Problem("repair", "largest_gap must be 0 m² or more", values=(largest_gap,)))
    before = district_shapes(districts)
    codes = district_codes(districts)
    readings = make_valid(before)
    exclaves = keep_exclaves(polygons_of(before), readings.shapes)
    valid = exclaves.shapes
    enclaves = find_enclaves(valid)
    changes = [_made_valid(readings, codes), _exclaves_given(exclaves, codes)]
    for grid in _SNAP_GRIDS:
        arrangement = arrange(valid, grid)
        gaps = np.flatnonzero(arrangement.cover_count == 0)
        stays = np.zeros(len(arrangement.faces), np.bool_)
        stays[gaps] = accept_gaps(arrangement.faces[gaps], water, accepted_gaps) != ""
        owner = _find_owners(arrangement, codes, largest_gap, enclaves, stays)
        after = _join_faces(arrangement.faces, owner, len(codes))
        if shapely.coverage_is_valid(after):
            changes += [_decisions(arrangement, owner, codes), _emptied(valid, after, codes)]
            return with_shapes(districts, after), stack_frames(changes, CHANGE_COLUMNS)
    raise GeoplanError("the boundaries cannot be made one coverage; see what check_coverage finds")


def _find_owners(
    arrangement: Arrangement, codes: Shapes, largest_gap: float, enclaves: Enclaves, stays: Flags
) -> Integers:
    """Return one district for each face, or `NO_DISTRICT`."""
    rank = np.empty(len(codes), dtype=np.int64)
    rank[np.argsort(codes, kind="stable")] = np.arange(len(codes))
    borders = border_lengths(shared_edges(arrangement.faces))
    claimed = set(zip(arrangement.face.tolist(), arrangement.district.tolist(), strict=True))
    overlap = arrangement.cover_count > 1
    owner = _give_to_enclaves(arrangement, enclaves)
    owner = _spread(owner, overlap & (owner == NO_DISTRICT), borders, rank, claimed)
    for face in np.flatnonzero(overlap & (owner == NO_DISTRICT)):
        covering = arrangement.district[arrangement.face == face]
        owner[face] = covering[np.argmin(rank[covering])]
    gap = (arrangement.cover_count == 0) & ~stays
    gap[gap] = geodesic_area(arrangement.faces[gap]) <= largest_gap
    return _spread(owner, gap, borders, rank, None)


def _give_to_enclaves(arrangement: Arrangement, enclaves: Enclaves) -> Integers:
    """Return the owner of each face that one district covers, or an enclave and only districts around it."""
    owner = arrangement.sole_districts()
    around = set(zip(enclaves.inner.tolist(), enclaves.outer.tolist(), strict=True))
    covering: dict[int, list[int]] = {}
    several = arrangement.cover_count[arrangement.face] > 1
    for face, district in zip(
        arrangement.face[several].tolist(), arrangement.district[several].tolist(), strict=True
    ):
        covering.setdefault(face, []).append(district)
    for face, districts in covering.items():
        for inner in districts:
            if all((inner, other) in around for other in districts if other != inner):
                owner[face] = inner
    return owner


def _spread(
    owner: Integers,
    wanted: Flags,
    borders: pd.DataFrame,
    rank: Integers,
    claimed: set[tuple[int, int]] | None,
) -> Integers:
    """Give the wanted faces to the owner of most of their border, from the edges inwards.

    With ``claimed``, pairs of face and district, a face only goes to a district that covers it.
    """
    owner = owner.copy()
    borders = borders[wanted[borders["face"].to_numpy()]]
    while True:
        open_faces = owner[borders["face"].to_numpy()] == NO_DISTRICT
        known = borders.assign(owner=owner[borders["neighbour"].to_numpy()])[open_faces]
        known = known[known["owner"] != NO_DISTRICT]
        if claimed is not None:
            pairs = zip(known["face"].tolist(), known["owner"].tolist(), strict=True)
            known = known[[pair in claimed for pair in pairs]]
        if known.empty:
            return owner
        sums = known.groupby(["face", "owner"], as_index=False).agg(length=("length", "sum"))
        # To 0.1 mm: the rounding of a sum must not decide between equal borders.
        sums["length"] = sums["length"].round(4)
        sums["rank"] = rank[sums["owner"].to_numpy()]
        best = sums.sort_values(["face", "length", "rank"], ascending=[True, False, True]).drop_duplicates(
            "face"
        )
        owner[best["face"].to_numpy()] = best["owner"].to_numpy()


def _join_faces(faces: Shapes, owner: Integers, count: int) -> Shapes:
    owned = [faces[owner == district] for district in range(count)]
    # The union of no face is an empty collection, which the coverage functions refuse.
    joined = [shapely.coverage_union_all(own) if len(own) else shapely.Polygon() for own in owned]
    return np.array(joined, dtype=object)


def _made_valid(readings: ValidShapes, codes: Shapes) -> pd.DataFrame:
    changed = readings.repaired
    area = readings.disputed_m2[changed]
    return _rows("made valid", codes[changed], codes[changed], area, readings.shapes[changed])


def _exclaves_given(exclaves: Exclaves, codes: Shapes) -> pd.DataFrame:
    before = [join_codes(pair) for pair in zip(codes[exclaves.row], codes[exclaves.outer], strict=True)]
    parts = exclaves.parts
    return _rows("overlap given", codes[exclaves.row], np.array(before, object), geodesic_area(parts), parts)


def _emptied(before: Shapes, after: Shapes, codes: Shapes) -> pd.DataFrame:
    gone = shapely.is_empty(after) & ~shapely.is_empty(before)
    return _rows("no area left", codes[gone], codes[gone], geodesic_area(before[gone]), before[gone])


def _decisions(arrangement: Arrangement, owner: Integers, codes: Shapes) -> pd.DataFrame:
    """List every overlap and gap with the district that has it after the repair."""
    decided = np.flatnonzero(arrangement.cover_count != 1)
    gap, left = arrangement.cover_count[decided] == 0, owner[decided] == NO_DISTRICT
    now = np.where(left, "", codes[owner[decided]])
    before = _covering_codes(arrangement, codes).reindex(decided, fill_value="").to_numpy(dtype=object)
    shapes = arrangement.faces[decided]
    frame = _rows("overlap given", now, before, geodesic_area(shapes), shapes)
    frame["change"] = np.select([gap & left, gap], ["gap left", "gap filled"], "overlap given")
    return frame.sort_values(["change", "area_m2"], ascending=[False, False], kind="stable")


def _covering_codes(arrangement: Arrangement, codes: Shapes) -> pd.Series[str]:
    """Return the codes of the districts that cover each face, by face, where several do."""
    several = arrangement.cover_count[arrangement.face] > 1
    pairs = pd.DataFrame({"face": arrangement.face[several], "code": codes[arrangement.district[several]]})
    return pairs.groupby("face")["code"].agg(join_codes)


def _rows(change: str, district: Shapes, origin: Shapes, area: Floats, shapes: Shapes) -> pd.DataFrame:
    lon, lat = inner_points(shapes)
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
