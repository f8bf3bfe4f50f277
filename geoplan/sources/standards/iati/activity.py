"""One IATI activity while it is read, and what all activities of its file share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geoplan.sources.standards.gazetteers import GazetteerCodes
from geoplan.sources.standards.iati import codes
from geoplan.sources.standards.iati.narratives import LANGUAGE, choose_text, plain_text
from geoplan.sources.standards.iati.percentages import WHOLE, Divided
from geoplan.sources.standards.iati.places import OWN, STATED, read_location
from geoplan.sources.standards.iati.rows import Notes

if TYPE_CHECKING:
    from lxml import etree

    from geoplan.sources.origins import Surroundings

_STATUS = OWN + "status"
_OWN_PROJECT = tuple(OWN + name for name in ("component", "funder", "plan-item", "plan-level", "on-budget"))


class FileReading:
    """How the activities of one file are read, and what was noticed.

    Parameters
    ----------
    options : mapping of str to str
        ``language, country, currency, sectors, percentages, planned, on_error`` of the source.
    around : Surroundings
    """

    def __init__(self, options: Mapping[str, str], around: Surroundings) -> None:
        self.language = options.get("language", "")
        self.country = options.get("country", "")
        self.currency = options.get("currency")
        self.vocabulary = options.get("sectors", "")
        self.rescale = options.get("percentages") == "rescale"
        self.refuses = options.get("on_error") == "refuse"
        self.takes_negative = options.get("negative") == "accept"
        self.refuses_percentages = self.refuses or options.get("percentages") == "refuse"
        self.planned = options.get("planned", "")
        self.gazetteers = GazetteerCodes(around)
        self.notes = Notes()
        self.count = 0
        self.seen: set[str] = set()
        self.parents: dict[str, set[str]] = {}
        self.known_sectors: dict[Any, tuple[Divided, tuple[tuple[str, str, bool], ...]]] = {}

    def relate(self, activity: Activity) -> None:
        """Note the parents and children that an activity names."""
        for related in activity.children.get("related-activity", ()):
            kind = related.get("type")
            other = "".join((related.get("ref") or "").split())
            if not other or other == activity.project:
                continue
            if kind == codes.PARENT:
                self.parents.setdefault(activity.project, set()).add(other)
            elif kind == codes.CHILD:
                self.parents.setdefault(other, set()).add(activity.project)


class Activity:
    """One activity while it is read; ``has_own`` tells whether its file may have attributes of geoplan."""

    def __init__(
        self,
        reader: FileReading,
        element: etree._Element,
        children: Mapping[str, list[etree._Element]],
        *,
        has_own: bool,
    ) -> None:
        self.reader, self.element, self.children, self.has_own = reader, element, children, has_own
        self.default_language = element.get(LANGUAGE) or ""
        self.default_currency = element.get("default-currency") or reader.currency
        self.project = self._identifier()
        self.not_counted = ""
        self.sectors: Divided = WHOLE
        self.funder = self._funder()
        self.taken: set[str] = set()
        self.places: list[tuple[Any, ...]] = []
        self.own_places: list[tuple[Any, ...]] = []

    def _identifier(self) -> str:
        for other in self.children.get("other-identifier", ()):
            # geoplan's own files keep the code of the project here.
            if other.get("type") == "A1" and self.has_own:
                return (other.get("ref") or "").strip()
        found = self.children.get("iati-identifier")
        return "".join((found[0].text or "").split()) if found else ""

    def describe(self) -> tuple[Any, ...]:
        """Return the row of the table of projects."""
        reader = self.reader
        title, spoken = choose_text(self.stated("title"), reader.language, self.default_language)
        if not spoken:
            reader.notes.counts[
                f"titles are not available in {reader.language!r}; another language is used"
            ] += 1
        status = self.stated("activity-status")
        words = None
        if status:
            words = status[0].get(_STATUS) or codes.status_words(status[0].get("code"), plain_text(status[0]))
        days = {date.get("type"): date.get("iso-date") for date in self.stated("activity-date")}
        return (
            self.project,
            title,
            " | ".join(name for name, _ in self.sectors.parts) or None,
            words,
            _first_day(days, codes.START_TYPES),
            _first_day(days, codes.END_TYPES),
            *[(self.element.get(key) or None) if self.has_own else None for key in _OWN_PROJECT],
            self._documents(),
            self.element.sourceline,
        )

    def _documents(self) -> str | None:
        """Return the addresses of the activity's documents and website, each once."""
        found = [document.get("url") or "" for document in self.children.get("document-link", ())]
        found += [website.text or "" for website in self.children.get("activity-website", ())]
        return " | ".join(dict.fromkeys(address.strip() for address in found if address.strip())) or None

    def _funder(self) -> str | None:
        """Name who pays: all funding organisations as one joint funder, because IATI does not state their shares."""
        names = {
            plain_text(organisation) or organisation.get("ref") or ""
            for organisation in self.children.get("participating-org", ())
            if organisation.get("role") in codes.FUNDING_ROLES
        }
        return "|".join(sorted(name.replace("|", "/") for name in names if name)) or None

    def read_places(self) -> None:
        """Read the places of the activity as a whole, before those of single transactions."""
        self.places = [self._place(element) for element in self.children.get("location", ())]

    def read_own_place(self, element: etree._Element) -> str:
        """Read the place that a single transaction names, and return its identifier."""
        place = self._place(element)
        self.own_places.append(place)
        return str(place[1])

    def shared_places(self) -> list[tuple[Any, ...]]:
        """Return the rows of the table of locations, including those of single transactions."""
        places, own = self.places, self.own_places
        if not own or not places:
            return places + own
        # The place of a transaction gets that transaction only. The others go to the activity's places.
        if all(place[7] is None for place in places):
            even = f"{1 / len(places):.9f}"
            last = f"{1 - (len(places) - 1) * float(even):.9f}"
            shares = [even] * (len(places) - 1) + [last]
            places = [(*place[:7], share, *place[8:]) for place, share in zip(places, shares, strict=True)]
        return places + [(*place[:7], "0", *place[8:]) for place in own]

    def _place(self, element: etree._Element) -> tuple[Any, ...]:
        reader = self.reader
        return read_location(
            element,
            self.project,
            self.taken,
            reader.language,
            self.default_language,
            reader.gazetteers,
            has_own=self.has_own,
        )

    def stated(self, name: str) -> Sequence[etree._Element]:
        """Return the elements of a name, without those that geoplan's export wrote only because the standard needs one."""
        found = self.children.get(name, ())
        return [element for element in found if element.get(STATED) != "no"] if self.has_own else found

    def note_sectors(
        self, fault: str, what: str, element: etree._Element, *, used: bool, divides: bool
    ) -> str:
        """Note wrong percentages of sectors, and return why the amounts they would divide are left out, if so."""
        reader, notes = self.reader, self.reader.notes
        if not used:
            notes.counts[f"percentages of {what} are wrong; they are not used"] += 1
        elif reader.rescale and divides:
            notes.counts[f"percentages of {what} do not add up to 100; rescaled"] += 1
        elif reader.rescale:
            notes.counts[f"percentages of {what} are wrong; nothing is divided by them"] += 1
        elif reader.refuses_percentages:
            notes.blame(fault, "percentage", element.sourceline, self.project)
        else:
            return fault
        return ""

    def note_recipients(self, divided: Divided, element: etree._Element) -> str:
        """Note wrong percentages of recipients, and return why the amounts they would divide are left out, if so."""
        reader, what = self.reader, "percentages of recipient countries and regions"
        if not reader.country:
            reader.notes.counts[f"{what} are wrong; without the option country everything counts"] += 1
        elif reader.rescale and divided.parts:
            reader.notes.counts[f"{what} do not add up to 100; rescaled"] += 1
        elif reader.refuses_percentages:
            column = "percentage" if divided.parts else "recipient-country"
            reader.notes.blame(divided.fault, column, element.sourceline, self.project)
        else:
            return divided.fault
        return ""


def _first_day(days: Mapping[Any, str | None], types: tuple[str, ...]) -> str | None:
    for name in types:
        day = days.get(name)
        if day:
            return day.strip()[:10]
    return None
