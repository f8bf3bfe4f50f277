"""IATI: activity files of the versions 1.04, 1.05 and 2.01 to 2.03, streamed.

An activity is a project; its locations, transactions and budgets become the rows of the tables. The component of
an amount is its sector; where an activity has several, the amount is split by their percentages, to the cent.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, Problem
from geoplan.money import from_minor, minor_digits, share_units, split, to_minor
from geoplan.sources.dac import name_sector
from geoplan.sources.raw import Raw

OWN = "{urn:geoplan:iati:1}"
"""Namespace of what geoplan's own export adds to the standard."""

OWN_DISTRICT = "_own_district"
"""Column that says yes where the district is of a plan, a code or a name, and not of IATI's administrative lists."""

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_KINDS = {
    "2": "commitment",
    "C": "commitment",
    "3": "disbursement",
    "D": "disbursement",
    "4": "expenditure",
    "E": "expenditure",
}
_OTHER_TYPES = {
    "1": "incoming funds",
    "IF": "incoming funds",
    "5": "interest payment",
    "IR": "interest payment",
    "6": "loan repayment",
    "LR": "loan repayment",
    "7": "reimbursement",
    "R": "reimbursement",
    "8": "purchase of equity",
    "QP": "purchase of equity",
    "9": "sale of equity",
    "QS": "sale of equity",
    "10": "credit guarantee",
    "CG": "credit guarantee",
    "11": "incoming commitment",
    "12": "outgoing pledge",
    "13": "incoming pledge",
}
_FUNDING = ("1", "Funding")
_STARTS = ("2", "start-actual", "1", "start-planned")
_ENDS = ("4", "end-actual", "3", "end-planned")
_STATUS = {
    "1": "Pipeline",
    "2": "Implementation",
    "3": "Finalisation",
    "4": "Closed",
    "5": "Cancelled",
    "6": "Suspended",
}
_DAC = ("1", "DAC", "2", "DAC-3")
_FULL = Decimal(100)
_SLACK = Decimal("0.1")  # percentage points by which percentages may miss 100: they are often rounded
_HEAD = 4096
_COLUMNS = {
    "projects": ("project", "title", "sector", "status", "start", "end", "component", "funder"),
    "locations": ("project", "location", "name", "precision", "exactness", "location_class", "admin_level", "share",
                  "district", "province", "lon", "lat", "geometry", OWN_DISTRICT),
    "spending": ("project", "location", "component", "funder", "year", "kind", "currency", "amount", "value_date"),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What to take from an activity file.

    Parameters
    ----------
    language : str
        ISO 639-1 code of the language of titles and names; by default the first that is there.
    country : str
        ISO 3166-1 code: of activities for several countries only this one's percentage; by default all.
    """

    language: str = ""
    country: str = ""


@dataclass
class _Rows:
    """Rows of the three tables as columns, with the line of the file each came from."""

    columns: dict[str, dict[str, list[Any]]] = field(
        default_factory=lambda: {table: {name: [] for name in names} for table, names in _COLUMNS.items()}
    )
    lines: dict[str, list[int]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    known: dict[str, str] = field(default_factory=dict)

    def add(self, table: str, line: int, **cells: Any) -> None:
        columns = self.columns[table]
        for name, column in columns.items():
            cell = cells.get(name)
            # The same text is kept once: names of sectors and funders come thousands of times.
            column.append(
                self.known.setdefault(cell, cell) if type(cell) is str and len(cell) < 100 else cell
            )
        self.lines[table].append(line)

    def fault(self, source: str, line: int, column: str, message: str, value: object, way_out: str) -> None:
        self.problems.append(Problem(source, message, column, (line,), (value,), way_out))


def read_activities(path: Path, choice: Choice = Choice()) -> dict[str, Raw]:
    """Read an IATI activity file.

    Parameters
    ----------
    path : Path
        XML, gzipped or not.
    choice : Choice

    Returns
    -------
    dict of str to Raw
        ``projects``, ``locations`` and ``spending``; the rows are the lines of the file. Amounts are text in
        currency units, with the ``value_date`` of each beside it.

    Raises
    ------
    InputError
        No activity file, XML that is broken or has a document type of its own, percentages that do not add up,
        values without amount, date or currency.
    """
    rows = _Rows()
    source = path.name
    try:
        with _opened(path) as stream:
            for activity, version in _activities(stream, source):
                _read_activity(activity, version, choice, rows, source)
    except (OSError, EOFError, zlib.error) as error:
        reason = (
            "the gzip archive is broken"
            if not isinstance(error, FileNotFoundError)
            else "there is no such file"
        )
        raise InputError(
            Problem(source, f"can not be read ({reason})", way_out="get the file again")
        ) from None
    if rows.problems:
        raise InputError(_gathered(rows.problems))
    if not rows.lines["projects"]:
        raise InputError(
            Problem(
                source, "holds no iati-activity", way_out="give an IATI activity file (not organisations)"
            )
        )
    return {
        table: Raw(
            source, pd.DataFrame(columns, dtype=object), pd.Series(rows.lines[table], dtype="int64"), remarks
        )
        for (table, columns), remarks in zip(rows.columns.items(), _remarks(rows, source), strict=True)
    }


def _gathered(problems: list[Problem]) -> list[Problem]:
    """Join problems of the same kind, as the readers of tables do."""
    groups: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.source, problem.message, problem.column, problem.way_out), []).append(
            problem
        )
    return [
        Problem(
            source,
            message,
            column,
            tuple(row for one in found for row in one.rows),
            tuple(value for one in found for value in one.values),
            way_out,
        )
        for (source, message, column, way_out), found in groups.items()
    ]


def _remarks(rows: _Rows, source: str) -> Iterator[tuple[str, ...]]:
    said = [f"{source}: {count} {what}" for what, count in sorted(rows.counts.items())]
    yield from ((), (), tuple(said))


# --- XML ----------------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        if zipped:
            with gzip.open(plain) as stream:
                yield stream  # type: ignore[misc]
        else:
            yield plain


class _Guarded:
    """A stream that refuses a document type: entities in it could grow without bound or read other files."""

    def __init__(self, stream: IO[bytes], source: str) -> None:
        self.stream, self.source, self.head = stream, source, b""

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        if len(self.head) < _HEAD:
            self.head += data[: _HEAD - len(self.head)]
            plain = self.head.replace(b"\x00", b"")  # UTF-16
            if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                way_out = "take the <!DOCTYPE …> line out; IATI files have none"
                raise InputError(
                    Problem(
                        self.source,
                        "has a document type of its own, which is not read for safety",
                        way_out=way_out,
                    )
                )
        return data


def _activities(stream: IO[bytes], source: str) -> Iterator[tuple[Any, str]]:
    """Give the activities one after the other, each freed when the next is asked for."""
    from lxml import etree

    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    version = ""
    try:
        for event, element in etree.iterparse(
            _Guarded(stream, source),
            events=("start", "end"),
            tag=("iati-activities", "iati-activity"),
            **safe,
        ):
            if event == "start":
                if element.tag == "iati-activities":
                    version = element.get("version", "")
                continue
            if element.tag == "iati-activity":
                yield element, version
                element.clear()
                parent = element.getparent()
                if parent is not None:
                    while element.getprevious() is not None:
                        del parent[0]
    except etree.XMLSyntaxError as error:
        way_out = "get the file again; it may have been cut off"
        line = () if not error.lineno else (int(error.lineno),)
        raise InputError(
            Problem(source, f"is not valid XML ({error.msg})", rows=line, way_out=way_out)
        ) from None


def _told(element: Any, language: str) -> str:
    """Return the text of an element in a language, else in the first that is there (1.x: itself; 2.x: narrative)."""
    if element is None:
        return ""
    narratives = element.findall("narrative")
    if not narratives:
        return " ".join((element.text or "").split())
    chosen = next(
        (one for one in narratives if language and (one.get(_XML_LANG) or "").lower() == language),
        narratives[0],
    )
    return " ".join((chosen.text or "").split())


def _not_stated(element: Any) -> bool:
    """Tell whether geoplan's own export put an element there only because the standard wants one."""
    return bool(element.get(f"{OWN}stated") == "no")


def _title(activity: Any, language: str) -> str:
    """Return the title; in 1.x there is an element for each language."""
    titles = [one for one in activity.findall("title") if not _not_stated(one)]
    chosen = [one for one in titles if language and (one.get(_XML_LANG) or "").lower() == language]
    return _told((chosen or titles or [None])[0], language)


# --- activities ---------------------------------------------------------------------------------------------


def _read_activity(activity: Any, version: str, choice: Choice, rows: _Rows, source: str) -> None:
    line = activity.sourceline or 0
    project = (activity.findtext("iati-identifier") or "").strip()
    if not project:
        rows.fault(
            source,
            line,
            "iati-identifier",
            "an activity without identifier",
            "",
            "every activity needs its own",
        )
        return
    funder = "|".join(dict.fromkeys(name for name in (
        _told(one, choice.language) or (one.get("ref") or "") for one in activity.findall("participating-org") if one.get("role") in _FUNDING
    ) if name))  # fmt: skip
    sectors = _sectors(activity, rows, source, choice.language)
    part = _country_part(activity, choice.country, rows, source)
    status = activity.find("activity-status")
    rows.add(
        "projects",
        line,
        project=project,
        title=_title(activity, choice.language) or None,
        sector=sectors[0][0] if sectors else None,
        status=None
        if status is None or _not_stated(status)
        else status.get(f"{OWN}status")
        or _STATUS.get(status.get("code", ""), _told(status, choice.language) or None),
        start=_day(activity, _STARTS),
        end=_day(activity, _ENDS),
        component=activity.get(f"{OWN}component") or None,
        funder=activity.get(f"{OWN}funder", funder) or None,
    )
    _read_locations(activity, project, choice.language, rows, source)
    currency = activity.get("default-currency") or ""
    money = _Money(project, funder, sectors, part, currency, choice.language, rows, source)
    for transaction in activity.iterfind("transaction"):
        money.read_transaction(transaction)
    budgets = activity.findall("budget")
    for budget in _latest(budgets):
        money.read_planned(budget)
    planned = activity.findall("planned-disbursement")
    if budgets and planned:
        rows.counts["planned disbursements beside budgets, which count"] += len(planned)
    elif planned:
        for one in _latest(planned):
            money.read_planned(one)


def _day(activity: Any, kinds: tuple[str, ...]) -> str | None:
    dates = {
        one.get("type"): one.get("iso-date") or (one.text or "").strip()
        for one in activity.findall("activity-date")
        if not _not_stated(one)
    }
    return next((dates[kind][:10] for kind in kinds if dates.get(kind)), None)


def _latest(planned: list[Any]) -> list[Any]:
    """Keep of budgets for the same period the revised one."""
    revised = {_period(one) for one in planned if one.get("type") == "2"}
    return [one for one in planned if one.get("type") == "2" or _period(one) not in revised]


def _period(planned: Any) -> tuple[str, str]:
    start, end = planned.find("period-start"), planned.find("period-end")
    return ("" if start is None else start.get("iso-date", "")), (
        "" if end is None else end.get("iso-date", "")
    )


def _sectors(parent: Any, rows: _Rows, source: str, language: str) -> list[tuple[str, Decimal]]:
    """Return name and percentage of the sectors of one vocabulary: DAC's if it is there, else the first."""
    found: dict[str, list[Any]] = {}
    for one in parent.findall("sector"):
        if _not_stated(one):
            continue
        found.setdefault(one.get("vocabulary") or "1", []).append(one)
    if not found:
        return []
    for vocabulary, listed in found.items():
        _check_percentages(listed, f"sectors of vocabulary {vocabulary}", rows, source)
    vocabulary = next((name for name in _DAC if name in found), next(iter(found)))
    chosen = found[vocabulary]
    named = []
    for one in chosen:
        code, said = one.get("code") or "", _told(one, language)
        name = one.get(f"{OWN}sector") or (
            (f"{code} {said}" if said and said != code else name_sector(code))
            if vocabulary in _DAC
            else said or code
        )
        named.append((name or "not stated", _percentage(one) or _FULL / len(chosen)))
    return named


def _percentage(element: Any) -> Decimal | None:
    text = (element.get("percentage") or "").strip().rstrip("%")
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _check_percentages(listed: list[Any], what: str, rows: _Rows, source: str) -> None:
    """List percentages that are no numbers, that some have and others lack, or that do not add up to 100."""
    given = [_percentage(one) for one in listed]
    line = listed[0].sourceline or 0
    texts = " + ".join(one.get("percentage") or "none" for one in listed)
    if any(
        one.get("percentage") and (value is None or value < 0)
        for one, value in zip(listed, given, strict=True)
    ):
        rows.fault(
            source,
            line,
            "percentage",
            f"percentages of {what} that are no numbers",
            texts,
            "write them like 33.3",
        )
    elif all(value is None for value in given) and len(given) == 1:
        return
    elif any(value is None for value in given):
        rows.fault(
            source,
            line,
            "percentage",
            f"percentages of {what} are missing",
            texts,
            "give one to each, adding up to 100",
        )
    elif abs(sum(value for value in given if value is not None) - _FULL) > _SLACK:
        rows.fault(
            source,
            line,
            "percentage",
            f"percentages of {what} do not add up to 100",
            texts,
            "correct them in the file",
        )


def _country_part(activity: Any, country: str, rows: _Rows, source: str) -> Decimal:
    """Return the part of an activity that is for a country, 0 to 1."""
    countries, regions = activity.findall("recipient-country"), activity.findall("recipient-region")
    by_vocabulary: dict[str, list[Any]] = {}
    for one in regions:
        by_vocabulary.setdefault(one.get("vocabulary") or "1", []).append(one)
    for named in list(by_vocabulary.values()) or [[]]:
        if len(countries) + len(named) > 1:
            _check_percentages([*countries, *named], "recipient countries and regions", rows, source)
    if not country or not (countries or regions):
        return Decimal(1)
    mine = [one for one in countries if (one.get("code") or "").upper() == country.upper()]
    if not mine:
        return Decimal(0)
    return sum((_percentage(one) or _FULL for one in mine), Decimal(0)) / _FULL


def _read_locations(activity: Any, project: str, language: str, rows: _Rows, source: str) -> None:
    taken: set[str] = set()
    for number, one in enumerate(activity.iterfind("location"), start=1):
        line = one.sourceline or 0
        lat, lon, precision = _place(one, rows, source)
        code = one.find("location-id")
        named = (None if code is None else code.get("code")) or one.get("ref") or str(number)
        if one.get(f"{OWN}precision") is not None or code is None:
            named = one.get("ref") or named
        unique = named if named not in taken else f"{named} ({number})"
        taken.add(unique)
        level, district, province = _administrative(one)
        wkt = one.findtext(f"{OWN}geometry")
        share = one.get(f"{OWN}share")
        if share is None and _percentage(one) is not None:
            share = str((_percentage(one) or _FULL) / _FULL)
        rows.add(
            "locations",
            line,
            project=project,
            location=unique,
            name=_told(one.find("name"), language) or None,
            precision=one.get(f"{OWN}precision") or precision,
            exactness=None if one.get(f"{OWN}precision") else _code(one, "exactness"),
            location_class=None if one.get(f"{OWN}precision") else _code(one, "location-class"),
            admin_level=level,
            share=share,
            district=one.get(f"{OWN}district") or district,
            province=one.get(f"{OWN}province") or province,
            lon=None if wkt else lon,
            lat=None if wkt else lat,
            geometry=wkt,
            **{OWN_DISTRICT: "yes" if one.get(f"{OWN}district") else None},
        )


def _code(location: Any, name: str) -> str | None:
    found = location.find(name)
    return None if found is None else found.get("code")


def _place(location: Any, rows: _Rows, source: str) -> tuple[str | None, str | None, str | None]:
    """Return latitude, longitude and precision code: <point><pos> of 2.x, <coordinates> of 1.x."""
    coordinates = location.find("coordinates")
    if coordinates is not None:
        return coordinates.get("latitude"), coordinates.get("longitude"), coordinates.get("precision")
    text = location.findtext("point/pos")
    if text is None or not text.strip():
        return None, None, None
    parts = text.replace(",", " ").split()
    if len(parts) != 2:
        rows.fault(
            source,
            location.sourceline or 0,
            "pos",
            "a position that is not latitude and longitude",
            text,
            "write it like 18.4 103.6",
        )
        return None, None, None
    return parts[0], parts[1], None


def _administrative(location: Any) -> tuple[str | None, str | None, str | None]:
    """Return level, district code and province code of the administrative areas of a location."""
    level = district = province = None
    for one in location.findall("administrative"):
        number, code = one.get("level"), one.get("code")
        if number is None:  # 1.x: adm1 and adm2 as attributes
            province, district = one.get("adm1") or province, one.get("adm2") or district
            level = "2" if district else "1" if province else level
            continue
        level = number if level is None or number > level else level
        if number == "2":
            district = code
        elif number == "1":
            province = code
    return level, district, province


# --- money --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Money:
    """The amounts of one activity on their way to the table of spending."""

    project: str
    funder: str
    sectors: list[tuple[str, Decimal]]
    part: Decimal
    currency: str
    language: str
    rows: _Rows
    source: str

    def read_transaction(self, transaction: Any) -> None:
        code = _code(transaction, "transaction-type") or ""
        kind = _KINDS.get(code)
        if kind is None:
            name = _OTHER_TYPES.get(code)
            if name is None:
                self._fault(
                    transaction,
                    "transaction-type",
                    "no such transaction type",
                    code,
                    "see IATI's code list TransactionType",
                )
            else:
                self.rows.counts[f"transactions are {name} and no spending"] += 1
            return
        provider = transaction.find("provider-org")
        funder = "" if provider is None else _told(provider, self.language) or provider.get("ref") or ""
        date = transaction.find("transaction-date")
        sectors = _sectors(transaction, self.rows, self.source, self.language) or self.sectors
        self._add(
            transaction,
            kind,
            transaction.get(f"{OWN}funder", funder or self.funder),
            "" if date is None else date.get("iso-date") or "",
            sectors,
        )

    def read_planned(self, planned: Any) -> None:
        """Read a budget or a planned disbursement: it counts in the year it starts."""
        funder = planned.get(f"{OWN}funder", self.funder)
        self._add(planned, "budget", funder, _period(planned)[0], self.sectors)

    def _add(
        self, element: Any, kind: str, funder: str, day: str, sectors: list[tuple[str, Decimal]]
    ) -> None:
        value = element.find("value")
        text = "" if value is None else (value.text or "").strip()
        value_date = "" if value is None else value.get("value-date") or ""
        currency = ("" if value is None else value.get("currency") or "") or self.currency
        year = (day or value_date)[:4]
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        sound = True
        if not amount.is_finite():
            self._fault(
                element,
                "value",
                "not readable as an amount",
                text,
                "write digits with a point as the only mark",
            )
            sound = False
        if not year.isdigit():
            self._fault(
                element, "iso-date", "an amount without a date", day or value_date, "write it like 2014-05-31"
            )
            sound = False
        if not currency:
            self._fault(
                element,
                "currency",
                "an amount without a currency",
                text,
                "add currency to the value, or default-currency to the activity",
            )
            sound = False
        if not sound:
            return
        own = element.get(f"{OWN}component")
        if self.part != 1:
            digits = minor_digits(currency)
            whole = amount
            minor, _ = to_minor(whole * self.part, digits)
            amount = from_minor(minor, digits)
            self.rows.counts[f"amounts in {currency} are partly for other countries and left out"] += 1
            if not minor:
                return
        named = [(own, _FULL)] if own is not None else sectors or [("", _FULL)]
        for component, piece in _split_amount(amount, currency, named):
            self.rows.add(
                "spending",
                element.sourceline or 0,
                project=self.project,
                location=element.get(f"{OWN}location"),
                component=component or None,
                funder=funder or None,
                year=year,
                kind=kind,
                currency=currency,
                amount=f"{piece:f}",
                value_date=value_date or day or None,
            )

    def _fault(self, element: Any, column: str, message: str, value: str, way_out: str) -> None:
        self.rows.fault(self.source, element.sourceline or 0, column, message, value, way_out)


def _split_amount(
    amount: Decimal, currency: str, sectors: list[tuple[str, Decimal]]
) -> list[tuple[str, Decimal]]:
    """Split an amount over sectors by percentage, in minor units by largest remainder.

    What an amount has below its minor unit stays with the first part, so that its rounding is told once.
    """
    if len(sectors) == 1:
        return [(sectors[0][0], amount)]
    digits = minor_digits(currency)
    minor, rest = to_minor(amount, digits)
    weights = np.array([float(percentage) for _, percentage in sectors])
    group = np.zeros(len(sectors), np.int64)
    parts = split(np.array([minor]), group, share_units(weights / weights.sum(), group, 1))
    pieces = [from_minor(int(part), digits) for part in parts]
    pieces[0] += rest
    return [(name, piece) for (name, _), piece in zip(sectors, pieces, strict=True)]
