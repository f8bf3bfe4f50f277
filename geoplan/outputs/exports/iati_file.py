"""IATI 2.03: projects as an activity file, and a table of district amounts, which the standard lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.outputs.exports.characters import clean
from geoplan.sources.standards.iati.places import NAMESPACE

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

DRAFT = "DRAFT"
"""Reference of the reporting organisation in a file that names none; not for publishing."""

SIDECAR_ENDING = ".districts.csv"

_VERSION = "2.03"
_TRANSACTIONS = {"commitment": "2", "disbursement": "3", "expenditure": "4"}
_STATUS_WORDS = (
    ("5", ("cancel", "annul")),
    ("6", ("suspend",)),
    ("4", ("post-completion",)),
    ("3", ("complet", "closed", "finish", "termin", "achev")),
    ("1", ("pipeline", "identif", "planned", "propos")),
    ("2", ("implement", "ongoing", "on-going", "active", "current", "en cours")),
)
_ENDED = ("3", "4")
_LEVELS = ("PCLI", "ADM1", "ADM2", "ADM3", "ADM4")  # country, province, district, … of LocationType
_REGION = "1"
_NO_SECTOR = "99810"  # "Sectors not specified" of the DAC list
_REFUSED = re.compile(r"[/&|?]+")  # of identifiers, by the standard's rules
_WGS84 = "http://www.opengis.net/def/crs/EPSG/0/4326"


@dataclass(frozen=True)
class Publisher:
    """The publisher of an activity file, and details of its activities that a plan does not state.

    Parameters
    ----------
    ref : str
        Identifier of the reporting organisation, such as ``LU-MFA``; by default `DRAFT`.
    name : str
        Its name; by default the title of the plan.
    country : str
        ISO 3166-1 code of the recipient country, such as LA; empty if it is not stated.
    language : str
        ISO 639-1 code of the language of titles and names.

    Raises
    ------
    UsageError
        A code is not valid in the standard.
    """

    ref: str = DRAFT
    name: str = ""
    country: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        wrong = []
        if not self.ref or _REFUSED.search(self.ref) or self.ref != clean(self.ref):
            wrong.append(
                f"{show_value(self.ref)} is no identifier of an organisation: none has / & | ? in it"
            )
        if self.country and not re.fullmatch("[A-Z]{2}", self.country):
            wrong.append(
                f"{show_value(self.country)} is no country code: write the two letters of ISO 3166-1, such as LA"
            )
        if not re.fullmatch("[a-z]{2}", self.language):
            wrong.append(
                f"{show_value(self.language)} is no language code: write the two letters of ISO 639-1, such as en"
            )
        if wrong:
            raise UsageError(wrong)


def sidecar_path(target: Path) -> Path:
    """Return the path of the district amounts of an activity file: ``NAME.districts.csv``."""
    return target.with_name(target.stem + SIDECAR_ENDING)


def write_activities(
    plan: Plan,
    spending: pd.DataFrame,
    path: Path,
    *,
    publisher: Publisher,
    identifiers: Mapping[str, str],
    notes: Sequence[str],
) -> None:
    """Write the projects of a plan as IATI 2.03 activities.

    Parameters
    ----------
    plan : Plan
    spending : DataFrame
        From `geoplan.outputs.exports.written_tables.written_tables`: one budget or transaction for each row, with the
        given amount.
    path : Path
    publisher : Publisher
    identifiers : mapping of str to str
        Activity identifier by project, from `activity_identifiers`.
    notes : sequence of str
        Notes that every activity must state, for example that figures are illustrative.

    Notes
    -----
    - The period of a budget is its calendar year.
    - The date of a transaction is its ``value_date`` if that is in its year, else the first day of the year.
    - Fields that IATI 2.03 lacks (component, precision code, share, district, lines and areas, the plan a project
      refers to) are attributes and elements of `NAMESPACE`.
    - Values that the standard requires but the plan does not state have ``geoplan:stated="no"``.
    """
    rows: dict[Any, Any] = dict(list(spending.groupby("project", sort=False)))
    places: dict[Any, Any] = dict(list(plan.locations.groupby("project", sort=False)))
    projects = plan.projects.sort_values("project", ignore_index=True)
    others = sorted((rows.keys() | places.keys()) - set(projects["project"]))
    described: list[dict[Any, Any]] = [
        *projects.to_dict("records"),
        *({"project": project} for project in others),
    ]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write(f'<iati-activities version="{_VERSION}" xmlns:geoplan="{NAMESPACE}">\n')
        for record in described:
            project = record["project"]
            activity = _activity(
                record,
                identifiers[str(project)],
                rows.get(project),
                places.get(project),
                plan,
                publisher,
                notes,
            )
            ET.indent(activity)
            stream.write(ET.tostring(activity, encoding="unicode") + "\n")
        stream.write("</iati-activities>\n")


def activity_identifiers(projects: Iterable[str], publisher: Publisher) -> dict[str, str]:
    """Return the activity identifier of each project.

    With a publisher, it is the publisher's reference followed by the code of the project, unless the code already
    starts with the reference. In a draft, it is the code. Characters that the standard does not allow become hyphens.
    """
    identifiers: dict[str, str] = {}
    taken: set[str] = set()
    for project in projects:
        prefix = "" if publisher.ref == DRAFT or project.startswith(publisher.ref) else f"{publisher.ref}-"
        plain = clean(_REFUSED.sub("-", prefix + project))
        identifier, number = plain, 1
        while identifier in taken:
            number += 1
            identifier = f"{plain}-{number}"
        taken.add(identifier)
        identifiers[project] = identifier
    return identifiers


def _activity(
    record: Mapping[Any, Any],
    identifier: str,
    spending: pd.DataFrame | None,
    locations: pd.DataFrame | None,
    plan: Plan,
    publisher: Publisher,
    notes: Sequence[str],
) -> ET.Element:
    """Write one activity, with its elements in the order of the schema."""
    rows = [] if spending is None else spending.to_dict("records")
    project, title = str(record["project"]), _text(record.get("title"))
    own = {f"geoplan:{name}": clean(_text(record.get(name))) for name in ("component", "funder")}
    own |= _own(**{"plan-item": record.get("plan_item"), "plan-level": record.get("plan_level")})
    own |= _own(**{"on-budget": {"True": "yes", "False": "no"}.get(_text(record.get("on_budget")))})
    activity = ET.Element("iati-activity", {"xml:lang": publisher.language, **own})
    if rows:
        activity.set("default-currency", str(rows[0]["currency"]))
    ET.SubElement(activity, "iati-identifier").text = identifier
    reporting = ET.SubElement(activity, "reporting-org", ref=clean(publisher.ref), type="90")
    _narrate(reporting, publisher.name or plan.title)
    _narrate(ET.SubElement(activity, "title", {} if title else _own(stated="no")), title or project)
    _narrate(ET.SubElement(activity, "description", type="1"), title or project)
    for note in notes:
        _narrate(ET.SubElement(activity, "description", type="4"), note)
    _add_organisations(activity, rows, publisher, plan)
    ET.SubElement(activity, "other-identifier", ref=clean(project), type="A1")
    _add_status_and_dates(activity, record, rows, plan)
    if publisher.country:
        ET.SubElement(activity, "recipient-country", code=publisher.country, percentage="100")
    if locations is not None:
        for place in locations.to_dict("records"):
            _add_location(activity, place)
    _add_sector(activity, _text(record.get("sector")))
    for component in sorted({row["component"] for row in rows if _text(row.get("component"))}):
        _narrate(ET.SubElement(activity, "tag", vocabulary="99", code=clean(component)), component)
    for row in rows:
        if row["kind"] == "budget":
            _add_budget(activity, row)
    for row in rows:
        if row["kind"] != "budget":
            _add_transaction(activity, row)
    return activity


def _narrate(element: ET.Element, text: str) -> None:
    ET.SubElement(element, "narrative").text = clean(text)


def _text(cell: object) -> str:
    """Return a cell as text; empty if it is missing."""
    return "" if cell is None or pd.isna(cell) else str(cell)  # type: ignore[call-overload]


def _own(**values: object) -> dict[str, str]:
    """Return attributes in geoplan's namespace, without empty ones."""
    return {f"geoplan:{name}": clean(_text(value)) for name, value in values.items() if _text(value)}


def _add_organisations(
    activity: ET.Element, rows: Sequence[Mapping[Any, Any]], publisher: Publisher, plan: Plan
) -> None:
    """Write the funders; without any, write the organisation that is accountable for the activity."""
    funders = sorted({_text(row.get("funder")) for row in rows} - {""})
    for funder in funders:
        _narrate(ET.SubElement(activity, "participating-org", role="1"), funder)
    if not funders:
        _narrate(ET.SubElement(activity, "participating-org", role="2"), publisher.name or plan.title)


def status_code(status: str) -> str | None:
    """Return IATI's code of an activity status in words, or None if the words are unclear.

    >>> status_code("completed"), status_code("under implementation"), status_code("unclear")
    ('3', '2', None)
    """
    folded = status.casefold()
    return next((code for code, words in _STATUS_WORDS if any(word in folded for word in words)), None)


def _add_status_and_dates(
    activity: ET.Element, record: Mapping[Any, Any], rows: Sequence[Mapping[Any, Any]], plan: Plan
) -> None:
    """Write status and dates: actual dates if the activity has ended, else planned dates."""
    status = _text(record.get("status"))
    code = status_code(status) or "2"
    stated = _own(status=status) or _own(stated="no")
    ET.SubElement(activity, "activity-status", {"code": code, **stated})
    years = [int(row["year"]) for row in rows] or [int(year) for year in plan.spending["year"]]
    start, end = record.get("start"), record.get("end")
    ended = code in _ENDED
    first = _text(start)[:10] if _text(start) else f"{min(years)}-01-01"
    attributes = {"type": "2" if ended else "1", "iso-date": first}
    ET.SubElement(activity, "activity-date", attributes if _text(start) else attributes | _own(stated="no"))
    if _text(end):
        ET.SubElement(activity, "activity-date", {"type": "4" if ended else "3", "iso-date": _text(end)[:10]})


def _add_location(activity: ET.Element, place: Mapping[Any, Any]) -> None:
    """Write a location as a point; a line or area gets a point on it and follows as WKT."""
    import shapely

    own = _own(
        precision=_code(place.get("precision")),
        share=place.get("share"),
        district=place.get("district"),
        province=place.get("province"),
        source=place.get("source"),
    )
    location = ET.SubElement(activity, "location", {"ref": clean(str(place["location"])), **own})
    if _text(place.get("name")):
        _narrate(ET.SubElement(location, "name"), str(place["name"]))
    geometry = place.get("geometry")
    if geometry is not None and not geometry.is_empty:
        spot = _spot_on(geometry)
        point = ET.SubElement(location, "point", srsName=_WGS84)
        ET.SubElement(point, "pos").text = f"{_degrees(spot.y)} {_degrees(spot.x)}"
    _add_classes(location, place)
    if geometry is not None and not geometry.is_empty and geometry.geom_type != "Point":
        ET.SubElement(location, "geoplan:geometry").text = shapely.to_wkt(geometry, rounding_precision=-1)


def _add_classes(location: ET.Element, place: Mapping[Any, Any]) -> None:
    """Write exactness, class and level from the plan, else from its precision code."""
    precision, exactness, kind, level = (
        _code(place.get(name)) for name in ("precision", "exactness", "location_class", "admin_level")
    )
    if exactness:
        ET.SubElement(location, "exactness", code=exactness)
    elif precision:
        ET.SubElement(location, "exactness", {"code": "1" if precision == "1" else "2", **_own(stated="no")})
    if kind:
        ET.SubElement(location, "location-class", code=kind)
    elif precision and precision not in ("1", "2"):
        ET.SubElement(location, "location-class", {"code": _REGION, **_own(stated="no")})
    if kind == _REGION and level and int(level) < len(_LEVELS):
        ET.SubElement(location, "feature-designation", code=_LEVELS[int(level)])


def _code(cell: Any) -> str:
    return str(int(cell)) if _text(cell) else ""


def _spot_on(geometry: Any) -> Any:
    """Return a point to represent a geometry: half-way along a line, or inside an area."""
    import shapely

    if geometry.geom_type in ("LineString", "MultiLineString"):
        longest = max(shapely.get_parts(geometry), key=lambda part: float(part.length))
        return shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return geometry if geometry.geom_type == "Point" else shapely.point_on_surface(geometry)


def _degrees(value: float) -> str:
    return f"{Decimal(repr(float(value))):f}"


def _add_sector(activity: ET.Element, sector: str) -> None:
    """Write a sector: as a DAC code if it looks like one, else as the organisation's own term."""
    if re.fullmatch(r"\d{5}|\d{3}", sector):
        vocabulary = "1" if len(sector) == 5 else "2"
        ET.SubElement(activity, "sector", {"vocabulary": vocabulary, "code": sector, **_own(sector=sector)})
    elif sector:
        _narrate(ET.SubElement(activity, "sector", vocabulary="99", code=clean(sector)), sector)
    else:
        ET.SubElement(activity, "sector", {"vocabulary": "1", "code": _NO_SECTOR, **_own(stated="no")})


def _row_attributes(row: Mapping[Any, Any]) -> dict[str, str]:
    """Return attributes for fields of an amount that IATI lacks; component and funder even if they are empty."""
    named = {f"geoplan:{name}": clean(_text(row.get(name))) for name in ("component", "funder")}
    return named | _own(location=row.get("location"), source=row.get("source"))


def _add_budget(activity: ET.Element, row: Mapping[Any, Any]) -> None:
    budget = ET.SubElement(activity, "budget", {"type": "1", "status": "1", **_row_attributes(row)})
    year = f"{int(row['year']):04d}"
    ET.SubElement(budget, "period-start", {"iso-date": f"{year}-01-01"})
    ET.SubElement(budget, "period-end", {"iso-date": f"{year}-12-31"})
    _add_value(budget, row, year)


def _add_transaction(activity: ET.Element, row: Mapping[Any, Any]) -> None:
    transaction = ET.SubElement(activity, "transaction", _row_attributes(row))
    year, valued = f"{int(row['year']):04d}", _text(row.get("value_date"))[:10]
    ET.SubElement(transaction, "transaction-type", code=_TRANSACTIONS[str(row["kind"])])
    if valued.startswith(year):
        ET.SubElement(transaction, "transaction-date", {"iso-date": valued})
    else:
        ET.SubElement(transaction, "transaction-date", {"iso-date": f"{year}-01-01", **_own(stated="no")})
    _add_value(transaction, row, year)
    if _text(row.get("funder")):
        _narrate(ET.SubElement(transaction, "provider-org"), str(row["funder"]))


def _add_value(element: ET.Element, row: Mapping[Any, Any], year: str) -> None:
    valued = _text(row.get("value_date"))[:10]
    stated = {"value-date": valued} if valued else {"value-date": f"{year}-01-01", **_own(stated="no")}
    value = ET.SubElement(element, "value", {"currency": str(row["currency"]), **stated})
    value.text = f"{row['amount']:f}"


def district_amounts(ledger: pd.DataFrame, identifiers: Mapping[str, str]) -> pd.DataFrame:
    """Return the table of district amounts: the activity identifier, then the columns of the ledger."""
    written = ledger.copy()
    written.insert(0, "iati_identifier", written["project"].map(identifiers))
    return written
