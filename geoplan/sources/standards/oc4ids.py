"""OC4IDS: project packages of the infrastructure data standard (JSON) as projects, locations and spending.

Source: the Open Contracting for Infrastructure Data Standard, https://standard.open-contracting.org/infrastructure/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.model.money import LARGEST_AMOUNT, from_minor, is_currency, minor_digits, split, to_minor
from geoplan.model.schema import TABLES
from geoplan.sources.conform import conform
from geoplan.sources.faulty_rows import (
    REFUSE,
    Elements,
    ReleaseWords,
    join_left_out,
    known_currency,
    sort_out,
)
from geoplan.sources.origins import LEFT_OUT, Bundle, Origin, Surroundings
from geoplan.sources.raw_table import RawTable
from geoplan.sources.standards.calendar_years import days_by_year
from geoplan.sources.standards.gazetteers import GazetteerCodes
from geoplan.sources.standards.other_standards import OC4IDS, recognise_standard

_PROJECTS = ("project", "title", "sector", "status", "start", "end", "documents")
_LOCATIONS = ("project", "location", "name", "district", "province", "geometry")
_SPENDING = ("project", "component", "funder", "year", "value_date", "kind", "currency", "amount")
_COLUMNS = {"projects": _PROJECTS, "locations": _LOCATIONS, "spending": _SPENDING}
_WORDS = ReleaseWords(
    "project",
    {
        "amount": "amount",
        "year": "date",
        "value_date": "date",
        "start": "period",
        "end": "period",
        "project": "id",
    },
)
_IS_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_OWN_ID = "every project needs an id of its own"
_PACKAGE = 'give a project package: {"projects": […]}'
_AXES = 'write axes = "lat-lon" of this source, or ask its publisher to put the longitude first'


def read_package(origin: Origin, around: Surroundings) -> Bundle:
    """Read a project package.

    A budget goes to the years of its breakdown; without one, over the days of the project's period. The
    value of a contract is a commitment in the year it starts, a payment a disbursement in its own.

    Parameters
    ----------
    origin : Origin
        Option ``axes``: ``lat-lon`` where coordinates stand in that order, against the standard.
    around : Surroundings

    Returns
    -------
    Bundle
        ``source_row`` is the number of the project in the package.

    Raises
    ------
    InputError
        The file is no project package.
    """
    package = _Package(origin, around)
    for number, project in enumerate(_projects(origin), start=1):
        package.add(number, project)
    return package.finish()


def _projects(origin: Origin) -> list[Any]:
    name = origin.path.name
    try:
        with origin.path.open("rb") as stream:
            content = json.loads(
                stream.read().decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse
            )
    except UnicodeDecodeError:
        raise InputError(Problem(name, "the text is not UTF-8", way_out="save it as UTF-8")) from None
    except RecursionError:
        raise InputError(Problem(name, "is nested too deeply", way_out=_PACKAGE)) from None
    except ValueError as error:
        raise InputError(Problem(name, f"is no JSON ({error})", way_out="download it again")) from None
    other = recognise_standard(content)
    if other is not None and other != OC4IDS:
        raise InputError(other.problem_of(origin.path))
    projects = content.get("projects") if isinstance(content, dict) else content
    if projects is None and isinstance(content, dict) and {"id", "contractingProcesses"} <= content.keys():
        return [content]  # a project alone in its file
    if not isinstance(projects, list) or not projects:
        raise InputError(Problem(name, "holds no projects", way_out=_PACKAGE))
    return projects


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


class _Package:
    """A package while it is read."""

    def __init__(self, origin: Origin, around: Surroundings) -> None:
        self.origin, self.around, self.name = origin, around, origin.path.name
        self.rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}
        self.left_out: list[tuple[Any, ...]] = []
        self.problems: list[Problem] = []
        self.remarks: list[str] = []
        self.seen: set[str] = set()
        self.shapes: list[Any] = []
        self.undated: list[str] = []
        self.gazetteers = GazetteerCodes(around)

    def add(self, number: int, project: Any) -> None:
        """Add the rows of one project, or list its money if its identifier is missing or taken."""
        code = _code(project)
        if code is not None and code not in self.seen:
            self.seen.add(code)
            self._add_project(number, code, project)
            return
        message = "a project has no id" if code is None else "two projects have the same id"
        problem = Problem(self.name, message, "id", (number,), () if code is None else (code,), _OWN_ID)
        if self.origin.on_error == REFUSE:
            self.problems.append(problem)
            return
        told = "the project is left out" if code is None else "the second one is left out"
        self.remarks.append(str(replace(problem, message=f"{message}; {told}", way_out="")))
        if isinstance(project, dict):
            alone = _Package(self.origin, self.around)
            alone._add_project(number, code or "", project)
            self.left_out += alone._all_amounts(message)

    def _all_amounts(self, reason: str) -> list[tuple[Any, ...]]:
        """Return every amount of the package as left out, for one reason."""
        found = [(*out[:-1], f"{reason}; {out[-1]}") for out in self.left_out]
        for code, *_, kind, currency, amount, number in self.rows["spending"]:
            money = Decimal(amount) if amount is not None and _IS_NUMBER.fullmatch(amount) else Decimal(0)
            found.append((self.name, number, code, kind, known_currency(currency), money, reason))
        return found

    def _add_project(self, number: int, code: str, project: Mapping[str, Any]) -> None:
        """Add the rows of a project with an identifier of its own."""
        period = _dict(project.get("period"))
        sectors = [str(sector) for sector in _list(project.get("sector"))]
        documents = [_text(_dict(document).get("url")) for document in _list(project.get("documents"))]
        self.rows["projects"].append(
            (
                code,
                _text(project.get("title")),
                " | ".join(sectors) or None,
                _text(project.get("status")),
                _day(period.get("startDate")),
                _day(period.get("endDate")),
                " | ".join(dict.fromkeys(filter(None, documents))) or None,
                number,
            )
        )
        self._places(number, code, _list(project.get("locations")))
        self._budget(number, code, project)
        fallback = period.get("startDate") or _dict(project.get("implementationPeriod")).get("startDate")
        for process in _list(project.get("contractingProcesses")):
            self._contract(number, code, _dict(process), fallback)
        completed = _dict(_dict(project.get("completion")).get("finalValue"))
        if completed:
            reason = "the final value of a project is not a commitment of one of its contracts"
            self._list_left_out(number, code, "final project value", completed, reason)

    # --- where ----------------------------------------------------------------------------

    def _places(self, number: int, code: str, locations: Sequence[Any]) -> None:
        taken: set[str] = set()
        for at, location in enumerate(map(_dict, locations), start=1):
            name = str(location.get("id") or at)
            name = name if name not in taken else f"{name}-{at}"
            taken.add(name)
            address = _dict(location.get("address"))
            codes = _gazetteer_codes(location)
            district, province = self.gazetteers.find_units(codes)
            place = _text(location.get("description")) or _text(address.get("locality"))
            region = province or _text(address.get("region"))
            shape = self._shape(number, code, location.get("geometry"))
            if codes and (district, region, place, shape) == (None,) * 4:
                district = next(iter(codes))  # the code is the only name that the place has
            self.rows["locations"].append(
                (
                    code,
                    name,
                    place,
                    district,
                    region,
                    shape,
                    number,
                )
            )

    def _shape(self, number: int, code: str, geometry: Any) -> str | None:
        """Return a GeoJSON geometry as WKT, its axes in order."""
        import shapely

        if not geometry:
            return None
        try:
            shape = shapely.from_geojson(json.dumps(geometry, default=float))
            is_bad = not np.isfinite(shapely.bounds(shape)).all()
        except (shapely.errors.ShapelyError, TypeError, ValueError):
            is_bad = True
        if is_bad:
            self._bad_shape(number, code, geometry)
            return None
        if self.origin.options.get("axes") == "lat-lon":
            shape = _swapped(shape)
        self.shapes.append(shape)
        return str(shapely.to_wkt(shape, rounding_precision=-1))

    def _bad_shape(self, number: int, code: str, geometry: Any) -> None:
        """Note a geometry that cannot be read."""
        shown = json.dumps(geometry, default=float)
        message = f"not a GeoJSON geometry (project {show_value(code)})"
        if self.origin.on_error == REFUSE:
            way_out = 'correct the file, or set on_error = "leave out" for this source'
            self.problems.append(Problem(self.name, message, "geometry", (number,), (shown,), way_out))
        else:
            told = f"{message}; the position is not used"
            self.remarks.append(str(Problem(self.name, told, "geometry", (number,), (shown,))))

    def _axes(self) -> None:
        """Recognise places whose latitude stands first: against the range of latitudes, or outside only so."""
        import shapely

        if not self.shapes:
            return
        ends = np.array([shapely.bounds(shape) for shape in self.shapes])
        turned = np.array([shapely.bounds(_swapped(shape)) for shape in self.shapes])
        beyond = (np.abs(ends[:, [1, 3]]) > 90).any(axis=1) & (np.abs(turned[:, [1, 3]]) <= 90).all(axis=1)
        if beyond.any() and (self.origin.on_error != REFUSE and beyond.sum() * 2 <= len(beyond)):
            self.remarks.append(
                f"{self.name}: {int(beyond.sum())} of {len(self.shapes)} places have latitudes beyond 90; "
                "they are outside the area"
            )
        elif beyond.any():
            message = f"{int(beyond.sum())} places have latitudes beyond 90: the axes are swapped"
            self.problems.append(Problem(self.name, message, "coordinates", way_out=_AXES))
        elif self.around.bounds is not None:
            only_so = _within(turned, self.around.bounds) & ~_within(ends, self.around.bounds)
            if only_so.any():
                self.remarks.append(
                    f"{self.name}: {int(only_so.sum())} of {len(self.shapes)} places lie in the area only with their "
                    f"axes swapped: {_AXES}"
                )

    # --- how much -------------------------------------------------------------------------

    def _budget(self, number: int, code: str, project: Mapping[str, Any]) -> None:
        budget = _dict(project.get("budget"))
        total, funder = _dict(budget.get("amount")), _funders(project, budget)
        lines = _breakdown(budget)
        for line in lines:
            party = _text(_dict(line.get("sourceParty")).get("name")) or funder
            self._spread(number, (code, None, party, "budget"), _dict(line["amount"]), _dict(line["period"]))
        if not lines and total:
            period = _dict(project.get("implementationPeriod")) or _dict(project.get("period"))
            period = period or {"startDate": budget.get("approvalDate") or budget.get("requestDate")}
            self.remarks.append(
                f"{self.name}: the budget of {code} has no years; it is spread over its period by days"
            )
            self._spread(number, (code, None, funder, "budget"), total, period)
        elif lines and total:
            same = all(_dict(line["amount"]).get("currency") == total.get("currency") for line in lines)
            rest = _number(total) - sum((_number(_dict(line["amount"])) for line in lines), Decimal(0))
            if same and rest:
                reason = "the breakdown of a budget counts, and adds up to another sum than the budget"
                self.left_out.append((self.name, number, code, "budget", total.get("currency"), rest, reason))

    def _contract(self, number: int, code: str, process: Mapping[str, Any], fallback: Any) -> None:
        """Add the value of a contract, the one that counts by the option ``contract_value``, and its payments."""
        summary = _dict(process.get("summary"))
        component = ", ".join(str(nature) for nature in _list(summary.get("nature"))) or None
        start = _dict(summary.get("contractPeriod")).get("startDate")
        if not start and fallback:
            start = fallback
            self.undated.append(code)
        buyer = _text(_dict(_dict(summary.get("tender")).get("procuringEntity")).get("name"))
        changes = [
            _dict(_dict(change).get("newContractValue")) for change in _list(summary.get("modifications"))
        ]
        values = [
            ("the value at signature", _dict(summary.get("contractValue"))),
            *[("a modified contract value", value) for value in changes],
            ("the final contract value", _dict(summary.get("finalValue"))),
        ]
        released = _released(process)
        values += [("a contract value in an embedded release", _dict(one.get("value"))) for one in released]
        days = {id(one.get("value")): _start_of(one) for one in released}
        stated = [(what, value) for what, value in values if value]
        summarised = [one for one in stated if not one[0].endswith("release")]
        takes_releases = self.origin.options.get("releases") == "use"
        uses_releases = takes_releases and not summarised
        latest = self.origin.options.get("contract_value") == "latest"
        if uses_releases:
            counted = stated
        elif latest:
            counted = summarised[-1:]
        else:
            counted = [one for one in summarised if one[0] == "the value at signature"]
        for what, value in stated:
            if any(value is one for _, one in counted):
                day = days.get(id(value)) or start
                self._add(number, (code, component, buyer, "commitment"), value, day)
            else:
                way_out = 'releases = "use"' if what.endswith("release") else 'contract_value = "latest"'
                chosen = f"{what} is not counted" + (
                    "" if latest and "release" not in what else f" without {way_out}"
                )
                self._list_left_out(number, code, "contract value", value, chosen)
        payments = [_dict(one) for one in _list(summary.get("transactions"))]
        released_payments = _released_payments(process)
        for transaction in payments or (released_payments if takes_releases else ()):
            payer = _text(_dict(transaction.get("payer")).get("name"))
            self._add(
                number, (code, component, payer, "disbursement"), _paid(transaction), transaction.get("date")
            )
        why = "beside those of the summary" if takes_releases else 'without releases = "use"'
        for transaction in released_payments if payments or not takes_releases else ():
            reason = f"a payment in an embedded release is not counted {why}"
            self._list_left_out(number, code, "payment", _paid(transaction), reason)

    def _list_left_out(
        self, number: int, code: str, kind: str, value: Mapping[str, Any], reason: str
    ) -> None:
        currency = known_currency(value.get("currency"))
        self.left_out.append((self.name, number, code, kind, currency, _number(value), reason))

    def _add(self, number: int, told: tuple[Any, ...], value: Mapping[str, Any], date: Any) -> None:
        code, component, funder, kind = told
        day = _day(date)
        amount = value.get("amount")
        row = (code, component, funder, day and day[:4], day, kind, _text(value.get("currency")))
        self.rows["spending"].append((*row, None if amount is None else _plain(amount), number))

    def _spread(
        self, number: int, told: tuple[Any, ...], value: Mapping[str, Any], period: Mapping[str, Any]
    ) -> None:
        """Add an amount in parts, one for each calendar year of its period, by days."""
        start, currency = _day(period.get("startDate")), _text(value.get("currency"))
        years = days_by_year(start or "", _day(period.get("endDate")) or start or "")
        if (
            not years
            or len(years) == 1
            or not currency
            or not is_currency(currency)
            or value.get("amount") is None
        ):
            self._add(number, told, value, start)
            return
        digits = minor_digits(currency)
        minor, rest = to_minor(_number(value), digits)
        if abs(minor) > LARGEST_AMOUNT:
            self._add(number, told, value, start)
            return
        weights = np.array([days for _, days in years], dtype=np.int64)
        parts = split(np.array([minor], dtype=np.int64), np.zeros(len(years), dtype=np.int64), weights)
        for (year, _), part in zip(years, parts.tolist(), strict=True):
            amount, rest = from_minor(part, digits) + rest, Decimal(0)
            self._add(number, told, {"amount": amount, "currency": currency}, f"{year}-01-01")

    def finish(self) -> Bundle:
        """Bring the rows to the contracts of their tables."""
        self._axes()
        if self.undated:
            told = _WORDS.name_projects(self.undated)
            self.remarks.append(
                f"{self.name}: contracts without dates are in the year their project starts ({told})"
            )
        frames, remarks = {}, [*self.remarks, *self.gazetteers.remarks(self.name)]
        others = [pd.DataFrame(self.left_out, columns=[*LEFT_OUT])]
        for name, columns in _COLUMNS.items():
            raw = self._raw(name, columns)
            conformed, left_out = sort_out(
                conform(raw, TABLES[name], self.origin.spec(name)),
                TABLES[name],
                _WORDS,
                on_error=self.origin.on_error,
                elements=Elements(columns, self.rows[name]),
            )
            self.problems += conformed.problems
            remarks += conformed.remarks
            others.append(left_out)
            frames[name] = conformed.frame
        return Bundle(self.name, frames, tuple(self.problems), tuple(remarks), join_left_out(others))

    def _raw(self, name: str, columns: Sequence[str]) -> RawTable:
        rows = self.rows[name]
        cells = list(zip(*rows, strict=True)) or [()] * (len(columns) + 1)
        table = pd.DataFrame(
            {column: pd.Series(values, dtype=object) for column, values in zip(columns, cells, strict=False)}
        )
        return RawTable(self.name, table, pd.Series(np.arange(len(rows))), by_program=True)


def _breakdown(budget: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the lines of the first breakdown of a budget whose lines all have an amount and a period."""
    groups = [_list(_dict(group).get("budgetBreakdown")) for group in _list(budget.get("budgetBreakdowns"))]
    groups.append(_list(budget.get("budgetBreakdown")))
    for group in groups:
        lines = [_dict(line) for line in group]
        if lines and all(
            _dict(line.get("amount")) and _dict(line.get("period")).get("startDate") for line in lines
        ):
            return lines
    return []


def _gazetteer_codes(location: Mapping[str, Any]) -> dict[str, str]:
    """Return the codes of a location in gazetteers, each with the name of its gazetteer."""
    gazetteer = _dict(location.get("gazetteer"))
    scheme = _text(gazetteer.get("scheme")) or ""
    return {code: scheme for given in _list(gazetteer.get("identifiers")) if (code := _text(given))}


def _released(process: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the contracts with a value in the releases that are part of a package; the last release of each counts."""
    found: dict[str, Mapping[str, Any]] = {}
    for release in map(_dict, _list(process.get("releases"))):
        for at, contract in enumerate(map(_dict, _list(release.get("contracts")))):
            if _dict(contract.get("value")):
                found[str(contract.get("id") or at)] = contract
    return list(found.values())


def _start_of(contract: Mapping[str, Any]) -> Any:
    return _dict(contract.get("period")).get("startDate") or contract.get("dateSigned")


def _released_payments(process: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the payments in the releases that are part of a package; the last release that has one counts."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for release in map(_dict, _list(process.get("releases"))):
        for contract in map(_dict, _list(release.get("contracts"))):
            given = _list(_dict(contract.get("implementation")).get("transactions"))
            for at, transaction in enumerate(map(_dict, given)):
                if _paid(transaction):
                    found[str(contract.get("id")), str(transaction.get("id") or at)] = transaction
    return list(found.values())


def _paid(transaction: Mapping[str, Any]) -> Mapping[str, Any]:
    return _dict(transaction.get("value")) or _dict(transaction.get("amount"))


def _funders(project: Mapping[str, Any], budget: Mapping[str, Any]) -> str | None:
    """Name who finances a project: those of its finance, else the parties that are funders, as one joint funder."""
    given = [_dict(_dict(entry).get("financingParty")).get("name") for entry in _list(budget.get("finance"))]
    parties = [
        _dict(party).get("name")
        for party in _list(project.get("parties"))
        if "funder" in _list(_dict(party).get("roles"))
    ]
    names = {str(name).replace("|", "/") for name in (parties or given) if name}
    return "|".join(sorted(names)) or None


def _swapped(shape: Any) -> Any:
    import shapely

    return shapely.transform(shape, lambda at: at[:, ::-1])


def _within(ends: Any, bounds: tuple[float, float, float, float]) -> Any:
    west, south, east, north = bounds
    return (ends[:, 0] >= west) & (ends[:, 1] >= south) & (ends[:, 2] <= east) & (ends[:, 3] <= north)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _code(project: Any) -> str | None:
    """Return the identifier of a project, a text or a number."""
    return _text(_dict(project).get("id"))


def _text(value: Any) -> str | None:
    return str(value).strip() or None if isinstance(value, str | int) else None


def _day(value: Any) -> str | None:
    return value.strip()[:10] or None if isinstance(value, str) else None


def _number(value: Mapping[str, Any]) -> Decimal:
    amount = value.get("amount")
    return (
        Decimal(amount) if isinstance(amount, int | Decimal) and not isinstance(amount, bool) else Decimal(0)
    )


def _plain(amount: Any) -> str:
    return f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
