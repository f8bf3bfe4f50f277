"""Places: the locations of an activity as rows, in versions 1 and 2 of the standard."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from geoplan.sources.standards.iati.codes import ADMINISTRATIVE_REGION, LEVELS, REGIONS, UNCLEAR_REGION
from geoplan.sources.standards.iati.narratives import choose_text

if TYPE_CHECKING:
    from lxml import etree

    from geoplan.sources.standards.gazetteers import GazetteerCodes

NAMESPACE = "urn:geoplan:iati:1"
"""Namespace of the attributes that geoplan's own files add to the standard."""
OWN = f"{{{NAMESPACE}}}"
"""Prefix of a name in this namespace."""

STATED = OWN + "stated"
"""Attribute that is "no" on elements that geoplan's export writes only because the standard needs them."""

_OWN_KEYS = tuple(OWN + name for name in ("district", "province", "precision", "share"))
_NOTHING_SAID = (None,) * len(_OWN_KEYS)
_NOTHING_ELSE = (None,) * 6
_OWN_GEOMETRY = OWN + "geometry"
_IN_DEGREES = ("4326", "4979")
_UNIT_CODES = ("code", "adm1", "adm2")

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
"""Columns of a row of `read_location`; the line in the file follows them."""


def read_location(
    element: etree._Element,
    project: str,
    taken: set[str],
    language: str,
    default: str,
    gazetteers: GazetteerCodes,
    *,
    has_own: bool = False,
) -> tuple[Any, ...]:
    """Read one location.

    A code of an administrative unit counts if it is the code of a district or province of the plan, in any
    vocabulary. A code that is all a place has stands for its name. An administrative region without a level is placed by its name only, because its coordinates are
    the position of its label.

    Parameters
    ----------
    element : Element
    project : str
    taken : set of str
        Identifiers of the locations of the activity so far; this one is added.
    language, default : str
    gazetteers : GazetteerCodes
    has_own : bool
        Whether the file may have attributes of geoplan.

    Returns
    -------
    tuple
        Cells of `LOCATION_COLUMNS`, as text or None, and the line.
    """
    district, province, precision, share = _said_by_us(element) if has_own else _NOTHING_SAID
    share = _part_of_one(element.get("percentage")) or share
    name = exactness = location_class = lon = lat = shape = None
    level: int | None = None
    gazetteer: str | None = None
    designation = ""
    units: dict[str, str] = {}
    for child in element[:]:
        tag = child.tag
        if tag == "name":
            name = choose_text([child], language, default)[0] if name is None else name
        elif tag == "point":
            lon, lat = _position(child)
        elif tag == "coordinates":
            lon, lat = child.get("longitude") or None, child.get("latitude") or None
            precision = precision or child.get("precision")
        elif tag == "exactness":
            exactness = _stated_code(child)
        elif tag == "location-class":
            location_class = _stated_code(child)
        elif tag in ("feature-designation", "location-type"):
            designation = child.get("code") or ""
            level = LEVELS.get(designation, level)
        elif tag in ("administrative", "location-id"):
            gazetteer = child.get("code") or "" if gazetteer is None and tag == "location-id" else gazetteer
            stated = child.get("level") or ""
            level = max(level or 0, int(stated)) if stated.isdigit() else level
            vocabulary = child.get("vocabulary") or ""
            units |= {code: vocabulary for key in _UNIT_CODES if (code := (child.get(key) or "").strip())}
        elif tag == _OWN_GEOMETRY:
            shape = child.text
    of_code, of_province = gazetteers.find_units(units)
    district, province = of_code or district, of_province or province
    if (district, province, name, precision, lon, shape) == _NOTHING_ELSE:
        district = next(iter(units), None)
    location_class = location_class or _class_of(designation)
    if location_class != ADMINISTRATIVE_REGION:
        level = None
    elif precision is None and level is None:
        precision, district = UNCLEAR_REGION, district or name
    lon, lat = (lon, lat) if shape is None else (None, None)
    return (
        project,
        _identifier(gazetteer or element.get("ref"), taken),
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


def _class_of(designation: str) -> str | None:
    """Return the class that a feature designation implies, because version 1 has no classes."""
    return ADMINISTRATIVE_REGION if designation in LEVELS or designation in REGIONS else None


def _said_by_us(element: etree._Element) -> tuple[str | None, ...]:
    """Return district, province, precision and share that geoplan's own files state."""
    return tuple(element.get(key) for key in _OWN_KEYS)


def _stated_code(element: etree._Element) -> str | None:
    return None if element.get(STATED) == "no" else element.get("code")


def _identifier(code: str | None, taken: set[str]) -> str:
    """Return the identifier of a location in its activity: its gazetteer code, its reference, or its number."""
    number = len(taken) + 1
    name = (code or str(number)).strip()
    if name in taken:
        name = next(f"{name}-{count}" for count in range(2, number + 2) if f"{name}-{count}" not in taken)
    taken.add(name)
    return name


def _position(point: etree._Element) -> tuple[str | None, str | None]:
    """Return longitude and latitude of a ``<point>``, whose ``<pos>`` has the latitude first."""
    text = None
    for child in point[:]:
        if child.tag == "pos":
            text = child.text
            break
    numbers = (text or "").replace(",", " ").split()
    if not numbers:
        return None, None
    system = point.get("srsName") or ""
    if len(numbers) == 3 and _is_altitude(numbers[2]):
        numbers = numbers[:2]
    if len(numbers) == 1:
        return None, numbers[0]
    if len(numbers) != 2 or _is_of_another(system):
        # It stays as it is, so that the message shows the value in the file.
        shown = " ".join([*numbers, f"({system})"] if system else numbers)
        return shown, shown
    latitude, longitude = numbers
    return (latitude, longitude) if "CRS84" in system else (longitude, latitude)


def _is_altitude(number: str) -> bool:
    try:
        return math.isfinite(float(number))
    except ValueError:
        return False


def _is_of_another(system: str) -> bool:
    """Tell whether a reference system is an EPSG system other than degrees on WGS 84."""
    if not system or system.endswith(_IN_DEGREES):
        return False
    return re.search(r"EPSG\D*(?:\d+[/:])?\d{4,}$", system) is not None


def _part_of_one(percentage: str | None) -> str | None:
    """Return a percentage as a share, exactly; a text that is not a number stays as it is, for the message."""
    if percentage is None or not percentage.strip():
        return None
    from decimal import Decimal, InvalidOperation

    try:
        return f"{Decimal(percentage.strip()) / 100:f}"
    except InvalidOperation:
        return percentage
