"""A boundary layer made one coverage, and what was changed for it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.arrangement import NOBODY, Arrangement, arrange, border_lengths
from geoplan.geo.boundaries.change_records import join_codes, stack
from geoplan.geo.boundaries.layer import codes_of, shapes_of, with_shapes
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.polygons import Flags, Floats, Integers, Shapes, inner_points, polygons_only
from geoplan.model.errors import GeoplanError

LARGEST_GAP = 1_000_000.0
"""Area in m² up to which `repair` fills a gap; a larger one may be a lake or a district left out."""

CHANGE_COLUMNS = ("change", "district", "from", "area_m2", "lon", "lat")

_SNAP_GRIDS = (0.0, 1e-9, 1e-7)


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
    before = shapes_of(districts)
    codes = codes_of(districts)
    valid = polygons_only(before)
    changes = [_made_valid(before, valid, codes)]
    for grid in _SNAP_GRIDS:
        arrangement = arrange(valid, grid)
        owner = _find_owners(arrangement, codes, largest_gap)
        after = _join_faces(arrangement.faces, owner, len(codes))
        if shapely.coverage_is_valid(after):
            changes += [_decisions(arrangement, owner, codes), _emptied(valid, after, codes)]
            return with_shapes(districts, after), stack(changes, CHANGE_COLUMNS)
    raise GeoplanError("the boundaries could not be made one coverage; look at them with check_coverage")


def _find_owners(arrangement: Arrangement, codes: Shapes, largest_gap: float) -> Integers:
    """Give each face one district, or `NOBODY`."""
    rank = np.empty(len(codes), dtype=np.int64)
    rank[np.argsort(codes, kind="stable")] = np.arange(len(codes))
    borders = border_lengths(arrangement.faces)
    claimed = set(zip(arrangement.face.tolist(), arrangement.district.tolist(), strict=True))
    overlap = arrangement.claims > 1
    owner = _spread(arrangement.sole_claimants(), overlap, borders, rank, claimed)
    for face in np.flatnonzero(overlap & (owner == NOBODY)):
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
        open_faces = owner[borders["face"].to_numpy()] == NOBODY
        known = borders.assign(owner=owner[borders["neighbour"].to_numpy()])[open_faces]
        known = known[known["owner"] != NOBODY]
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
    owned = [faces[owner == district] for district in range(count)]
    # The union of no face is an empty collection, which the functions for coverages do not take.
    joined = [shapely.coverage_union_all(own) if len(own) else shapely.Polygon() for own in owned]
    return np.array(joined, dtype=object)


def _made_valid(before: Shapes, after: Shapes, codes: Shapes) -> pd.DataFrame:
    changed = ~shapely.is_valid(before) & ~shapely.is_missing(before)
    area = np.abs(geodesic_area(after[changed]) - geodesic_area(before[changed]))
    return _rows("made valid", codes[changed], codes[changed], area, after[changed])


def _emptied(before: Shapes, after: Shapes, codes: Shapes) -> pd.DataFrame:
    gone = shapely.is_empty(after) & ~shapely.is_empty(before)
    return _rows("no area left", codes[gone], codes[gone], geodesic_area(before[gone]), before[gone])


def _decisions(arrangement: Arrangement, owner: Integers, codes: Shapes) -> pd.DataFrame:
    """Say of every overlap and gap who has it now."""
    decided = np.flatnonzero(arrangement.claims != 1)
    gap, left = arrangement.claims[decided] == 0, owner[decided] == NOBODY
    now = np.where(left, "", codes[owner[decided]])
    before = _claimants(arrangement, codes).reindex(decided, fill_value="").to_numpy(dtype=object)
    shapes = arrangement.faces[decided]
    frame = _rows("overlap given", now, before, geodesic_area(shapes), shapes)
    frame["change"] = np.select([gap & left, gap], ["gap left", "gap filled"], "overlap given")
    return frame.sort_values(["change", "area_m2"], ascending=[False, False], kind="stable")


def _claimants(arrangement: Arrangement, codes: Shapes) -> pd.Series[str]:
    """Return the codes of the districts that claim each face that more than one claims, by face."""
    several = arrangement.claims[arrangement.face] > 1
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
