"""Coordinate reference systems: the one a plan names, and those that unnamed coordinates may be in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from geoplan.model.errors import InputError, Problem, show_number
from geoplan.model.schema import CRS

Bounds: TypeAlias = tuple[float, float, float, float]

_MOST_CANDIDATES = 4
_NEAR = 0.5  # degrees that sites may lie beyond the districts of a plan and still be meant to be there
_LEAST_METRES = 1_000.0  # smaller coordinates that are no degrees are typing errors
_MERCATOR_LIMIT = 20_037_509
_NAMED_FILES = re.compile(
    r'(?:PARAMETERFILE\["[^"]*"|EXTENSION\["PROJ4_GRIDS"),\s*"([^"]*)"|grids=([^\s"]+)|init=([^\s"]+):',
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"[/\\:~]|^\.")
_ANOTHER = 'save the layer in another CRS, for example in QGIS, or name the right one: crs = "EPSG:4326"'


def known_crs(crs: Any, name: str) -> Any:
    """Return the CRS that a plan names, or a file describes, or raise with the way to write it.

    A CRS can name grid files with shifts between datums, which PROJ would open. Names without a folder are those of
    PROJ's own data; any other file is refused.
    """
    import pyproj
    from pyproj.exceptions import CRSError

    try:
        if isinstance(crs, str):
            refuse_named_files(crs, name)
        known = crs if isinstance(crs, pyproj.CRS) else pyproj.CRS.from_user_input(crs)
        refuse_named_files(known.to_wkt(), name)
        return known
    except CRSError:
        raise InputError(
            Problem(
                name,
                "unknown CRS",
                column="crs",
                values=(crs.get("name", "described in the file") if isinstance(crs, dict) else crs,),
                way_out='write it in geoplan.toml like crs = "EPSG:4326"',
            )
        ) from None


def refuse_named_files(crs: str, name: str) -> None:
    """Raise where the text of a CRS names a file in a folder or at an address.

    Parameters
    ----------
    crs : str
        WKT, or options of PROJ.
    name : str
        File, for the message.
    """
    listed = ["".join(found) for found in _NAMED_FILES.findall(crs)]
    files = [file.lstrip("@") for names in listed for file in names.split(",")]
    elsewhere = tuple(dict.fromkeys(file for file in files if _ELSEWHERE.search(file)))
    if elsewhere:
        raise InputError(
            Problem(
                name,
                "the CRS names other files, which are not opened",
                column="crs",
                values=elsewhere,
                way_out=_ANOTHER,
            )
        )


def in_wgs84(shapes: Any, name: str) -> Any:
    """Return a GeoSeries or GeoDataFrame in EPSG:4326, or raise where its CRS has no way there."""
    from pyproj.exceptions import ProjError

    try:
        return shapes.to_crs(CRS)
    except ProjError:
        raise InputError(
            Problem(
                name,
                "its CRS cannot be converted to degrees",
                column="crs",
                values=(shapes.crs.name,),
                way_out=_ANOTHER,
            )
        ) from None


def check_degrees(geometries: Any, rows: Any, name: str, area: Bounds | None = None) -> None:
    """Raise when coordinates are no numbers, or cannot be degrees in either order of the axes.

    Parameters
    ----------
    geometries : (count,) array of shapely geometries
    rows : (count,) sequence of int
        Row or feature number of each.
    name : str
        File, for the message.
    area : tuple of float, optional
        Where the plan lies, see `suggest_crs`.

    Raises
    ------
    InputError
        Naming the rows, when it is not all of them, and the CRS the coordinates are likely in.
    """
    import numpy as np
    import shapely

    shapes = np.asarray(geometries, dtype=object).reshape(-1)
    bounds = shapely.bounds(shapes)
    _check_finite(shapes, bounds, rows, name)
    # Column by column: NumPy is slow along rows of four.
    wrong = np.logical_or.reduce((np.abs(bounds) > 360).T)
    if not wrong.any():
        return
    west, south = (float(edge) for edge in np.nanmin(bounds[wrong, :2], axis=0))
    east, north = (float(edge) for edge in np.nanmax(bounds[wrong, 2:], axis=0))
    some = not wrong[~np.isnan(bounds[:, 0])].all()
    where = f"from ({show_number(west)}, {show_number(south)}) to ({show_number(east)}, {show_number(north)})"
    if max(map(abs, (west, south, east, north))) < _LEAST_METRES:
        way_out = "correct them: longitudes go from -180 to 180 and latitudes from -90 to 90"
    else:
        way_out = f"name the CRS they are in: {suggest_crs((west, south, east, north), area)}"
    raise InputError(
        Problem(
            name,
            f"coordinates {where} cannot be degrees",
            rows=tuple(int(row) for row in np.asarray(rows)[wrong]) if some else (),
            way_out=way_out,
        )
    )


def _check_finite(shapes: Any, bounds: Any, rows: Any, name: str) -> None:
    """Raise when a coordinate is NaN or infinite: GEOS would drop it, or fail much later."""
    import numpy as np
    import shapely

    # Bounds leave NaN out. The length of lines and borders does not, and is cheaper than a look at all coordinates.
    west, south, east, north = bounds.T
    lines = np.flatnonzero((west < east) | (south < north))
    broken = ~np.logical_and.reduce(np.isfinite(bounds).T)
    with np.errstate(over="ignore", invalid="ignore"):
        broken[lines[~np.isfinite(shapely.length(shapes[lines]))]] = True
    suspects = np.flatnonzero(broken)
    suspects = suspects[~(shapely.is_missing(shapes[suspects]) | shapely.is_empty(shapes[suspects]))]
    # The length of a line of huge numbers is infinite as well.
    first = {int(row): _first_broken(shapes[row]) for row in suspects}
    wrong = [row for row, found in first.items() if found]
    if wrong:
        advice = "correct or delete these shapes, for example in QGIS; if all are right there, name their CRS"
        raise InputError(
            Problem(
                name,
                "coordinates are no numbers in degrees (NaN or infinite)",
                rows=tuple(int(row) for row in np.asarray(rows)[wrong]),
                values=tuple(first[row] for row in wrong),
                way_out=advice,
            )
        )


def _first_broken(shape: Any) -> str:
    """Return the first coordinates of a shape that are no numbers, as text; empty where there are none."""
    import numpy as np
    import shapely

    xy = shapely.get_coordinates(shape)
    broken = xy[~np.isfinite(xy).all(axis=1)]
    return str(tuple(broken[0].tolist())) if len(broken) else ""


def no_crs(bounds: Any, name: str, area: Bounds | None) -> Problem:
    """Make the problem of a layer that does not say its CRS."""
    west, south, east, north = (float(bound) for bound in bounds)
    return Problem(
        name,
        f"the file does not say its CRS; its coordinates go from ({show_number(west)}, {show_number(south)}) to ({show_number(east)}, {show_number(north)})",
        way_out=f"save the file with its CRS; for a file of the plan, geoplan.toml can name it: {suggest_crs((west, south, east, north), area)}",
    )


def suggest_crs(bounds: Bounds, area: Bounds | None = None) -> str:
    """Say which CRS coordinates are likely in, as lines for ``geoplan.toml``.

    Parameters
    ----------
    bounds : tuple of float
        Least x, least y, greatest x, greatest y of the coordinates.
    area : tuple of float, optional
        Where they should lie: west, south, east, north in degrees. Every projected CRS of the EPSG
        database that is made for this area is tried, and those that bring the coordinates there are named.

    >>> suggest_crs((103.5, 17.9, 105.1, 19.0))
    'crs = "EPSG:4326" (degrees)'
    """
    candidates = [] if area is None else list(_candidates(bounds, area))
    if area is not None and not candidates:
        candidates = list(_candidates(bounds, area, around=True))
    if candidates:
        listed = " or ".join(f'crs = "{code}" ({name})' for code, name in candidates)
        return f"the coordinates fall on the plan's districts with {listed}"
    west, south, east, north = bounds
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return 'crs = "EPSG:4326" (degrees)'
    # A country may reach beyond the six degrees of its zone.
    if west >= -300_000 and east <= 1_300_000 and south >= 0 and north <= 10_000_000:
        return (
            "they look like UTM metres: write the EPSG code of their zone, which is 32600 plus the number of a northern "
            'zone or 32700 plus that of a southern one, such as crs = "EPSG:32648" (UTM zone 48N)'
        )
    if max(abs(bound) for bound in bounds) <= _MERCATOR_LIMIT:
        return 'they look projected, perhaps crs = "EPSG:3857" (Web Mercator); ask who made the file'
    return "they look projected; ask who made the file"


def _candidates(bounds: Bounds, area: Bounds, *, around: bool = False) -> Iterator[tuple[str, str]]:
    """Yield code and name of the CRSs that put the coordinates on the area (or all around it), the common ones first."""
    found = 0
    for code, name in _of_area(area):
        there = _in_degrees(bounds, code)
        if found < _MOST_CANDIDATES and (_lies_on(area, there) if around else _lies_on(there, area)):
            found += 1
            yield code, name


def _of_area(area: Bounds) -> Iterator[tuple[str, str]]:
    from pyproj.aoi import AreaOfInterest
    from pyproj.database import query_crs_info, query_utm_crs_info
    from pyproj.enums import PJType

    place = AreaOfInterest(*area)
    yield CRS, "degrees"
    yield "EPSG:3857", "Web Mercator"
    first = query_utm_crs_info(datum_name="WGS 84", area_of_interest=place)
    others = query_crs_info("EPSG", PJType.PROJECTED_CRS, area_of_interest=place, contains=True)
    # Those made for a country come before those made for a continent.
    others = sorted(others, key=lambda info: _size(info.area_of_use))
    seen = {CRS, "EPSG:3857"}
    for info in [*first, *others]:
        code = f"EPSG:{info.code}"
        if code not in seen:
            seen.add(code)
            yield code, info.name


def _size(area: Any) -> float:
    return float(((area.east - area.west) % 360 or 360) * (area.north - area.south))


def _in_degrees(bounds: Bounds, code: str) -> Bounds | None:
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        transformer = pyproj.Transformer.from_crs(code, CRS, always_xy=True)
        west, south, east, north = transformer.transform_bounds(*bounds)
    except ProjError:
        return None
    return west, south, east, north


def _lies_on(bounds: Bounds | None, area: Bounds | None) -> bool:
    if bounds is None or area is None:
        return False
    west, south, east, north = bounds
    return (
        area[0] - _NEAR <= west <= east <= area[2] + _NEAR
        and area[1] - _NEAR <= south <= north <= area[3] + _NEAR
    )
