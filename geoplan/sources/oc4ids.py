"""OC4IDS: infrastructure projects of the Open Contracting standard, as JSON packages.

A budget broken down by year counts as budget, contract values as commitments, and the payments of contracts as
disbursements. The standard asks for longitude before latitude; where every point would only make sense the
other way round, the axes are swapped back, and this is said.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.sources.raw import Raw

_COLUMNS = {
    "projects": ("project", "title", "sector", "status", "start", "end", "component", "funder"),
    "locations": ("project", "location", "name", "district", "province", "geometry"),
    "spending": ("project", "component", "funder", "year", "kind", "currency", "amount", "value_date"),
}
_TYPES = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def read_packages(path: Path, bounds: tuple[float, float, float, float] | None = None) -> dict[str, Raw]:
    """Read a package of OC4IDS projects.

    Parameters
    ----------
    path : Path
        JSON: a package, a list of projects, or one project.
    bounds : (west, south, east, north), optional
        Of the plan's districts, in degrees: points that only lie there with their axes swapped are swapped.

    Returns
    -------
    dict of str to Raw
        ``projects``, ``locations`` and ``spending``; rows are numbered by project.

    Raises
    ------
    InputError
        No JSON, no projects, amounts without value, year or currency, geometries that are none.
    """
    projects = _projects(path)
    source = path.name
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _COLUMNS}
    numbers: dict[str, list[int]] = {table: [] for table in _COLUMNS}
    problems: list[Problem] = []
    counts: Counter[str] = Counter()
    for number, project in enumerate(projects, start=1):
        for table, cells in _read_project(project, number, source, problems, counts):
            rows[table].append(cells)
            numbers[table].append(number)
    if problems:
        raise InputError(problems)
    if _has_swapped_axes(rows["locations"], bounds):
        for cells in rows["locations"]:
            cells["shape"] = _swapped(cells["shape"])
        counts["locations had latitude before longitude, against the standard, and were turned round"] = len(
            rows["locations"]
        )
    for cells in rows["locations"]:
        cells["geometry"] = _as_wkt(cells.pop("shape"))
    remarks = tuple(f"{source}: {count} {what}" for what, count in sorted(counts.items()))
    return {
        table: Raw(
            source,
            pd.DataFrame(rows[table], columns=list(names), dtype=object),
            pd.Series(numbers[table], dtype="int64"),
            remarks if table == "spending" else (),
        )
        for table, names in _COLUMNS.items()
    }


def _projects(path: Path) -> list[Any]:
    try:
        read = json.loads(path.read_bytes(), parse_float=str, parse_int=str)
    except FileNotFoundError:
        raise InputError(Problem(path.name, "there is no such file", way_out="check the path")) from None
    except (ValueError, RecursionError) as error:
        at = (
            f"line {error.lineno}: {error.msg}"
            if isinstance(error, json.JSONDecodeError)
            else "its text or nesting"
        )
        raise InputError(
            Problem(path.name, f"is not valid JSON ({at})", way_out="get the file again")
        ) from None
    listed = read.get("projects", [read] if "id" in read else None) if isinstance(read, dict) else read
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise InputError(
            Problem(path.name, "holds no OC4IDS projects", way_out='give a package with "projects"')
        )
    return listed


def _read_project(
    project: Mapping[str, Any], number: int, source: str, problems: list[Problem], counts: Counter[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    code = str(project.get("id") or "")
    if not code:
        problems.append(
            Problem(source, "a project without id", "id", (number,), way_out="every project needs its own")
        )
        return
    period = _part(project, "period")
    sector = project.get("sector")
    sectors = [str(one) for one in sector] if isinstance(sector, list) else []
    component = sectors[-1] if sectors else None  # the narrowest comes last
    funders = [
        str(party.get("name"))
        for party in _parts(project, "parties")
        if "funder" in (party.get("roles") or []) and party.get("name")
    ]
    funder = "|".join(dict.fromkeys(funders)) or None
    yield (
        "projects",
        {
            "project": code,
            "title": project.get("title"),
            "sector": component,
            "status": project.get("status"),
            "start": _day(period.get("startDate")),
            "end": _day(period.get("endDate")),
            "funder": funder,
        },
    )
    for place, location in enumerate(_parts(project, "locations"), start=1):
        shape = location.get("geometry")
        if shape is not None and not _is_geometry(shape):
            way_out = "write a GeoJSON geometry with longitude and latitude in degrees"
            problems.append(
                Problem(source, "a location whose geometry is none", "geometry", (number,), (code,), way_out)
            )
            shape = None
        address = _part(location, "address")
        yield (
            "locations",
            {
                "project": code,
                "location": str(location.get("id") or place),
                "name": location.get("description") or address.get("locality"),
                "province": address.get("region"),
                "shape": shape,
            },
        )
    given = {"project": code, "component": component, "funder": funder}
    for cells in _amounts(project, counts):
        fault = next((name for name in ("amount", "currency", "year") if not cells.get(name)), None)
        if fault:
            what = f"{cells['kind']} without {fault}"
            problems.append(Problem(source, what, fault, (number,), (code,), "complete it in the file"))
            continue
        yield "spending", given | {name: cell for name, cell in cells.items() if cell is not None}


def _amounts(project: Mapping[str, Any], counts: Counter[str]) -> Iterator[dict[str, Any]]:
    """Give budgets, contract values and payments of a project."""
    budget = _part(project, "budget")
    breakdowns = [
        part for one in _parts(budget, "budgetBreakdowns") for part in _parts(one, "budgetBreakdown")
    ]
    by_year = [part for part in breakdowns if _part(part, "period").get("startDate")]
    if by_year:
        for part in by_year:
            party = _part(part, "sourceParty")
            yield _amount(
                part.get("amount"), _part(part, "period").get("startDate"), "budget", party.get("name")
            )
        if len(by_year) < len(breakdowns):
            counts["parts of budgets have no period and are left out"] += len(breakdowns) - len(by_year)
    elif budget.get("amount"):
        day = _part(project, "period").get("startDate") or budget.get("approvalDate")
        yield _amount(budget["amount"], day, "budget", None)
    for process in _parts(project, "contractingProcesses"):
        contract = _part(process, "summary")
        if contract.get("contractValue"):
            start = _part(contract, "contractPeriod").get("startDate")
            start = (
                start
                or _part(contract, "tender").get("datePublished")
                or _part(project, "period").get("startDate")
            )
            yield _amount(contract["contractValue"], start, "commitment", None)
        for payment in _parts(contract, "transactions"):
            payer = _part(payment, "payer")
            yield _amount(payment.get("value"), payment.get("date"), "disbursement", payer.get("name"))


def _amount(value: Any, day: Any, kind: str, funder: Any) -> dict[str, Any]:
    found = value if isinstance(value, dict) else {}
    date = _day(day)
    return {
        "kind": kind,
        "amount": None if found.get("amount") is None else str(found["amount"]),
        "currency": found.get("currency"),
        "year": None if date is None else date[:4],
        "value_date": date,
        "funder": funder,
    }


def _part(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = mapping.get(name)
    return found if isinstance(found, dict) else {}


def _parts(mapping: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = mapping.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _day(text: Any) -> str | None:
    return str(text)[:10] if text else None


# --- geometries ---------------------------------------------------------------------------------------------


def _is_geometry(shape: Any) -> bool:
    """Tell whether a GeoJSON geometry has the coordinates its type asks for."""
    if not isinstance(shape, dict) or shape.get("type") not in _TYPES:
        return False
    return _is_nested(shape.get("coordinates"), _TYPES[shape["type"]])


def _is_nested(coordinates: Any, depth: int) -> bool:
    if not isinstance(coordinates, list) or not coordinates:
        return False
    if depth:
        return all(_is_nested(one, depth - 1) for one in coordinates)
    return len(coordinates) >= 2 and all(_is_number(one) for one in coordinates)


def _is_number(text: Any) -> bool:
    try:
        return abs(float(text)) <= 180
    except (TypeError, ValueError):
        return False


def _positions(shape: Any) -> Iterator[tuple[float, float]]:
    def walk(coordinates: Any, depth: int) -> Iterator[tuple[float, float]]:
        if depth == 0:
            yield float(coordinates[0]), float(coordinates[1])
        else:
            for one in coordinates:
                yield from walk(one, depth - 1)

    if shape is not None:
        yield from walk(shape["coordinates"], _TYPES[shape["type"]])


def _has_swapped_axes(
    locations: list[dict[str, Any]], bounds: tuple[float, float, float, float] | None
) -> bool:
    """Tell whether the positions only make sense as latitude, longitude.

    They do when some latitude would be over 90, or when none lies in the bounds and all do when swapped.
    """
    places = [place for cells in locations for place in _positions(cells["shape"])]
    if not places:
        return False
    if any(abs(y) > 90 for _, y in places):
        return all(abs(x) <= 90 for x, _ in places)
    if bounds is None:
        return False
    west, south, east, north = bounds

    def inside(x: float, y: float) -> bool:
        return west <= x <= east and south <= y <= north

    return not any(inside(x, y) for x, y in places) and all(inside(y, x) for x, y in places)


def _swapped(shape: Any) -> Any:
    def turn(coordinates: Any, depth: int) -> Any:
        return (
            [coordinates[1], coordinates[0]] if depth == 0 else [turn(one, depth - 1) for one in coordinates]
        )

    return (
        None if shape is None else {**shape, "coordinates": turn(shape["coordinates"], _TYPES[shape["type"]])}
    )


def _as_wkt(shape: Any) -> str | None:
    if shape is None:
        return None
    import shapely

    numbers = json.loads(json.dumps(shape), parse_int=float)
    numbers["coordinates"] = _numbers(numbers["coordinates"])
    return str(shapely.to_wkt(shapely.from_geojson(json.dumps(numbers)), rounding_precision=-1))


def _numbers(coordinates: Any) -> Any:
    return [_numbers(one) for one in coordinates] if isinstance(coordinates, list) else float(coordinates)
