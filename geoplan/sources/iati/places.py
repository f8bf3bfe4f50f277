"""Places: the locations of an activity as rows, in versions 1 and 2 of the standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoplan.sources.iati.codes import ADMINISTRATIVE_REGION, LEVELS, UNCLEAR_REGION
from geoplan.sources.iati.narratives import choose_text

if TYPE_CHECKING:
    from lxml import etree

    from geoplan.sources.origins import Surroundings

OWN = "{urn:geoplan:iati:1}"
"""Namespace of what geoplan's own files say beyond the standard."""

_OWN_DISTRICT, _OWN_PROVINCE, _OWN_PRECISION = OWN + "district", OWN + "province", OWN + "precision"
_OWN_SHARE, _OWN_GEOMETRY = OWN + "share", OWN + "geometry"

LOCATION_COLUMNS = (
    "project",
    "location",
    "name",
    "precision",
    "exactness",
    "location_class",
    "admin_level",
    "share",
    "district",
    "province",
    "lon",
    "lat",
    "geometry",
)
"""Columns of a row of `read_location`; after them comes the line in the file."""


def read_location(
    element: etree._Element, project: str, name_of: str, language: str, default: str, around: Surroundings
) -> tuple[Any, ...]:
    """Read one location.

    A code of an administrative unit counts where it is the code of a district (or province) of the
    plan, whatever its vocabulary. An administrative region whose level is not said is placed by its
    name only: its coordinates are where its label stands.

    Parameters
    ----------
    element : Element
    project : str
    name_of : str
        Identifier of the location within the activity.
    language, default : str
    around : Surroundings

    Returns
    -------
    tuple
        Cells of `LOCATION_COLUMNS`, as text or None, and the line.
    """
    get = element.get
    district, province = get(_OWN_DISTRICT), get(_OWN_PROVINCE)
    precision, share = get(_OWN_PRECISION), _part_of_one(get("percentage")) or get(_OWN_SHARE)
    name = exactness = location_class = lon = lat = shape = None
    level: int | None = None
    for child in element:
        tag = child.tag
        if tag == "name":
            name = choose_text([child], language, default)[0] if name is None else name
        elif tag == "point":
            lon, lat = _position(child)
        elif tag == "coordinates":
            lon, lat = child.get("longitude"), child.get("latitude")
            precision = precision or child.get("precision")
        elif tag == "exactness":
            exactness = child.get("code")
        elif tag == "location-class":
            location_class = child.get("code")
        elif tag in ("feature-designation", "location-type"):
            level = LEVELS.get(child.get("code") or "", level)
        elif tag in ("administrative", "location-id"):
            found = {child.get(key) for key in ("code", "adm1", "adm2")}
            district = next(iter(sorted(found & around.districts)), district)
            province = next(iter(sorted(found & around.provinces)), province)
            stated = child.get("level") or ""
            level = max(level or 0, int(stated)) if stated.isdigit() else level
        elif tag == _OWN_GEOMETRY:
            shape = child.text
    if precision is None and location_class == ADMINISTRATIVE_REGION and level is None:
        precision, district = UNCLEAR_REGION, district or name
    if location_class != ADMINISTRATIVE_REGION:
        level = None
    if shape is not None:
        lon = lat = None
    return (
        project,
        name_of,
        name,
        precision,
        exactness,
        location_class,
        None if level is None else str(level),
        share,
        district,
        province,
        lon,
        lat,
        shape,
        element.sourceline,
    )


def identifier_of(element: etree._Element, taken: set[str], number: int) -> str:
    """Return what a location is called within its activity: its gazetteer code, its reference, or its number."""
    found = next((child for child in element if child.tag == "location-id"), None)
    code = found.get("code") if found is not None else None
    name = (code or element.get("ref") or str(number)).strip()
    if name in taken:
        name = next(f"{name}-{count}" for count in range(2, number + 2) if f"{name}-{count}" not in taken)
    taken.add(name)
    return name


def _position(point: etree._Element) -> tuple[str | None, str | None]:
    """Return longitude and latitude of a ``<point>``, whose ``<pos>`` has the latitude first."""
    numbers = (
        (next((child.text for child in point if child.tag == "pos"), None) or "").replace(",", " ").split()
    )
    if not numbers:
        return None, None
    if len(numbers) != 2:
        return " ".join(numbers), " ".join(numbers)
    latitude, longitude = numbers
    return (latitude, longitude) if "CRS84" in (point.get("srsName") or "") else (longitude, latitude)


def _part_of_one(percentage: str | None) -> str | None:
    """Return a percentage as a share, exactly; what is no number stays as it is and will be refused."""
    if percentage is None or not percentage.strip():
        return None
    from decimal import Decimal, InvalidOperation

    try:
        return f"{Decimal(percentage.strip()) / 100:f}"
    except InvalidOperation:
        return percentage
