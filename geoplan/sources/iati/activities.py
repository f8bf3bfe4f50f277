"""Activities: one IATI activity as rows of projects, locations and spending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geoplan.errors import Problem
from geoplan.sources.calendar import days_by_year
from geoplan.sources.dac import name_sector
from geoplan.sources.iati import codes
from geoplan.sources.iati.narratives import LANGUAGE, choose_text, plain_text
from geoplan.sources.iati.percentages import HUNDRED, Divided, divide, weights_of
from geoplan.sources.iati.places import OWN, identifier_of, read_location

if TYPE_CHECKING:
    from lxml import etree

    from geoplan.sources.origins import Surroundings

PROJECT_COLUMNS = ("project", "title", "sector", "status", "start", "end", "component", "funder")
SPENDING_COLUMNS = (
    "project",
    "location",
    "component",
    "funder",
    "year",
    "value_date",
    "kind",
    "currency",
    "amount",
)

_COMPONENT, _LOCATION, _FUNDER = OWN + "component", OWN + "location", OWN + "funder"
_NAMED_REGIONS = ("recipient-country", "recipient-region")
_SPECIAL = frozenset(("sector", *_NAMED_REGIONS, "location"))


@dataclass(frozen=True)
class Division:
    """How an amount is divided: first by recipient, then by calendar year, then by sector.

    Parameters
    ----------
    recipients : list of (str, int)
        Why the part is left out (empty for what counts), and its weight.
    years, sectors : list of (str or None, int)
        Year or sector, and its weight.
    """

    recipients: list[tuple[str, int]]
    years: list[tuple[str | None, int]]
    sectors: list[tuple[str | None, int]]


@dataclass
class Rows:
    """Rows read so far; the last cell of each is its line in the file.

    Parameters
    ----------
    projects, locations, spending : list of tuple
    divided : list of (tuple, Division)
        Rows of spending that go to several parts.
    left_out : list of (tuple, str)
        Rows of spending that are not counted, each with its reason.
    """

    projects: list[tuple[Any, ...]] = field(default_factory=list)
    locations: list[tuple[Any, ...]] = field(default_factory=list)
    spending: list[tuple[Any, ...]] = field(default_factory=list)
    divided: list[tuple[tuple[Any, ...], Division]] = field(default_factory=list)
    left_out: list[tuple[tuple[Any, ...], str]] = field(default_factory=list)


@dataclass
class Notes:
    """What was noticed on the way, counted.

    Parameters
    ----------
    problems : dict of (str, str) to list of (int, str)
        By message and column: lines and values.
    counts : Counter of str
    """

    problems: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def blame(self, message: str, column: str, line: int | None, value: str) -> None:
        """Note a problem of an element."""
        self.problems.setdefault((message, column), []).append((line or 0, value))

    def listed(self, source: str) -> list[Problem]:
        """Return the problems, those of one message together."""
        return [
            Problem(
                source,
                message,
                column,
                tuple(line for line, _ in found if line),
                tuple(value for _, value in found if value),
                _WAYS_OUT.get(column, "correct the file, or ask its publisher"),
            )
            for (message, column), found in self.problems.items()
        ]


_WAYS_OUT = {
    "percentage": 'correct the file; or say percentages = "rescale" of this source to take them in proportion',
    "iati-identifier": "every activity needs one, once",
}


class ActivityReader:
    """Reads activities of one file into rows.

    Parameters
    ----------
    options : mapping of str to str
        ``language, country, currency, sectors, percentages, planned`` of the source.
    around : Surroundings
    """

    def __init__(self, options: Mapping[str, str], around: Surroundings) -> None:
        self.language = options.get("language", "")
        self.country = options.get("country", "")
        self.currency = options.get("currency")
        self.vocabulary = options.get("sectors", "")
        self.rescale = options.get("percentages") == "rescale"
        self.planned = options.get("planned", "")
        self.around = around
        self.notes = Notes()
        self.seen: set[str] = set()

    def read(self, element: etree._Element, rows: Rows) -> None:
        """Add the rows of one activity."""
        children: dict[Any, list[etree._Element]] = {}
        for child in element:
            children.setdefault(child.tag, []).append(child)
        activity = _Activity(self, element, children)
        if not activity.project:
            self.notes.blame("an activity has no identifier", "iati-identifier", element.sourceline, "")
            return
        activity.is_again = activity.project in self.seen
        self.seen.add(activity.project)
        if activity.is_again:
            self.notes.counts["activities whose identifier occurred before in the file; left out"] += 1
        else:
            rows.projects.append(activity.describe())
            rows.locations += activity.read_places()
        activity.read_money(rows)


class _Activity:
    """One activity while it is read."""

    def __init__(
        self, reader: ActivityReader, element: etree._Element, children: Mapping[str, list[etree._Element]]
    ) -> None:
        self.reader, self.element, self.children = reader, element, children
        self.default_language = element.get(LANGUAGE) or ""
        self.default_currency = element.get("default-currency") or reader.currency
        self.project = self._identifier()
        self.is_again = False
        self.sectors = self._sectors(children.get("sector", []))
        self.funder = self._funder()
        self.places: list[tuple[Any, ...]] = []
        self.taken: set[str] = set()

    # --- what it is -----------------------------------------------------------------------

    def _identifier(self) -> str:
        for other in self.children.get("other-identifier", ()):
            # geoplan's own files keep the code of the project here.
            if other.get("type") == "A1" and OWN[1:-1] in self.element.nsmap.values():
                return (other.get("ref") or "").strip()
        found = self.children.get("iati-identifier")
        return "".join((found[0].text or "").split()) if found else ""

    def describe(self) -> tuple[Any, ...]:
        """Return the row of the table of projects."""
        reader, children = self.reader, self.children
        title, spoken = choose_text(
            _stated(children.get("title", ())), reader.language, self.default_language
        )
        if not spoken:
            reader.notes.counts[
                f"titles are not there in {reader.language!r}; another language stands in"
            ] += 1
        status = _stated(children.get("activity-status", ()))
        words = None
        if status:
            words = status[0].get(OWN + "status") or codes.status_words(
                status[0].get("code"), plain_text(status[0])
            )
        return (
            self.project,
            title,
            " | ".join(name for name, _ in self.sectors.parts) or None,
            words,
            self._date(codes.START_TYPES),
            self._date(codes.END_TYPES),
            self.element.get(OWN + "component") or None,
            self.element.get(OWN + "funder") or None,
            self.element.sourceline,
        )

    def _date(self, types: tuple[str, ...]) -> str | None:
        given = {
            date.get("type"): date.get("iso-date") for date in _stated(self.children.get("activity-date", ()))
        }
        found = next((given[name] for name in types if given.get(name)), None)
        return found.strip()[:10] if found else None

    def _funder(self) -> str | None:
        """Name who pays: all funding organisations as one joint funder, for shares are not said."""
        names = {
            plain_text(organisation) or organisation.get("ref") or ""
            for organisation in self.children.get("participating-org", ())
            if organisation.get("role") in codes.FUNDING_ROLES
        }
        return "|".join(sorted(name.replace("|", "/") for name in names if name)) or None

    # --- where it is ----------------------------------------------------------------------

    def read_places(self) -> list[tuple[Any, ...]]:
        """Return the rows of the table of locations, those of single transactions with them."""
        found = self.children.get("location", [])
        self.places = [self._place(element) for element in found]
        own = [
            self._place(element)
            for transaction in self.children.get("transaction", ())
            for element in transaction.iterchildren("location")
        ]
        if own and found and all(place[7] is None for place in self.places):
            # What a single transaction names is for that one only: the others go to the activity's places.
            even = f"{1 / len(found):.9f}"
            last = f"{1 - (len(found) - 1) * float(even):.9f}"
            shares = [even] * (len(found) - 1) + [last]
            self.places = [
                (*place[:7], share, *place[8:]) for place, share in zip(self.places, shares, strict=True)
            ]
        if own and found:
            own = [(*place[:7], "0", *place[8:]) for place in own]
        return self.places + own

    def _place(self, element: etree._Element) -> tuple[Any, ...]:
        name = identifier_of(element, self.taken, len(self.taken) + 1)
        if element.getparent() is not self.element:
            element.set(OWN + "read-as", name)
        return read_location(
            element, self.project, name, self.reader.language, self.default_language, self.reader.around
        )

    # --- what it is for -------------------------------------------------------------------

    def _sectors(self, elements: list[etree._Element]) -> Divided:
        """Return the sectors by which amounts are divided: those of one vocabulary."""
        by_vocabulary: dict[str, list[tuple[str, str | None]]] = {}
        for element in _stated(elements):
            code = (element.get("code") or "").strip()
            vocabulary = codes.sector_vocabulary(element.get("vocabulary"), code)
            label = self._label(element, code, vocabulary)
            if label:
                by_vocabulary.setdefault(vocabulary, []).append((label, element.get("percentage")))
        if not by_vocabulary:
            return Divided(())
        preferred = (self.reader.vocabulary, *codes.PREFERRED_VOCABULARIES)
        chosen = next((name for name in preferred if name in by_vocabulary), next(iter(by_vocabulary)))
        found = Divided(())
        for vocabulary, given in by_vocabulary.items():
            divided = divide(given, f"sectors of vocabulary {vocabulary}")
            if divided.fault:
                self._blame_percentages(
                    divided.fault, elements[0], used=vocabulary == chosen and bool(divided.parts)
                )
            if vocabulary == chosen:
                found = divided
        return found

    def _label(self, element: etree._Element, code: str, vocabulary: str) -> str:
        """Name a sector: the DAC's by its code and category, others by what they are called."""
        own: str | None = element.get(OWN + "sector")
        named = None
        if len(element) or element.text:
            named, _ = choose_text([element], self.reader.language, self.default_language)
        if own or vocabulary not in codes.PREFERRED_VOCABULARIES:
            return own or named or code
        return f"{code} {named}".strip() if named and named != code else name_sector(code)

    def _blame_percentages(self, fault: str, element: etree._Element, *, used: bool) -> None:
        if self.reader.rescale and used:
            self.reader.notes.counts[
                f"{fault.partition(' add up')[0]} do not add up to 100; taken in proportion"
            ] += 1
        else:
            self.reader.notes.blame(fault, "percentage", element.sourceline, self.project)

    def _recipients(self, children: Mapping[str, list[etree._Element]]) -> Divided:
        """Return countries and regions with their parts; regions of the first vocabulary only."""
        given = [
            (str(country.get("code")), country.get("percentage"))
            for country in children.get("recipient-country", ())
        ]
        regions = children.get("recipient-region", ())
        if regions:
            first = regions[0].get("vocabulary")
            given += [
                (f"region {region.get('code')}", region.get("percentage"))
                for region in regions
                if region.get("vocabulary") == first
            ]
        if not given:
            return Divided(())
        divided = divide(given, "recipient countries and regions")
        if divided.fault:
            line = (children.get("recipient-country") or children["recipient-region"])[0]
            self._blame_percentages(divided.fault, line, used=bool(divided.parts))
        return divided

    # --- what it costs --------------------------------------------------------------------

    def read_money(self, rows: Rows) -> None:
        """Add the rows of spending: transactions, budgets or planned disbursements."""
        recipients = self._recipients(self.children) if self.reader.country else Divided(())
        for element in self.children.get("transaction", ()):
            self._transaction(element, recipients, rows)
        budgets, planned = self.children.get("budget", []), self.children.get("planned-disbursement", [])
        counted, other = (planned, budgets) if self._counts_planned(budgets) else (budgets, planned)
        word = "planned disbursements count" if counted is planned else "budgets count"
        replaced = _replaced(counted)
        for element in counted:
            reason = "a revised one for the same period counts" if element in replaced else ""
            self._planned(element, recipients, rows, reason)
        for element in other:
            self._planned(element, recipients, rows, f"{element.tag}: the {word} as budget")

    def _counts_planned(self, budgets: list[etree._Element]) -> bool:
        wanted = self.reader.planned
        return wanted == "planned-disbursement" or (not wanted and not budgets)

    def _transaction(self, element: etree._Element, recipients: Divided, rows: Rows) -> None:
        code = day = value = provider = None
        own = place = told_funder = None
        if element.keys():
            own, place, told_funder = element.get(_COMPONENT), element.get(_LOCATION), element.get(_FUNDER)
        special: dict[str, list[etree._Element]] | None = None
        for child in element:
            tag = child.tag
            if tag == "value":
                value = child
            elif tag == "transaction-type":
                code = child.get("code")
            elif tag == "transaction-date":
                day = child.get("iso-date")
            elif tag == "provider-org":
                provider = plain_text(child) or child.get("ref")
            elif tag in _SPECIAL:
                special = special or {}
                special.setdefault(tag, []).append(child)
        sectors = self.sectors
        if special:
            place = self._place_named(special.get("location"), place)
            sectors = self._sectors(special["sector"]) if "sector" in special else sectors
            if self.reader.country and any(name in special for name in _NAMED_REGIONS):
                recipients = self._recipients(special)
        kind = codes.TRANSACTION_KINDS.get(code or "")
        other = codes.OTHER_TRANSACTIONS.get(code or "")
        reason = "" if other is None else f"{other} is no spending of the project"
        funder = provider.replace("|", "/") if provider else self.funder
        funder = funder if told_funder is None else told_funder
        self._add(
            element,
            value,
            (kind or other or code, day, place, funder, own),
            sectors,
            recipients,
            rows,
            reason,
        )

    def _place_named(self, locations: list[etree._Element] | None, place: str | None) -> str | None:
        if not locations or self.is_again:
            return place
        if len(locations) > 1:
            self.reader.notes.blame(
                "a transaction with several locations", "location", locations[0].sourceline, self.project
            )
        own: str | None = locations[0].get(OWN + "read-as")
        return own

    def _planned(self, element: etree._Element, recipients: Divided, rows: Rows, reason: str) -> None:
        parts = {child.tag: child for child in element}
        start, end, value = (parts.get(tag) for tag in ("period-start", "period-end", "value"))
        first = start.get("iso-date") if start is not None else None
        last = end.get("iso-date") if end is not None else None
        provider = parts.get("provider-org")
        funder = (
            element.get(OWN + "funder")
            if element.get(OWN + "funder") is not None
            else (plain_text(provider) if provider is not None else None) or self.funder
        )
        years = days_by_year(first or "", last or first or "")
        if first and years is None:
            self.reader.notes.blame(
                "a period that can not be read, or ends before it starts",
                "period-start",
                element.sourceline,
                f"{first} to {last}",
            )
        told = ("budget", first, element.get(OWN + "location"), funder, element.get(OWN + "component"))
        self._add(element, value, told, self.sectors, recipients, rows, reason, years)

    def _add(
        self,
        element: etree._Element,
        value: etree._Element | None,
        told: tuple[str | None, str | None, str | None, str | None, str | None],
        sectors: Divided,
        recipients: Divided,
        rows: Rows,
        reason: str,
        years: list[tuple[int, int]] | None = None,
    ) -> None:
        """Add one amount, whole or in parts."""
        kind, day, place, funder, component = told
        currency = text = stated = None
        if value is not None:
            currency, stated, text = value.get("currency"), value.get("value-date"), value.text
        day = day or stated
        year = day.strip()[:4] if day else None
        if component is not None:
            # geoplan's own files name the component of each amount, be it none.
            sectors = Divided(((component, HUNDRED),))
        only = sectors.parts[0][0] or None if len(sectors.parts) == 1 else None
        row = (
            self.project,
            place,
            only,
            funder or None,
            year,
            (stated or day or "").strip()[:10] or None,
            kind,
            currency or self.default_currency,
            text.strip() if text else None,
            element.sourceline,
        )
        if self.is_again:
            reason = "the identifier of the activity occurred before in the file"
        if reason:
            rows.left_out.append((row, reason))
        elif len(sectors.parts) < 2 and not recipients.parts and (years is None or len(years) < 2):
            rows.spending.append(row)
        else:
            rows.divided.append((row, self._division(only, year, sectors, recipients, years)))

    def _division(
        self,
        only: str | None,
        year: str | None,
        sectors: Divided,
        recipients: Divided,
        years: list[tuple[int, int]] | None,
    ) -> Division:
        """Return the parts by recipient, by the days of a period in each year, and by sector."""
        by_sector: list[tuple[str | None, int]] = [(only, 1)]
        if only is None and len(sectors.parts) > 1:
            by_sector = [*zip([name for name, _ in sectors.parts], weights_of(sectors.parts), strict=True)]
        by_recipient = [("", 1)]
        if recipients.parts:
            reasons = [self._not_ours(name) for name, _ in recipients.parts]
            by_recipient = [*zip(reasons, weights_of(recipients.parts), strict=True)]
        return Division(
            by_recipient, [(str(name), days) for name, days in years or []] or [(year, 1)], by_sector
        )

    def _not_ours(self, recipient: str) -> str:
        country = self.reader.country
        return "" if recipient.casefold() == country.casefold() else f"for {recipient}, not {country}"


def _stated(elements: Iterable[etree._Element]) -> list[etree._Element]:
    """Return the elements but those that geoplan's own export wrote only because the standard wants one."""
    return [element for element in elements if element.get(OWN + "stated") != "no"]


def _replaced(budgets: list[etree._Element]) -> set[etree._Element]:
    """Return the original budgets that have a revised one for the same period."""
    if len(budgets) < 2:
        return set()

    if not any(budget.get("type") in codes.REVISED for budget in budgets):
        return set()

    def period(budget: etree._Element) -> tuple[str, str]:
        ends = [budget.find(tag) for tag in ("period-start", "period-end")]
        first, last = ((end.get("iso-date") or "" if end is not None else "") for end in ends)
        return first, last

    revised = {period(budget) for budget in budgets if budget.get("type") in codes.REVISED}
    return {
        budget for budget in budgets if budget.get("type") not in codes.REVISED and period(budget) in revised
    }
