"""Money: the transactions, budgets and planned disbursements of an activity as rows of spending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from geoplan.model.errors import show_value
from geoplan.sources.standards.calendar_years import days_by_year
from geoplan.sources.standards.iati import codes
from geoplan.sources.standards.iati.budgets import days_left, find_double_budgets, read_budgets
from geoplan.sources.standards.iati.narratives import plain_text
from geoplan.sources.standards.iati.parts import read_recipients, read_sectors
from geoplan.sources.standards.iati.percentages import HUNDRED, WHOLE, Divided
from geoplan.sources.standards.iati.places import OWN, STATED
from geoplan.sources.standards.iati.rows import Division, Rows

if TYPE_CHECKING:
    from lxml import etree

    from geoplan.sources.standards.iati.activity import Activity

_COMPONENT, _LOCATION, _FUNDER = OWN + "component", OWN + "location", OWN + "funder"
_NAMED_REGIONS = ("recipient-country", "recipient-region")
_SPECIAL = frozenset(("sector", *_NAMED_REGIONS, "location"))
_ALL_OURS = (("", 1),)
_REPLACED = "a revised budget replaces it"

Told = tuple[str | None, str | None, str | None, str | None, str | None]
"""Kind, day, location, funder and component of an amount."""


def read_money(activity: Activity, rows: Rows) -> None:
    """Add the rows of spending: transactions, budgets or planned disbursements."""
    children = activity.children
    recipients = read_recipients(activity, children)
    if not activity.reader.country:
        _doubt_countries(activity, children)
        recipients = WHOLE
    for element in children.get("transaction", ()):
        _add_transaction(activity, element, recipients, rows)
    budgets, planned = children.get("budget", []), children.get("planned-disbursement", [])
    counted, other = (planned, budgets) if _counts_planned(activity, budgets) else (budgets, planned)
    word = "planned disbursements count" if counted is planned else "budgets count"
    if len(counted) < 2:
        for element in counted:
            _add_planned(activity, element, recipients, rows, "")
    else:
        _add_budgets(activity, counted, recipients, rows)
    for element in other:
        _add_planned(activity, element, recipients, rows, f"{element.tag}: the {word} as budget")


def _add_budgets(activity: Activity, counted: list[etree._Element], recipients: Divided, rows: Rows) -> None:
    """Add budgets, of which revised ones replace others; note those that look counted twice."""
    budgets = read_budgets(counted, negative=activity.reader.takes_negative)
    left = days_left(budgets)
    for element in counted:
        _add_planned(activity, element, recipients, rows, "", left.get(element))
    if not activity.not_counted:
        whole = [budget for budget in budgets if budget.element not in left and not budget.is_faulty]
        for message in find_double_budgets(whole):
            activity.reader.notes.doubt(message, activity.project, ("budget",))


def _doubt_countries(activity: Activity, children: Mapping[str, list[etree._Element]]) -> None:
    """Note an activity for several countries, or partly for a region, all of whose money counts."""
    countries = {country.get("code") for country in children.get("recipient-country", ())}
    # Without a percentage, a region beside a country only says where the country is.
    shares = any(region.get("percentage") for region in children.get("recipient-region", ()))
    if len(countries) > 1 or (countries and shares):
        what = "countries" if len(countries) > 1 else "countries or regions"
        activity.reader.notes.doubt(
            f"for several recipient {what}; all of their money counts, because the source has no option country",
            activity.project,
        )


def _counts_planned(activity: Activity, budgets: list[etree._Element]) -> bool:
    wanted = activity.reader.planned
    return wanted == "planned-disbursement" or (not wanted and not budgets)


def _add_transaction(activity: Activity, element: etree._Element, recipients: Divided, rows: Rows) -> None:
    code = day = value = provider = None
    own = place = told_funder = None
    if activity.has_own:
        own, place, told_funder = element.get(_COMPONENT), element.get(_LOCATION), element.get(_FUNDER)
    special: dict[str, list[etree._Element]] | None = None
    for child in element[:]:
        tag = child.tag
        if tag == "value":
            value = child
        elif tag == "transaction-type":
            code = (child.get("code") or "").strip()
        elif tag == "transaction-date":
            day = child.get("iso-date")
        elif tag == "provider-org":
            provider = _payer(child)
        elif tag in _SPECIAL:
            special = special or {}
            special.setdefault(tag, []).append(child)
    sectors = activity.sectors
    if special:
        place = _place_named(activity, special.get("location"), place)
        sectors = read_sectors(activity, special["sector"]) if "sector" in special else sectors
        if activity.reader.country and any(name in special for name in _NAMED_REGIONS):
            recipients = read_recipients(activity, special)
    kind, reason = codes.TRANSACTION_KINDS.get(code or ""), ""
    if kind is None:
        kind = codes.OTHER_TRANSACTIONS.get(code or "")
        reason = f"{kind} is not spending of the project"
    if kind is None:
        kind, shown = "transactions of unknown type", show_value(code) if code else "none"
        if activity.reader.refuses and not activity.not_counted:
            message = f"unknown type of transaction (activity {show_value(activity.project)})"
            activity.reader.notes.blame(message, "transaction-type", element.sourceline, code or "none")
            return
        reason = f"transaction-type {shown} is not a code of IATI"
    funder = (provider or activity.funder) if told_funder is None else told_funder
    _add(activity, element, value, (kind, day, place, funder, own), sectors, recipients, rows, reason, ())


def _payer(organisation: etree._Element) -> str | None:
    """Name a providing organisation. A bar in its name would make it several funders, so it becomes a slash."""
    name: str | None = plain_text(organisation) or organisation.get("ref")
    return name.replace("|", "/") if name else None


def _place_named(activity: Activity, locations: list[etree._Element] | None, place: str | None) -> str | None:
    """Return the place that a transaction names; of several locations none, so the activity's places are used."""
    if not locations or activity.not_counted:
        return place
    if len(locations) > 1:
        activity.reader.notes.doubt(
            "with transactions that have several locations; the locations of the activity are used instead",
            activity.project,
        )
        return place
    return activity.read_own_place(locations[0])


def _add_planned(
    activity: Activity,
    element: etree._Element,
    recipients: Divided,
    rows: Rows,
    reason: str,
    left: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Add a budget; ``left`` are the spans of days that no revised budget replaces, if any replaces some."""
    first = last = value = provider = None
    for child in element[:]:
        tag = child.tag
        if tag == "value":
            value = child
        elif tag == "period-start":
            first = child.get("iso-date")
        elif tag == "period-end":
            last = child.get("iso-date")
        elif tag == "provider-org":
            provider = _payer(child)
    place = funder = component = None
    if activity.has_own:
        place, funder, component = element.get(_LOCATION), element.get(_FUNDER), element.get(_COMPONENT)
    funder = (provider or activity.funder) if funder is None else funder
    years = _days_by_year(first or "", last or first or "")
    if first and years is None and not reason and not activity.not_counted:
        fault = "a period that cannot be read or ends before it starts"
        if activity.reader.refuses:
            fault = f"{element.tag} of activity {show_value(activity.project)}: {fault}"
            activity.reader.notes.blame(fault, "period-start", element.sourceline, f"{first} to {last}")
            return
        activity.reader.notes.doubt(f"with {fault}; these amounts are left out", activity.project, ())
        reason = f"{element.tag}: {fault}"
    told = ("budget", first, place, funder, component)
    if left is not None and not left:
        reason = reason or _REPLACED
    days = (1, 0)
    if left:
        kept = sum(end - start + 1 for start, end in left)
        days = (kept, sum(count for _, count in years or ()) - kept)
        years = tuple(part for start, end in left for part in _days_by_year(_iso(start), _iso(end)) or ())
    _add(activity, element, value, told, activity.sectors, recipients, rows, reason, years or (), days)


def _iso(day: int) -> str:
    return dt.date.fromordinal(day).isoformat()


@lru_cache(maxsize=4096)
def _days_by_year(first: str, last: str) -> tuple[tuple[str, int], ...] | None:
    found = days_by_year(first, last)
    return None if found is None else tuple((str(year), days) for year, days in found)


def _add(
    activity: Activity,
    element: etree._Element,
    value: etree._Element | None,
    told: Told,
    sectors: Divided,
    recipients: Divided,
    rows: Rows,
    reason: str,
    years: Sequence[tuple[str, int]],
    days: tuple[int, int] = (1, 0),
) -> None:
    """Add one amount, whole or in parts; of its ``days`` the first count and a revised budget replaces the others."""
    kind, day, place, funder, component = told
    currency = text = stated = None
    if value is not None:
        currency, stated, text = value.get("currency"), value.get("value-date"), value.text
    day = day or stated
    day = day.strip() if day else None
    # A text that is not a date stays as it is, so that the message shows the value in the file.
    year = day[:4] if day and day[4:5] in ("-", "") else day
    valued = stated.strip() if stated else day
    if activity.has_own and value is not None and value.get(STATED) == "no":
        valued = None
    if component is not None:
        # geoplan's own files name the component of each amount, which may be none.
        sectors = Divided(((component, HUNDRED),))
    row = (
        activity.project,
        place,
        sectors.only,
        funder or None,
        year,
        (valued or "")[:10] or None,
        kind,
        currency or activity.default_currency,
        text.strip() if text else None,
        element.sourceline,
    )
    reason = activity.not_counted or reason or recipients.fault or sectors.fault
    if reason:
        rows.left_out.append((row, reason))
    elif len(sectors.parts) < 2 and not recipients.parts and len(years) < 2 and not days[1]:
        rows.spending.append(row)
    else:
        division = Division(
            _by_days(_reasons(recipients, activity.reader.country), days),
            years or [(year, 1)],
            [(sectors.only, 1)] if len(sectors.parts) < 2 else sectors.weights,
        )
        rows.divided.append((row, division))


def _by_days(reasons: Sequence[tuple[str, int]], days: tuple[int, int]) -> Sequence[tuple[str, int]]:
    """Divide the parts of recipients into the days that count and those that a revised budget replaces."""
    kept, replaced = days
    if not replaced:
        return reasons
    return [
        part
        for reason, weight in reasons
        for part in ((reason, weight * kept), (reason or _REPLACED, weight * replaced))
    ]


def _reasons(recipients: Divided, country: str) -> Sequence[tuple[str, int]]:
    """Return for each recipient why its part is left out (empty for the plan's own country), and its weight."""
    if not recipients.parts:
        return _ALL_OURS
    return [
        ("" if name.casefold() == country.casefold() else f"for {name}, not {country}", weight)
        for name, weight in recipients.weights
    ]
